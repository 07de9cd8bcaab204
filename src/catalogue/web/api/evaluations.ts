// Papers With Code's API v1: evaluation tables, their metrics and their results, to read and to write (reviewer).

import { z } from "@hono/zod-openapi";
import { BiobertError } from "../../../core/index.ts";
import { type EvaluationTable, type Metric, type Result, idSchema, nameSchema } from "../../schema/index.ts";
import { slug } from "../../slug.ts";
import type { ResultView } from "../../store/types.ts";
import { type CatalogueSite, actorOf, found } from "../environment.ts";
import { type Api, getRoute, listRoute, writeRoute } from "./define.ts";
import { mapped, pieceOf } from "./read.ts";
import { metricOf, metricShape, resultOf, resultShape, tableOf, tableShape } from "./shapes.ts";
import {
  addDeleteRoute,
  newId,
  optionalDate,
  optionalName,
  optionalText,
  optionalUrl,
  refuseField,
} from "./subjects-write.ts";
import { checkResult, newMetric, valuesOf } from "./values.ts";

const tag = "evaluations";
export const sentValues = z.record(nameSchema, z.union([z.string().max(100), z.number()]).nullable());
const path = "/evaluations/{evaluation_id}";

/** Evaluation tables. */
export function addTableRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  listRoute(
    api,
    site,
    { path: "/evaluations", summary: "Evaluation tables", tag, item: tableShape },
    async (_, __, page) => mapped(await store.list("table", page), tableOf),
  );
  getRoute(api, { path, summary: "An evaluation table", tag, item: tableShape }, async ({ evaluation_id: id = "" }) =>
    tableOf(found(await store.get("table", id), "evaluation table", id)),
  );
  const check = async (task: string | null | undefined, dataset: string | null | undefined) => {
    if (task && (await store.get("task", task)) === undefined)
      refuseField("task", "unknown-task", `there is no task ${JSON.stringify(task)}`);
    if (dataset && (await store.get("dataset", dataset)) === undefined) {
      refuseField("dataset", "unknown-dataset", `there is no dataset ${JSON.stringify(dataset)}`);
    }
  };
  const body = z.object({ task: idSchema, dataset: idSchema, description: optionalText, mirror_url: optionalUrl });
  writeRoute(
    api,
    { method: "post", path: "/evaluations", summary: "Add an evaluation table", tag, body, answer: tableShape },
    async (sent, _, c) => {
      const actor = actorOf(c, "reviewer", "add an evaluation table");
      await check(sent.task, sent.dataset);
      const { value } = await store.change({ actor, action: "create" }, async (writer) => {
        const table: EvaluationTable = {
          id: await newId(writer, "table", `${sent.task}-on-${sent.dataset}`),
          task: sent.task,
          dataset: sent.dataset,
          description: sent.description ?? "",
          ...(sent.mirror_url ? { mirrorUrl: sent.mirror_url } : {}),
          metrics: [],
          links: [],
        };
        const { items } = await writer.list("table", { task: table.task, dataset: table.dataset });
        if (items.length > 0) {
          throw new BiobertError({
            code: "conflict",
            message: `that task on that dataset has an evaluation table already: ${items[0]!.id}`,
            hint: "Add metrics and results to it.",
          });
        }
        await writer.put("table", [table]);
        return table;
      });
      return tableOf(value);
    },
  );
  const change = z.object({
    task: idSchema.nullish(),
    dataset: idSchema.nullish(),
    description: optionalText,
    mirror_url: optionalUrl,
  });
  writeRoute(
    api,
    { method: "patch", path, summary: "Change an evaluation table", tag, body: change, answer: tableShape },
    async (sent, { evaluation_id: id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "change an evaluation table");
      await check(sent.task, sent.dataset);
      return tableOf(
        await changeTable(site, actor, id, (table) => ({
          ...table,
          task: sent.task ?? table.task,
          dataset: sent.dataset ?? table.dataset,
          description: sent.description ?? table.description,
          ...(sent.mirror_url ? { mirrorUrl: sent.mirror_url } : {}),
        })),
      );
    },
  );
  addDeleteRoute(api, site, "table", "/evaluations/{id}");
}

/** A table's metrics; the first ranks it. */
export function addMetricRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const one = `${path}/metrics/{metric_id}`;
  const tableAt = async (id = "") => found(await store.get("table", id), "evaluation table", id);
  const metricIn = (table: EvaluationTable, id = "") =>
    found(
      table.metrics.find((metric) => metric.id === id),
      "metric",
      id,
    );

  listRoute(
    api,
    site,
    { path: `${path}/metrics`, summary: "Metrics of a table", tag, item: metricShape },
    async (_, { evaluation_id: id }, page) => pieceOf((await tableAt(id)).metrics.map(metricOf), page),
  );
  getRoute(api, { path: one, summary: "A metric", tag, item: metricShape }, async (at) =>
    metricOf(metricIn(await tableAt(at.evaluation_id), at.metric_id)),
  );
  const body = z.object({ name: nameSchema, description: optionalText, is_loss: z.boolean().nullish() });
  writeRoute(
    api,
    { method: "post", path: `${path}/metrics`, summary: "Add a metric", tag, body, answer: metricShape },
    async (sent, { evaluation_id: id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "add a metric");
      let added: Metric | undefined;
      await changeTable(site, actor, id, (table) => {
        if (table.metrics.some(({ name }) => name === sent.name)) {
          throw new BiobertError({
            code: "conflict",
            message: `the table has a metric ${JSON.stringify(sent.name)} already`,
          });
        }
        added = newMetric(table, sent.name, sent.description ?? "", sent.is_loss ?? false);
        return { ...table, metrics: [...table.metrics, added] };
      });
      return metricOf(added!);
    },
  );
  const change = z.object({ name: optionalName, description: optionalText, is_loss: z.boolean().nullish() });
  writeRoute(
    api,
    { method: "patch", path: one, summary: "Change a metric", tag, body: change, answer: metricShape },
    async (sent, at, c) => {
      const actor = actorOf(c, "reviewer", "change a metric");
      const table = await changeTable(site, actor, at.evaluation_id ?? "", (before) => {
        const metric = metricIn(before, at.metric_id);
        const changed = {
          ...metric,
          name: sent.name ?? metric.name,
          definition: sent.description ?? metric.definition,
          isLoss: sent.is_loss ?? metric.isLoss,
        };
        return { ...before, metrics: before.metrics.map((each) => (each.id === metric.id ? changed : each)) };
      });
      return metricOf(metricIn(table, at.metric_id));
    },
  );
  writeRoute(
    api,
    { method: "delete", path: one, summary: "Delete a metric that no result has a value for", tag },
    async (_, at, c) => {
      const actor = actorOf(c, "reviewer", "delete a metric");
      const { id } = metricIn(await tableAt(at.evaluation_id), at.metric_id);
      const { items } = await store.list("result", { table: at.evaluation_id, limit: 1000 });
      const users = items.filter(({ values }) => values[id] !== undefined).length;
      if (users > 0) {
        throw new BiobertError({
          code: "conflict",
          message: `${users} results have a value for this metric`,
          hint: "Delete or change them first.",
        });
      }
      await changeTable(site, actor, at.evaluation_id ?? "", (table) => ({
        ...table,
        metrics: table.metrics.filter((each) => each.id !== id),
      }));
    },
  );
}

/** A table's results. */
export function addResultRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const one = `${path}/results/{result_id}`;
  const tableAt = async (id = "") => found(await store.get("table", id), "evaluation table", id);
  const viewOf = async (id: string): Promise<ResultView> =>
    found((await store.resultViews({ ids: [id] })).items[0], "result", id);
  const resultAt = async (at: Record<string, string | undefined>): Promise<Result> => {
    const result = await store.get("result", at.result_id ?? "");
    return found(result?.table === at.evaluation_id ? result : undefined, "result", at.result_id ?? "");
  };
  const checkPaper = async (paper: string | null | undefined) => {
    if (paper && (await store.get("paper", paper)) === undefined)
      refuseField("paper", "unknown-paper", `there is no paper ${JSON.stringify(paper)}`);
  };

  listRoute(
    api,
    site,
    { path: `${path}/results`, summary: "Results in a table", tag, item: resultShape },
    async (_, { evaluation_id: id }, page) =>
      mapped(await store.resultViews({ table: (await tableAt(id)).id, ...page }), resultOf),
  );
  getRoute(api, { path: one, summary: "A result", tag, item: resultShape }, async (at) =>
    resultOf(await viewOf((await resultAt(at)).id)),
  );

  const body = z.object({
    metrics: sentValues,
    methodology: nameSchema,
    uses_additional_data: z.boolean().nullish(),
    paper: idSchema.or(z.literal("")).nullish(),
    evaluated_on: optionalDate,
    external_source_url: optionalUrl,
  });
  writeRoute(
    api,
    { method: "post", path: `${path}/results`, summary: "Add a result", tag, body, answer: resultShape },
    async (sent, { evaluation_id }, c) => {
      const actor = actorOf(c, "reviewer", "write into a table; others submit at /api/catalogue/submissions, and");
      const table = await tableAt(evaluation_id);
      await checkPaper(sent.paper);
      const result: Result = {
        id: "new",
        table: table.id,
        modelName: sent.methodology,
        values: valuesOf(sent.metrics, table),
        extraData: sent.uses_additional_data ?? false,
        ...(sent.paper ? { paper: sent.paper } : {}),
        ...(sent.evaluated_on ? { date: sent.evaluated_on } : {}),
        ...(sent.external_source_url ? { externalUrl: sent.external_source_url } : {}),
        origin: "submitted",
        source: {
          ...(sent.paper ? { paper: sent.paper } : {}),
          ...(sent.external_source_url ? { url: sent.external_source_url } : {}),
        },
        codeLinks: [],
        runs: [],
        submittedBy: actor.name,
      };
      await checkResult(store, result);
      const { value } = await store.change({ actor, action: "create" }, async (writer) => {
        const id = await newId(writer, "result", `${table.id.slice(0, 90)}-${slug(sent.methodology)}`);
        await writer.put("result", [{ ...result, id }]);
        return id;
      });
      return resultOf(await viewOf(value));
    },
  );
  writeRoute(
    api,
    {
      method: "patch",
      path: one,
      summary: "Change a result",
      tag,
      body: body.partial().extend({ metrics: sentValues.nullish(), methodology: optionalName }),
      answer: resultShape,
    },
    async (sent, at, c) => {
      const actor = actorOf(c, "reviewer", "change a result");
      const table = await tableAt(at.evaluation_id);
      await checkPaper(sent.paper);
      const values = sent.metrics ? valuesOf(sent.metrics, table) : undefined;
      const { id } = await resultAt(at);
      await store.change({ actor, action: "update" }, async (writer) => {
        const result = found(await writer.get("result", id), "result", id);
        await writer.put("result", [
          {
            ...result,
            ...(values === undefined ? {} : { values }),
            modelName: sent.methodology ?? result.modelName,
            extraData: sent.uses_additional_data ?? result.extraData,
            ...(sent.paper ? { paper: sent.paper } : {}),
            ...(sent.evaluated_on ? { date: sent.evaluated_on } : {}),
            ...(sent.external_source_url ? { externalUrl: sent.external_source_url } : {}),
          },
        ]);
      });
      return resultOf(await viewOf(id));
    },
  );
  writeRoute(api, { method: "delete", path: one, summary: "Delete a result", tag }, async (_, at, c) => {
    const actor = actorOf(c, "reviewer", "delete a result");
    const { id } = await resultAt(at);
    await store.change({ actor, action: "delete" }, async (writer) => {
      found((await writer.remove("result", id)) || undefined, "result", id);
    });
  });
}

async function changeTable(
  { store }: CatalogueSite,
  actor: ReturnType<typeof actorOf>,
  id: string,
  change: (table: EvaluationTable) => EvaluationTable,
): Promise<EvaluationTable> {
  const { value } = await store.change({ actor, action: "update" }, async (writer) => {
    const table = change(found(await writer.get("table", id), "evaluation table", id));
    await writer.put("table", [table]);
    return table;
  });
  return value;
}
