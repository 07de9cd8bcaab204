// What is new, for feed readers: Atom (RFC 4287) and JSON Feed 1.1. An entry is a result that became part of the catalogue.

import { escapeHtml } from "../../evaluation/index.ts";
import { formatValue } from "../ranking.ts";
import type { ResultView } from "../store/types.ts";
import { type CatalogueApp, type CatalogueSite, type RouteContext, baseUrlOf } from "./environment.ts";

/** Adds `/feed/results.atom` and `/feed/results.json`; `?table=` and `?task=` narrow them. */
export function addFeedRoutes(app: CatalogueApp, site: CatalogueSite): void {
  const entriesOf = async (c: RouteContext) => {
    const base = baseUrlOf(c, site);
    const found = await site.store.newestResults({ table: c.req.query("table"), task: c.req.query("task"), limit: 50 });
    return found.map(({ view, addedAt }) => ({
      url: `${base}/result/${encodeURIComponent(view.result.id)}`,
      title: titleOf(view),
      text: [view.paper?.title ?? view.result.paperTitle, ...view.flags.map(({ note }) => note)]
        .filter(Boolean)
        .join(" — "),
      at: addedAt,
    }));
  };
  app.get("/feed/results.atom", async (c) => {
    const entries = await entriesOf(c);
    const base = escapeHtml(baseUrlOf(c, site));
    const own = escapeHtml(`${baseUrlOf(c, site)}${new URL(c.req.url).pathname}${new URL(c.req.url).search}`);
    const items = entries.map(
      ({ url, title, text, at }) =>
        `<entry><id>${escapeHtml(url)}</id><title>${xml(title)}</title><link href="${escapeHtml(url)}"/><updated>${at}</updated><summary>${xml(text)}</summary></entry>`,
    );
    const feed = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>${own}</id><title>New results</title><author><name>biobert results catalogue</name></author><link rel="self" href="${own}"/><link href="${base}/"/><updated>${entries[0]?.at ?? "1970-01-01T00:00:00.000Z"}</updated>
${items.join("\n")}
</feed>
`;
    return c.body(feed, 200, {
      "Content-Type": "application/atom+xml; charset=utf-8",
      "Cache-Control": "public, max-age=60",
    });
  });
  app.get("/feed/results.json", async (c) => {
    const entries = await entriesOf(c);
    const base = baseUrlOf(c, site);
    const feed = {
      version: "https://jsonfeed.org/version/1.1",
      title: "New results",
      home_page_url: `${base}/`,
      feed_url: `${base}${new URL(c.req.url).pathname}${new URL(c.req.url).search}`,
      items: entries.map(({ url, title, text, at }) => ({
        id: url,
        url,
        title,
        content_text: text,
        date_published: at,
      })),
    };
    return c.body(JSON.stringify(feed), 200, {
      "Content-Type": "application/feed+json",
      "Cache-Control": "public, max-age=60",
    });
  });
}

function titleOf(view: ResultView): string {
  const metric = view.table.metrics[0];
  const value = metric === undefined ? undefined : view.result.values[metric.id];
  const number = value === undefined ? "" : `: ${metric!.name} ${formatValue(value, metric)}`;
  return `${view.result.modelName} on ${view.datasetName} (${view.taskName})${number}`;
}

// Control characters are not XML at all, escaped or not.
function xml(text: string): string {
  // eslint-disable-next-line no-control-regex
  return escapeHtml(text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ""));
}
