// `POST /rpc/evaluation-synchronize/`: brings one evaluation table to the state of a mirror, in one transaction. Metrics come in the
// mirror's order, the first ranks. A row is known again by its external id, or else by its model and paper; rows that once came
// with an external id and are missing now are removed. What is in the table from elsewhere is left alone.

import { z } from "@hono/zod-openapi";
import {
  type EvaluationTable,
  type Metric,
  type Result,
  dateSchema,
  nameSchema,
  textSchema,
} from "../../schema/index.ts";
import { slug } from "../../slug.ts";
import type { CatalogueWriter } from "../../store/types.ts";
import { type CatalogueSite, actorOf } from "../environment.ts";
import { type Api, writeRoute } from "./define.ts";
import { sentValues } from "./evaluations.ts";
import { newId, optionalText, optionalUrl, refuseField } from "./subjects-write.ts";
import { newMetric, valuesOf } from "./values.ts";

/** Rows of one call at most. */
const LARGEST_TABLE = 5000;

const sentResult = z.object({
  metrics: sentValues,
  methodology: nameSchema,
  paper: z.string().max(500).nullish(),
  uses_additional_data: z.boolean().default(false),
  external_id: z.string().max(500).nullish(),
  evaluated_on: dateSchema.nullish(),
  external_source_url: optionalUrl,
});

const sentTable = z.object({
  task: nameSchema,
  dataset: nameSchema,
  description: optionalText,
  mirror_url: optionalUrl,
  external_id: z.string().max(500).nullish(),
  metrics: z
    .array(z.object({ name: nameSchema, description: textSchema.default(""), is_loss: z.boolean().default(true) }))
    .max(100)
    .default([]),
  results: z.array(sentResult).max(LARGEST_TABLE).default([]),
});

type SentTable = z.infer<typeof sentTable>;
type SentResult = z.infer<typeof sentResult>;

const answer = z
  .object({
    id: z.string(),
    task: z.string(),
    dataset: z.string(),
    description: z.string(),
    mirror_url: z.string().nullable(),
    external_id: z.string(),
    metrics: z.array(z.object({ name: z.string(), description: z.string(), is_loss: z.boolean() })),
    results: z.array(
      z.object({
        id: z.string(),
        metrics: z.record(z.string(), z.string()),
        methodology: z.string(),
        paper: z.string().nullable(),
        uses_additional_data: z.boolean(),
        external_id: z.string(),
        evaluated_on: z.string().nullable(),
        external_source_url: z.string().nullable(),
      }),
    ),
  })
  .openapi("SynchronizedTable");

/** Adds the route (reviewer). */
export function addSynchronizeRoute(api: Api, { store }: CatalogueSite): void {
  writeRoute(
    api,
    {
      method: "post",
      path: "/rpc/evaluation-synchronize",
      summary: "Bring a table to the state of a mirror",
      tag: "evaluations",
      body: sentTable,
      answer,
      status: 200,
    },
    async (sent, _, c) => {
      const actor = actorOf(c, "reviewer", "synchronise a table");
      const { value } = await store.change(
        { actor, action: "import", reason: "synchronised with a mirror" },
        async (writer) => {
          const table = await tableFor(writer, sent);
          await writer.put("table", [table]);
          return { table, results: await writeRows(writer, table, sent, actor.name) };
        },
      );
      return answerOf(value.table, value.results);
    },
  );
}

async function tableFor(writer: CatalogueWriter, sent: SentTable): Promise<EvaluationTable> {
  const task = (await writer.get("task", sent.task)) ?? (await writer.get("task", slug(sent.task)));
  if (task === undefined) refuseField("task", "unknown-task", `there is no task ${JSON.stringify(sent.task)}`);
  const dataset = (await writer.get("dataset", sent.dataset)) ?? (await writer.get("dataset", slug(sent.dataset)));
  if (dataset === undefined)
    refuseField("dataset", "unknown-dataset", `there is no dataset ${JSON.stringify(sent.dataset)}`);
  const { items } = await writer.list("table", { task: task.id, dataset: dataset.id });
  const known = items.find((each) => sent.external_id && each.externalId === sent.external_id) ?? items[0];
  const table: EvaluationTable = known ?? {
    id: await newId(writer, "table", `${task.id}-on-${dataset.id}`),
    task: task.id,
    dataset: dataset.id,
    description: "",
    metrics: [],
    links: [],
  };
  const metrics: Metric[] = [];
  for (const { name, description, is_loss } of sent.metrics) {
    const before = table.metrics.find((metric) => metric.name === name);
    metrics.push(
      before === undefined
        ? newMetric({ ...table, metrics: [...table.metrics, ...metrics] }, name, description, is_loss)
        : { ...before, definition: description || before.definition, isLoss: is_loss },
    );
  }
  const others = table.metrics.filter(({ id }) => !metrics.some((metric) => metric.id === id));
  return {
    ...table,
    description: sent.description || table.description,
    ...(sent.mirror_url ? { mirrorUrl: sent.mirror_url } : {}),
    ...(sent.external_id ? { externalId: sent.external_id } : {}),
    metrics: [...metrics, ...others],
  };
}

async function writeRows(
  writer: CatalogueWriter,
  table: EvaluationTable,
  sent: SentTable,
  by: string,
): Promise<Result[]> {
  const present = await allResults(writer, table.id);
  const kept = new Set<string>();
  const rows: Result[] = [];
  for (const [index, row] of sent.results.entries()) {
    const at = `results.${index}`;
    if (row.paper && (await writer.get("paper", row.paper)) === undefined) {
      refuseField(`${at}.paper`, "unknown-paper", `there is no paper ${JSON.stringify(row.paper)}`);
    }
    const before = present.find((each) => !kept.has(each.id) && isSame(each, row));
    const result = resultFor(row, table, before, by, sent.mirror_url || undefined, at);
    const id = before?.id ?? (await newId(writer, "result", `${table.id.slice(0, 90)}-${slug(row.methodology)}`));
    kept.add(id);
    // Written one by one, so that the next new id sees this one.
    await writer.put("result", [{ ...result, id }]);
    rows.push({ ...result, id });
  }
  for (const { id, externalId } of present) {
    if (externalId !== undefined && !kept.has(id)) await writer.remove("result", id);
  }
  return rows;
}

function isSame(result: Result, row: SentResult): boolean {
  if (row.external_id) return result.externalId === row.external_id;
  return (
    result.externalId === undefined &&
    result.modelName === row.methodology &&
    (result.paper ?? "") === (row.paper ?? "")
  );
}

function resultFor(
  row: SentResult,
  table: EvaluationTable,
  before: Result | undefined,
  by: string,
  mirror: string | undefined,
  at: string,
): Result {
  return {
    ...(before ?? { origin: "imported", source: mirror === undefined ? {} : { url: mirror }, codeLinks: [], runs: [] }),
    id: "new",
    table: table.id,
    modelName: row.methodology,
    values: valuesOf(row.metrics, table, `${at}.metrics`),
    extraData: row.uses_additional_data,
    ...(row.paper ? { paper: row.paper } : {}),
    ...(row.external_id ? { externalId: row.external_id } : {}),
    ...(row.evaluated_on ? { date: row.evaluated_on } : {}),
    ...(row.external_source_url ? { externalUrl: row.external_source_url } : {}),
    submittedBy: before?.submittedBy ?? by,
  };
}

async function allResults(writer: CatalogueWriter, table: string): Promise<Result[]> {
  const results: Result[] = [];
  for (;;) {
    const { items } = await writer.list("result", { table, order: "id", limit: 1000, offset: results.length });
    results.push(...items);
    if (items.length < 1000) return results;
  }
}

function answerOf(table: EvaluationTable, results: readonly Result[]): z.infer<typeof answer> {
  const nameOf = (id: string): string => table.metrics.find((metric) => metric.id === id)?.name ?? id;
  return {
    id: table.id,
    task: table.task,
    dataset: table.dataset,
    description: table.description,
    mirror_url: table.mirrorUrl ?? null,
    external_id: table.externalId ?? "",
    metrics: table.metrics.map(({ name, definition, isLoss }) => ({ name, description: definition, is_loss: isLoss })),
    results: results.map((result) => ({
      id: result.id,
      metrics: Object.fromEntries(Object.entries(result.values).map(([id, { published }]) => [nameOf(id), published])),
      methodology: result.modelName,
      paper: result.paper ?? null,
      uses_additional_data: result.extraData,
      external_id: result.externalId ?? "",
      evaluated_on: result.date ?? null,
      external_source_url: result.externalUrl ?? null,
    })),
  };
}
