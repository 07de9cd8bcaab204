// Writing the catalogue in others' forms: the dumps of Papers With Code, sota-extractor's task files, OpenCodePapers' benchmarks.

import { stopIfAborted } from "../../core/index.ts";
import { writeDirectoryAtomic } from "../../data/index.ts";
import { codeLinkEntry, datasetEntry, methodEntry, paperEntry } from "../dumps/papers-with-code.ts";
import type { Dataset, EntityOf, EvaluationTable, Kind, Method, Paper, Result, Task } from "../schema/index.ts";
import { compareValues } from "../ranking.ts";
import type { CatalogueReads } from "./types.ts";

export type ExportFormat = "papers-with-code" | "sota-extractor" | "open-code-papers";

export interface ExportFilesOptions {
  replace?: boolean;
  signal?: AbortSignal;
}

/** Writes a new folder of files in a foreign form, or nothing. Errors: `file-exists`, `disk-full`, `file-unwritable`. */
export async function exportFiles(
  store: CatalogueReads,
  folder: string,
  format: ExportFormat,
  options: ExportFilesOptions = {},
): Promise<void> {
  const tasks = await allOf(store, "task");
  const taskNames = new Map(tasks.map(({ id, name }) => [id, name]));
  const files: Record<string, AsyncIterable<Uint8Array>> = {};
  if (format === "papers-with-code") {
    const methods = await allOf(store, "method");
    const byId = new Map(methods.map((method) => [method.id, method]));
    files["papers-with-abstracts.json"] = listFile(
      mapped(store.stream("paper"), async (paper: Paper) => paperEntry(paper, taskNames, byId)),
      options,
    );
    files["links-between-papers-and-code.json"] = listFile(
      mapped(store.stream("codeLink"), async (link) => codeLinkEntry(link, await paperById(store, link.paper))),
      options,
    );
    files["methods.json"] = listFile(
      mapped(store.stream("method"), async (method: Method) =>
        methodEntry(method, await paperById(store, method.paper)),
      ),
      options,
    );
    files["datasets.json"] = listFile(
      mapped(store.stream("dataset"), async (dataset: Dataset) =>
        datasetEntry(dataset, taskNames, await paperById(store, dataset.paper)),
      ),
      options,
    );
  }
  const roots = tasks.filter((task) => task.parents.every((parent) => !taskNames.has(parent)));
  if (format === "papers-with-code")
    files["evaluation-tables.json"] = listFile(taskEntries(store, roots, tasks), options);
  if (format === "sota-extractor")
    for (const root of roots) files[`${root.id}.json`] = listFile(taskEntries(store, [root], tasks), options);
  if (format === "open-code-papers") {
    const datasets = new Map((await allOf(store, "dataset")).map((dataset) => [dataset.id, dataset]));
    for (const table of await allOf(store, "table"))
      files[`${table.id}.json`] = single(() => benchmarkEntry(store, table, taskNames, datasets), options);
  }
  await writeDirectoryAtomic(folder, files, { replace: options.replace ?? false });
}

async function allOf<K extends Kind>(store: CatalogueReads, kind: K): Promise<EntityOf[K][]> {
  const all: EntityOf[K][] = [];
  for await (const entity of store.stream(kind)) all.push(entity);
  return all;
}

async function paperById(store: CatalogueReads, id: string | undefined): Promise<Paper | undefined> {
  return id === undefined ? undefined : store.get("paper", id);
}

async function* mapped<T>(items: AsyncIterable<T>, map: (item: T) => Promise<unknown>): AsyncGenerator<unknown> {
  for await (const item of items) yield map(item);
}

async function* listFile(entries: AsyncIterable<unknown>, { signal }: ExportFilesOptions): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode("[");
  let isFirst = true;
  for await (const entry of entries) {
    stopIfAborted(signal);
    yield encoder.encode(`${isFirst ? "" : ","}\n${JSON.stringify(entry)}`);
    isFirst = false;
  }
  yield encoder.encode("\n]\n");
}

async function* single(entry: () => Promise<unknown>, { signal }: ExportFilesOptions): AsyncGenerator<Uint8Array> {
  stopIfAborted(signal);
  yield new TextEncoder().encode(`${JSON.stringify(await entry(), null, 2)}\n`);
}

/** Tasks with their tables and subtasks, one root after another. A task that hangs in several places is written in each, its tables in the first. */
async function* taskEntries(
  store: CatalogueReads,
  roots: readonly Task[],
  tasks: readonly Task[],
): AsyncGenerator<unknown> {
  const written = new Set<string>();
  const areas = new Map((await allOf(store, "area")).map(({ id, name }) => [id, name]));
  const entryOf = async (task: Task, above: readonly string[]): Promise<unknown> => {
    const isFirst = !written.has(task.id);
    written.add(task.id);
    const children = tasks.filter(
      ({ id, parents }) => parents.includes(task.id) && !above.includes(id) && id !== task.id,
    );
    const subtasks: unknown[] = [];
    for (const child of children) subtasks.push(await entryOf(child, [...above, task.id]));
    return {
      task: task.name,
      description: task.description,
      categories: task.areas.map((id) => areas.get(id) ?? id),
      datasets: isFirst ? await datasetEntries(store, task) : [],
      subtasks,
      synonyms: task.aliases,
      source_link: task.sourceLink ?? null,
    };
  };
  for (const root of roots) yield entryOf(root, []);
}

async function datasetEntries(store: CatalogueReads, task: Task): Promise<unknown[]> {
  const entries: unknown[] = [];
  for (let offset = 0; ; offset += 200) {
    const { items } = await store.list("table", { task: task.id, order: "id", limit: 200, offset });
    for (const table of items) {
      const dataset = await store.get("dataset", table.dataset);
      const ranked = await rankedResults(store, table);
      const rows: unknown[] = [];
      for (const result of ranked) rows.push(await rowEntry(store, result, table));
      entries.push({
        dataset: dataset?.name ?? table.dataset,
        description: dataset?.description ?? "",
        dataset_links: dataset?.links ?? [],
        dataset_citations: dataset?.extra?.["dataset_citations"] ?? [],
        subdatasets: [],
        sota: { metrics: table.metrics.map(({ name }) => name), rows },
      });
    }
    if (items.length < 200) return entries;
  }
}

async function rankedResults(store: CatalogueReads, table: EvaluationTable): Promise<Result[]> {
  const results: Result[] = [];
  for (;;) {
    const { items } = await store.list("result", { table: table.id, order: "id", limit: 1000, offset: results.length });
    results.push(...items);
    if (items.length < 1000) break;
  }
  const [metric] = table.metrics;
  const valueOf = (result: Result) => result.values[metric?.id ?? ""]?.value;
  return results.sort((a, b) => compareValues(valueOf(a), valueOf(b), metric?.isLoss ?? false));
}

async function rowEntry(store: CatalogueReads, result: Result, table: EvaluationTable): Promise<unknown> {
  const paper = await paperById(store, result.paper);
  return {
    model_name: result.modelName,
    paper_title: paper?.title ?? result.paperTitle ?? "",
    paper_url: paper?.sourceUrl ?? paper?.urlAbstract ?? result.paperUrl ?? "",
    paper_date: result.date ?? paper?.date ?? null,
    code_links: result.codeLinks,
    model_links: result.extra?.["model_links"] ?? [],
    metrics: Object.fromEntries(
      table.metrics.flatMap(({ id, name }) =>
        result.values[id] === undefined ? [] : [[name, result.values[id].published]],
      ),
    ),
    uses_additional_data: result.extraData,
  };
}

async function benchmarkEntry(
  store: CatalogueReads,
  table: EvaluationTable,
  taskNames: ReadonlyMap<string, string>,
  datasets: ReadonlyMap<string, Dataset>,
): Promise<unknown> {
  const dataset = datasets.get(table.dataset);
  const task = taskNames.get(table.task) ?? table.task;
  const paper = await paperById(store, dataset?.paper);
  const items: unknown[] = [];
  for (const result of await rankedResults(store, table)) {
    const source = await paperById(store, result.paper);
    const title = source?.title ?? result.paperTitle ?? "";
    const link = source?.urlAbstract ?? source?.sourceUrl ?? result.paperUrl ?? "";
    const code = result.codeLinks[0];
    items.push({
      p: title === "" && link === "" ? "" : { name: title, link, authors: source?.authors ?? [] },
      c: code === undefined ? "" : { name: code.title, link: code.url },
      n: result.modelName,
      d: result.date ?? null,
      ...Object.fromEntries(
        table.metrics.flatMap(({ id }, index) =>
          result.values[id] === undefined ? [] : [[`m${index + 1}`, result.values[id].published]],
        ),
      ),
    });
  }
  return {
    title: `${task} on ${dataset?.name ?? table.dataset}`,
    "task-hierarchy": table.extra?.["task-hierarchy"] ?? [task],
    "dataset-info": { link: dataset?.homepage ?? "", paper: paper?.urlAbstract ?? "" },
    benchmark: {
      fields: [
        { key: "p", label: "Paper", sortable: "true" },
        { key: "c", label: "Code", sortable: "true" },
        { key: "n", label: "Model", sortable: "true" },
        { key: "d", label: "Date", sortable: "true" },
        ...table.metrics.map(({ name }, index) => ({ key: `m${index + 1}`, label: name, sortable: "true" })),
      ],
      items,
    },
  };
}
