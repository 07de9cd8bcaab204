// Every kind of entity and every leaderboard as JSON and CSV (RFC 4180), streamed: a dump of 600,000 papers never lies in memory.

import { stream } from "hono/streaming";
import { formatValue } from "../ranking.ts";
import { type EntityOf, KINDS, type Kind, entitySchemas } from "../schema/index.ts";
import type { Leaderboard } from "../store/types.ts";
import { type CatalogueApp, type CatalogueSite, type RouteContext, found } from "./environment.ts";

/** Kinds anybody may have: submissions are their senders' and the reviewers' own. */
export const EXPORTED: readonly Kind[] = KINDS.filter((kind) => kind !== "submission");

const PIECE_CHARACTERS = 65_536;

/** Adds `/export/KIND.json`, `/export/KIND.csv` and `/benchmark/ID.json`, `/benchmark/ID.csv`. */
export function addExportRoutes(app: CatalogueApp, site: CatalogueSite): void {
  const { store } = site;
  app.get("/export/:file{[A-Za-z]+\\.(?:json|csv)}", async (c) => {
    const [name, form] = c.req.param("file").split(".") as [string, "json" | "csv"];
    const kind = found(
      EXPORTED.find((each) => each === name),
      "kind of entity to export",
      name,
    );
    const tag = await revisionTag(site);
    headersFor(c, form, `${kind}.${form}`);
    c.header("ETag", tag);
    if (c.req.method === "HEAD" || c.req.header("If-None-Match")?.includes(tag)) return c.body("");
    return stream(c, async (out) => {
      for await (const text of inPieces(linesOf(kind, form, store.stream(kind)))) {
        if (out.aborted) return;
        await out.write(text);
        // An embedded database answers without a turn of the event loop: nothing would be sent before all was read.
        await out.sleep(0);
      }
    });
  });
  app.get("/benchmark/:file{.+\\.(?:json|csv)}", async (c) => {
    const file = c.req.param("file");
    const form = file.endsWith(".csv") ? "csv" : "json";
    const id = file.slice(0, -form.length - 1);
    const board = found(await store.leaderboard(id, { metric: c.req.query("metric") }), "evaluation table", id);
    headersFor(c, form, `${board.table.id}.${form}`);
    return c.body(form === "csv" ? leaderboardCsv(board) : JSON.stringify(leaderboardJson(board), null, 1));
  });
}

/** A kind of entity as lines of CSV, or as one JSON list with a line each. */
async function* linesOf<K extends Kind>(
  kind: K,
  form: "json" | "csv",
  entities: AsyncIterable<EntityOf[K]>,
): AsyncGenerator<string> {
  if (form === "csv") {
    const columns = Object.keys(entitySchemas[kind].shape) as (keyof EntityOf[K])[];
    yield csvLine(columns);
    for await (const entity of entities) yield csvLine(columns.map((column) => entity[column]));
    return;
  }
  let before = "[\n";
  for await (const entity of entities) {
    yield `${before}${JSON.stringify(entity)}`;
    before = ",\n";
  }
  yield before === ",\n" ? "\n]\n" : "[\n\n]\n";
}

/** Lines joined to pieces worth sending: each that is sent by itself costs a turn of the compressor. */
async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** A weak ETag that changes with every change of the catalogue. */
async function revisionTag({ store }: CatalogueSite): Promise<string> {
  return `W/"change-${await store.latestChange()}"`;
}

function headersFor(c: RouteContext, form: "json" | "csv", file: string): void {
  c.header("Content-Type", form === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json");
  c.header("Content-Disposition", `attachment; filename="${file.replaceAll(/[^\w.-]/g, "_")}"`);
  c.header("Cache-Control", "public, max-age=0, must-revalidate");
}

/** One line of CSV. Text that a spreadsheet would take for a formula gets an apostrophe in front; objects are JSON. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: unknown): string {
  if (cell === undefined || cell === null) return "";
  let text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  if (typeof cell === "string" && /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text))) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function leaderboardCsv({ table, rows }: Leaderboard): string {
  const metrics = table.metrics.map(({ id }) => id);
  const head = [
    "rank",
    "model",
    "canonical_model",
    "variant",
    ...metrics.flatMap((id) => [id, `${id}_published`]),
    "extra_data",
    "date",
    "paper",
    "origin",
    "verified",
    "flags",
    "result",
  ];
  const lines = rows.map((row) =>
    csvLine([
      row.rank,
      row.result.modelName,
      row.model?.name,
      row.variant?.name,
      ...metrics.flatMap((id) => [row.result.values[id]?.value, row.result.values[id]?.published]),
      row.result.extraData,
      row.result.date,
      row.paper?.title ?? row.result.paperTitle,
      row.result.origin,
      row.isVerified,
      row.flags.map(({ kind }) => kind).join(" "),
      row.result.id,
    ]),
  );
  return csvLine(head) + lines.join("");
}

function leaderboardJson({ table, task, dataset, metric, rows, staircase }: Leaderboard) {
  return {
    table,
    task: { id: task.id, name: task.name },
    dataset: { id: dataset.id, name: dataset.name },
    metric,
    rows: rows.map(({ rank, result, model, variant, paper, flags, isVerified, shown, wasStateOfTheArt }) => ({
      rank,
      value: shown?.value,
      text: shown === undefined ? undefined : formatValue(shown, metric),
      model,
      variant: variant === undefined ? undefined : { id: variant.id, name: variant.name },
      paper: paper === undefined ? undefined : { id: paper.id, title: paper.title },
      flags: flags.map(({ kind, note }) => ({ kind, note })),
      isVerified,
      wasStateOfTheArt,
      result,
    })),
    staircase,
  };
}
