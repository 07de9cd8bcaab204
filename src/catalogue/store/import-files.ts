// Importing files of any known form in one change: all of it is stored, or nothing. The form is told from the content. Large
// files are read an entry at a time and written in batches; what is left out is in the report.

import { BiobertError, stopIfAborted } from "../../core/index.ts";
import { Cleaner, objectOf } from "../dumps/cleaning.ts";
import { benchmarkOf } from "../dumps/open-code-papers.ts";
import { codeLinkOf, datasetOf, methodOf, paperOf, tasksOf, taskNamed } from "../dumps/papers-with-code.ts";
import { ImportReport } from "../dumps/report.ts";
import { entitiesOfTable, type ForeignRow, type ForeignTable } from "../dumps/tables.ts";
import type { Area, CodeLink, Dataset, Flag, Kind, Method, Paper, Result, Task } from "../schema/index.ts";
import { slug } from "../slug.ts";
import { storableText } from "../text.ts";
import { dropHeavyIndexes } from "./bulk.ts";
import type { Connection } from "./database.ts";
import { getEntities, getEntity, idList, putEntities } from "./entities.ts";
import { isElement, readJsonList } from "./json-file.ts";
import type { ImportFilesOptions } from "./types.ts";

export type DumpFormat = "papers" | "methods" | "datasets" | "links" | "tables" | "benchmark";

const BATCH = 500;
/** Files of which a dump has hundreds of thousands of entries. */
const HEAVY_FORMATS: Partial<Record<DumpFormat, "paper" | "codeLink">> = { papers: "paper", links: "codeLink" };
/** What others refer to is imported first. */
const ORDER: readonly DumpFormat[] = ["methods", "papers", "datasets", "links", "tables", "benchmark"];

/** What a file is, from its first entry. Errors: `input-format` where it is nothing known. */
export async function formatOfFile(path: string): Promise<DumpFormat> {
  let isEmptyArray = false;
  for await (const item of readJsonList(path)) {
    const entry = isElement(item) ? objectOf(item.value) : item.fields;
    if (!isElement(item) && item.isArray) {
      isEmptyArray = true;
      continue;
    }
    if (entry === undefined) continue;
    if ("repo_url" in entry) return "links";
    if ("benchmark" in entry) return "benchmark";
    if ("task" in entry || "subtasks" in entry) return "tables";
    if ("abstract" in entry || "paper_url" in entry) return "papers";
    if ("modalities" in entry || "data_loaders" in entry || "introduced_date" in entry) return "datasets";
    if ("introduced_year" in entry || "code_snippet_url" in entry || "collections" in entry) return "methods";
    break;
  }
  throw new BiobertError({
    code: "input-format",
    message: isEmptyArray ? "the first entry is of no known form, or there is none" : "not a file of a known form",
    place: { file: path },
    hint: "Known are catalogue folders, result records, the dumps of Papers With Code, sota-extractor's task files and OpenCodePapers' benchmark files.",
  });
}

/** Imports foreign files on a connection that is inside a change. */
export async function importFiles(
  connection: Connection,
  paths: readonly string[],
  options: ImportFilesOptions = {},
): Promise<ImportReport> {
  const report = new ImportReport();
  const files: { path: string; format: DumpFormat }[] = [];
  for (const path of paths) files.push({ path, format: await formatOfFile(path) });
  files.sort((a, b) => ORDER.indexOf(a.format) - ORDER.indexOf(b.format));
  const importer = new Importer(connection, report);
  let buildIndexes = async (): Promise<void> => {};
  for (const [index, { path, format }] of files.entries()) {
    // What follows the papers looks them up: their indexes are there again by then.
    const heavy = HEAVY_FORMATS[format];
    if (heavy !== undefined && files[index - 1]?.format !== format)
      buildIndexes = await dropHeavyIndexes(connection, heavy);
    let bytes = 0;
    let entries = 0;
    const tell = (): void => options.onProgress?.({ file: path, entries, bytes });
    const take = async (value: unknown, line: number): Promise<void> => {
      stopIfAborted(options.signal);
      const entry = objectOf(value);
      const cleaner = new Cleaner(report, path, line);
      if (entry === undefined) cleaner.note("skipped-malformed", "not an object");
      else await importer.take(format, entry, cleaner);
      entries++;
      if (entries % BATCH === 0) tell();
    };
    for await (const item of readJsonList(path, "items", (count) => (bytes += count))) {
      if (isElement(item)) await take(item.value, item.line);
      else if (!item.isArray) await take(item.fields, 1);
    }
    await importer.flush();
    if (heavy !== undefined && files[index + 1]?.format !== format) await buildIndexes();
    tell();
  }
  return report;
}

/** Collects entities of foreign entries and writes them in batches, those that are referred to first. */
class Importer {
  private readonly connection: Connection;
  private readonly report: ImportReport;
  private readonly tasks = new Map<string, Task>();
  /** Methods by name alone, as papers have them, and those with their description. */
  private readonly methods = new Map<string, Method>();
  private readonly described = new Map<string, Method>();
  private readonly papers = new Map<string, Paper>();
  private readonly datasets = new Map<string, Dataset>();
  private readonly links = new Map<string, { link: CodeLink; paper: string | undefined }>();
  /** Ids that this import has seen, by kind. */
  private readonly seen: Record<"paper" | "codeLink" | "method" | "dataset" | "task", Set<string>> = {
    paper: new Set(),
    codeLink: new Set(),
    method: new Set(),
    dataset: new Set(),
    task: new Set(),
  };

  constructor(connection: Connection, report: ImportReport) {
    this.connection = connection;
    this.report = report;
  }

  async take(format: DumpFormat, entry: Record<string, unknown>, cleaner: Cleaner): Promise<void> {
    if (format === "papers") {
      const found = paperOf(entry, cleaner);
      if (found === undefined || this.isRepeated("paper", found.paper.id, cleaner)) return;
      this.papers.set(found.paper.id, found.paper);
      for (const task of found.tasks) this.tasks.set(task.id, this.tasks.get(task.id) ?? task);
      for (const method of found.methods) this.methods.set(method.id, this.methods.get(method.id) ?? method);
    } else if (format === "methods") {
      const method = methodOf(entry, cleaner);
      if (method === undefined || this.isRepeated("method", method.id, cleaner)) return;
      this.described.set(method.id, method);
    } else if (format === "datasets") {
      const found = datasetOf(entry, cleaner);
      if (found === undefined || this.isRepeated("dataset", found.dataset.id, cleaner)) return;
      this.datasets.set(found.dataset.id, found.dataset);
      for (const task of found.tasks) this.tasks.set(task.id, this.tasks.get(task.id) ?? task);
    } else if (format === "links") {
      const found = codeLinkOf(entry, cleaner);
      if (found === undefined || this.isRepeated("codeLink", found.link.id, cleaner)) return;
      this.links.set(found.link.id, found);
    } else if (format === "tables") {
      const { tasks, tables, datasets } = tasksOf(entry, cleaner);
      await this.putTasks(tasks);
      await this.putMissing("dataset", datasets);
      for (const table of tables) await this.putTable(table, cleaner);
    } else {
      const table = benchmarkOf(entry, cleaner);
      if (table === undefined) return;
      await this.putMissing("task", [taskNamed(table.task)]);
      await this.putMissing("dataset", [datasetNamed(table.dataset, slug(table.task))]);
      await this.putTable(table, cleaner);
    }
    if (this.papers.size + this.links.size + this.datasets.size + this.described.size >= BATCH) await this.flush();
  }

  async flush(): Promise<void> {
    await this.putMissing("task", [...this.tasks.values()]);
    await this.write("method", [...this.described.values()]);
    await this.putMissing("method", [...this.methods.values()]);
    await this.write("paper", [...this.papers.values()]);
    await this.write("dataset", [...this.datasets.values()]);
    await this.putLinks();
    for (const map of [this.tasks, this.methods, this.described, this.papers, this.datasets, this.links]) map.clear();
  }

  private isRepeated(kind: keyof Importer["seen"], id: string, cleaner: Cleaner): boolean {
    if (this.seen[kind].has(id)) {
      cleaner.note("skipped-duplicate", `${kind} ${id} was in this import already`);
      return true;
    }
    this.seen[kind].add(id);
    return false;
  }

  private async write<K extends Kind>(kind: K, entities: Parameters<typeof putEntities<K>>[2]): Promise<void> {
    if (entities.length === 0) return;
    await putEntities(this.connection, kind, entities);
    this.report.add(kind, entities.length);
  }

  /** What only its name is known of is added where it is missing, and never replaces what is known better. */
  private async putMissing<K extends "task" | "method" | "dataset">(
    kind: K,
    entities: readonly (K extends "task" ? Task : K extends "method" ? Method : Dataset)[],
  ): Promise<void> {
    const unseen = new Map(entities.filter(({ id }) => !this.seen[kind].has(id)).map((entity) => [entity.id, entity]));
    if (unseen.size === 0) return;
    const present = new Set(await this.idsPresent(kind, [...unseen.keys()]));
    for (const id of unseen.keys()) this.seen[kind].add(id);
    await this.write(kind, [...unseen.values()].filter(({ id }) => !present.has(id)) as never);
  }

  private async idsPresent(kind: "task" | "method" | "dataset" | "paper", ids: readonly string[]): Promise<string[]> {
    const rows = await this.connection.query<{ id: string }>(
      `select id from ${kind} where id in (select jsonb_array_elements_text($1::text::jsonb))`,
      [idList(ids)],
    );
    return rows.map(({ id }) => id);
  }

  /** Tasks with their place in the tree; areas they name are added. What is known already is completed, not replaced. */
  private async putTasks(tasks: readonly Task[]): Promise<void> {
    const areas: Area[] = tasks.flatMap((task) =>
      task.areas.map((id, index) => ({
        id,
        name: String((task.extra?.["categories"] as string[] | undefined)?.[index] ?? id).trim() || id,
      })),
    );
    const presentAreas = new Set(
      (
        await getEntities(
          this.connection,
          "area",
          areas.map(({ id }) => id),
        )
      ).map(({ id }) => id),
    );
    const newAreas = new Map(areas.filter(({ id }) => !presentAreas.has(id)).map((area) => [area.id, area]));
    await this.write("area", [...newAreas.values()]);
    const merged = new Map<string, Task>();
    const present = new Map(
      (
        await getEntities(
          this.connection,
          "task",
          tasks.map(({ id }) => id),
        )
      ).map((task) => [task.id, task]),
    );
    for (const task of tasks) {
      const known = merged.get(task.id) ?? present.get(task.id);
      merged.set(task.id, known === undefined ? task : completed(known, task));
      this.seen.task.add(task.id);
    }
    await this.write("task", [...merged.values()]);
  }

  private async putLinks(): Promise<void> {
    const found = [...this.links.values()];
    const present = new Set(
      await this.idsPresent(
        "paper",
        found.flatMap(({ paper }) => paper ?? []),
      ),
    );
    await this.write(
      "codeLink",
      found.map(({ link, paper }) => (paper !== undefined && present.has(paper) ? { ...link, paper } : link)),
    );
  }

  private async putTable(foreign: ForeignTable, cleaner: Cleaner): Promise<void> {
    const [task, dataset] = [slug(foreign.task), slug(foreign.dataset)];
    const existing = await this.existingTable(task, dataset);
    const papers = await this.papersOf(foreign.rows);
    const id = existing?.id ?? slug(`${task}-on-${dataset}`);
    const { table, results, flags } = entitiesOfTable(
      foreign,
      id,
      { task, dataset },
      cleaner,
      (row) => papers(row),
      existing,
    );
    await this.write("table", [table]);
    const fresh = await this.withoutKnown(results, cleaner);
    await this.write("result", fresh);
    const ids = new Set(fresh.map((result) => result.id));
    await this.write(
      "flag",
      flags.filter((flag: Flag) => flag.results.every((result) => ids.has(result))),
    );
  }

  private async existingTable(task: string, dataset: string) {
    const [row] = await this.connection.query<{ id: string }>(
      `select id from evaluation_table where task_id = $1::text and dataset_id in (
         select $2::text union all select id from dataset where document -> 'aliases' @> to_jsonb(array[$2::text])) order by id limit 1`,
      [task, dataset],
    );
    return row === undefined ? undefined : getEntity(this.connection, "table", row.id);
  }

  /** Rows that the table holds from elsewhere already (same paper and values) are not added once more. */
  private async withoutKnown(results: readonly Result[], cleaner: Cleaner): Promise<Result[]> {
    const table = results[0]?.table;
    if (table === undefined) return [];
    const rows = await this.connection.query<{ document: Result }>(
      "select document from result where table_id = $1::text and origin <> 'imported'",
      [table],
    );
    const key = ({ paper, values, modelName }: Result): string =>
      `${paper ?? slug(modelName)} ${Object.entries(values)
        .flatMap(([id, { value }]) => (value === undefined ? [] : [`${id}=${value}`]))
        .sort()
        .join(" ")}`;
    const known = new Map(rows.map(({ document }) => [key(document), document.id]));
    return results.filter((result) => {
      const same = known.get(key(result));
      if (same !== undefined)
        cleaner.note("skipped-duplicate", `${result.modelName}: the catalogue has this row as ${same}`);
      return same === undefined;
    });
  }

  /** Finds the papers of rows: by the address in the catalogue they came from, by arXiv id, by title. */
  private async papersOf(rows: readonly ForeignRow[]): Promise<(row: ForeignRow) => string | undefined> {
    const urls = rows.flatMap(({ paperUrl }) => paperUrl ?? []);
    const arxiv = urls.flatMap((url) => arxivIdOf(url) ?? []);
    const slugs = urls.flatMap((url) => /\/paper\/([^/?#]+)/.exec(url)?.[1] ?? []).map(slug);
    const titles = rows.flatMap(({ paperTitle }) => paperTitle ?? []).map((title) => storableText(title).toLowerCase());
    const found = await this.connection.query<{ id: string; key: string }>(
      // Arrays, as a planner without statistics reads the whole table for `in (select ...)`.
      `select id, 'id:' || id as key from paper where id = any(array(select jsonb_array_elements_text($1::text::jsonb)))
       union all select id, 'url:' || source_url from paper where source_url = any(array(select jsonb_array_elements_text($2::text::jsonb)))
       union all select id, 'arxiv:' || arxiv_id from paper where arxiv_id = any(array(select jsonb_array_elements_text($3::text::jsonb)))
       union all select id, 'title:' || lower(title) from paper
         where md5(lower(title)) = any(array(select md5(e) from jsonb_array_elements_text($4::text::jsonb) e))`,
      [idList(slugs), idList(urls), idList(arxiv), idList(titles)],
    );
    const byKey = new Map(found.map(({ id, key }) => [key, id]));
    return ({ paperUrl, paperTitle }) => {
      const path = paperUrl === undefined ? undefined : /\/paper\/([^/?#]+)/.exec(paperUrl)?.[1];
      const keys = [
        paperUrl === undefined ? undefined : `url:${paperUrl}`,
        path === undefined ? undefined : `id:${slug(path)}`,
        paperUrl === undefined ? undefined : `arxiv:${arxivIdOf(paperUrl)}`,
        paperTitle === undefined ? undefined : `title:${paperTitle.toLowerCase()}`,
      ];
      return keys.flatMap((key) => (key === undefined ? [] : (byKey.get(key) ?? [])))[0];
    };
  }
}

function arxivIdOf(url: string): string | undefined {
  return /arxiv\.org\/(?:abs|pdf)\/(\d{4}\.\d{4,5})/.exec(url)?.[1];
}

function datasetNamed(name: string, task: string): Dataset {
  return {
    id: slug(name),
    name,
    description: "",
    aliases: [],
    tasks: [task],
    modalities: [],
    languages: [],
    variants: [],
    links: [],
  };
}

function completed(known: Task, given: Task): Task {
  const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];
  return {
    ...known,
    description: known.description === "" ? given.description : known.description,
    areas: union(known.areas, given.areas),
    parents: union(known.parents, given.parents),
    aliases: union(known.aliases, given.aliases),
    ...(known.sourceLink === undefined && given.sourceLink !== undefined ? { sourceLink: given.sourceLink } : {}),
    ...(known.extra === undefined && given.extra !== undefined ? { extra: given.extra } : {}),
  };
}
