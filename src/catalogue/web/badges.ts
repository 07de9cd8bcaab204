// Badges as SVG, drawn like those of shields.io: a label, a message, a colour. For a README: "F1 on NCBI-disease | #3, 89.71 %".

import { escapeHtml } from "../../evaluation/index.ts";
import { formatValue } from "../ranking.ts";
import type { ResultView } from "../store/types.ts";
import { type CatalogueApp, type CatalogueSite, type RouteContext, found } from "./environment.ts";

/** Adds `/badge/result/ID.svg` and `/badge/paper/ID.svg` (its best rank). */
export function addBadgeRoutes(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/badge/result/:file{.+\\.svg}", async (c) => {
    const id = c.req.param("file").slice(0, -".svg".length);
    const view = found((await store.resultViews({ ids: [id] })).items[0], "result", id);
    return answer(c, view);
  });
  app.get("/badge/paper/:file{.+\\.svg}", async (c) => {
    const id = c.req.param("file").slice(0, -".svg".length);
    const { results } = found(await store.paperPage(id), "paper", id);
    const table = c.req.query("table");
    const ranked = results
      .filter((view) => view.rank !== undefined && (table === undefined || view.table.id === table))
      .sort((a, b) => a.rank! - b.rank!);
    return answer(c, ranked[0]);
  });
}

function answer(c: RouteContext, view: ResultView | undefined): Response {
  const metric = view?.table.metrics[0];
  const value = metric === undefined ? undefined : view?.result.values[metric.id];
  const label = view === undefined || metric === undefined ? "results" : `${metric.name} on ${view.datasetName}`;
  const message =
    view?.rank === undefined || value === undefined
      ? "none"
      : `#${view.rank}, ${formatValue(value, metric)}${view.isVerified ? " verified" : ""}`;
  const colour =
    view?.rank === undefined ? "#6b7280" : view.rank === 1 ? "#15803d" : view.rank <= 5 ? "#1d4ed8" : "#4b5563";
  return c.body(badge(label, message, colour), 200, {
    "Content-Type": "image/svg+xml; charset=utf-8",
    "Cache-Control": "public, max-age=300",
  });
}

/** The badge; both texts are cut at 60 characters. */
export function badge(label: string, message: string, colour: string): string {
  const [left, right] = [cut(label), cut(message)];
  const [leftWidth, rightWidth] = [widthOf(left) + 12, widthOf(right) + 12];
  const width = leftWidth + rightWidth;
  const title = escapeHtml(`${left}: ${right}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${title}"><title>${title}</title><clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="${leftWidth}" height="20" fill="#444"/><rect x="${leftWidth}" width="${rightWidth}" height="20" fill="${escapeHtml(colour)}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="${leftWidth / 2}" y="14" textLength="${leftWidth - 12}">${escapeHtml(left)}</text><text x="${leftWidth + rightWidth / 2}" y="14" textLength="${rightWidth - 12}">${escapeHtml(right)}</text></g></svg>`;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= 60 ? text : `${characters.slice(0, 59).join("")}…`;
}

// About Verdana's widths at 11 pixels; `textLength` makes the text fit what was reckoned.
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/[ijl.,:;|!'()[\]ftr\s]/.test(character)) width += 4.4;
    else if (/[mwMW%@#]/.test(character)) width += 10;
    else width += /[A-Z]/.test(character) ? 7.8 : 6.9;
  }
  return Math.ceil(width);
}
