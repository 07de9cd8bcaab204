// The dumps of Papers With Code: papers with abstracts, links to code, methods, datasets and evaluation tables (the last also in
// sota-extractor's files). Each function turns one element into entities; fields the catalogue has no place for go into `extra`
// and come back on export.

import type { CodeLink, Dataset, Method, Paper, Task } from "../schema/index.ts";
import { extraSchema } from "../schema/index.ts";
import { slug } from "../slug.ts";
import { storableText } from "../text.ts";
import { type Cleaner, compact, listOf, objectOf } from "./cleaning.ts";
import type { ForeignRow, ForeignTable } from "./tables.ts";

type Entry = Record<string, unknown>;

/** Fields that stand for nothing else in the catalogue, as they came; undefined where there is none. */
function extraOf(entry: Entry, names: readonly string[]): Paper["extra"] {
  const kept: Entry = {};
  for (const name of names) if (entry[name] !== undefined && entry[name] !== null) kept[name] = entry[name];
  if (Object.keys(kept).length === 0) return undefined;
  const parsed = extraSchema.safeParse(JSON.parse(storableText(JSON.stringify(kept)).replaceAll("\\u0000", "\\ufffd")));
  return parsed.success ? parsed.data : undefined;
}

/** The last part of an address in the catalogue it came from: `https://.../paper/SLUG` -> SLUG. */
function idFromUrl(value: unknown): string | undefined {
  const last = typeof value === "string" ? /\/([^/?#]+)\/?(?:[?#].*)?$/.exec(value)?.[1] : undefined;
  return last === undefined ? undefined : slug(decodeQuietly(last));
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A task that only its name is known of. */
export function taskNamed(name: string): Task {
  return { id: slug(name), name, description: "", areas: [], parents: [], aliases: [] };
}

/** A paper and the tasks and methods it names. */
export function paperOf(
  entry: Entry,
  cleaner: Cleaner,
): { paper: Paper; tasks: Task[]; methods: Method[] } | undefined {
  const title = cleaner.name(entry["title"], "title");
  const id = idFromUrl(entry["paper_url"]) ?? (title === undefined ? undefined : slug(title));
  if (id === undefined || title === undefined) {
    cleaner.note("skipped-no-name", "a paper without a title");
    return undefined;
  }
  const tasks = cleaner.names(entry["tasks"], "tasks").map(taskNamed);
  const methods = listOf(entry["methods"]).flatMap((each) => {
    const method = objectOf(each);
    return method === undefined ? [] : (methodOf(method, cleaner) ?? []);
  });
  const paper: Paper = compact({
    id,
    title,
    authors: cleaner.names(entry["authors"], "authors"),
    abstract: cleaner.text(entry["abstract"], "abstract"),
    shortAbstract: cleaner.text(entry["short_abstract"], "short_abstract"),
    date: cleaner.date(entry["date"], "date"),
    arxivId: cleaner.name(entry["arxiv_id"], "arxiv_id"),
    openreviewId: cleaner.name(entry["openreview_id"], "openreview_id"),
    nipsId: cleaner.name(entry["nips_id"], "nips_id"),
    urlAbstract: cleaner.url(entry["url_abs"], "url_abs"),
    urlPdf: cleaner.url(entry["url_pdf"], "url_pdf"),
    sourceUrl: cleaner.url(entry["paper_url"], "paper_url"),
    proceeding: cleaner.text(entry["proceeding"], "proceeding"),
    conference: cleaner.text(entry["conference"], "conference"),
    conferenceUrlAbstract: cleaner.url(entry["conference_url_abs"], "conference_url_abs"),
    conferenceUrlPdf: cleaner.url(entry["conference_url_pdf"], "conference_url_pdf"),
    reproduces: cleaner.text(entry["reproduces_paper"], "reproduces_paper"),
    tasks: [...new Set(tasks.map((task) => task.id))],
    methods: [...new Set(methods.map((method) => method.id))],
  });
  return { paper: { ...paper, abstract: paper.abstract ?? "" }, tasks, methods };
}

/** A paper as the dump has it. */
export function paperEntry(
  paper: Paper,
  tasks: ReadonlyMap<string, string>,
  methods: ReadonlyMap<string, Method>,
): Entry {
  return {
    paper_url: paper.sourceUrl ?? null,
    arxiv_id: paper.arxivId ?? null,
    nips_id: paper.nipsId ?? null,
    openreview_id: paper.openreviewId ?? null,
    title: paper.title,
    abstract: paper.abstract,
    short_abstract: paper.shortAbstract ?? null,
    url_abs: paper.urlAbstract ?? null,
    url_pdf: paper.urlPdf ?? null,
    proceeding: paper.proceeding ?? null,
    authors: paper.authors,
    tasks: paper.tasks.map((id) => tasks.get(id) ?? id),
    date: paper.date ?? null,
    conference_url_abs: paper.conferenceUrlAbstract ?? null,
    conference_url_pdf: paper.conferenceUrlPdf ?? null,
    conference: paper.conference ?? null,
    reproduces_paper: paper.reproduces ?? null,
    methods: paper.methods.flatMap((id) => {
      const method = methods.get(id);
      if (method === undefined) return [];
      const [collection] = method.collections;
      return {
        name: method.name,
        full_name: method.fullName,
        description: method.description,
        introduced_year: method.introducedYear ?? null,
        source_url: method.sourceUrl ?? null,
        source_title: method.sourceTitle ?? null,
        code_snippet_url: method.codeSnippetUrl ?? null,
        main_collection:
          collection === undefined
            ? null
            : {
                name: collection.name,
                description: collection.description ?? "",
                parent: collection.parent ?? null,
                area: collection.area ?? null,
              },
      };
    }),
  };
}

/** A method; undefined (noted) for one without a name. */
export function methodOf(entry: Entry, cleaner: Cleaner): Method | undefined {
  const name = cleaner.name(entry["name"], "name");
  if (name === undefined) {
    cleaner.note("skipped-no-name", "a method without a name");
    return undefined;
  }
  const collections = [...listOf(entry["collections"]), entry["main_collection"]].flatMap((each) => {
    const one = objectOf(each);
    const collection = cleaner.name(one?.["collection"] ?? one?.["name"], "collection");
    if (one === undefined || collection === undefined) return [];
    const area = cleaner.name(one["area"], "area");
    return compact({
      name: collection,
      description: cleaner.text(one["description"], "description"),
      parent: cleaner.text(one["parent"], "parent"),
      areaId: cleaner.name(one["area_id"], "area_id") === undefined ? undefined : slug(String(one["area_id"])),
      area,
    });
  });
  const year = Number(entry["introduced_year"]);
  return {
    ...compact({
      id: idFromUrl(entry["url"]) ?? slug(name),
      name,
      introducedYear: Number.isInteger(year) && year >= 1600 && year <= 2200 ? year : undefined,
      sourceUrl: cleaner.url(entry["source_url"], "source_url"),
      sourceTitle: cleaner.text(entry["source_title"], "source_title"),
      codeSnippetUrl: cleaner.url(entry["code_snippet_url"], "code_snippet_url"),
      extra: extraOf(entry, ["url", "num_papers", "paper"]),
    }),
    fullName: cleaner.text(entry["full_name"], "full_name"),
    description: cleaner.text(entry["description"], "description"),
    collections,
  };
}

/** A method as the dump has it. */
export function methodEntry(method: Method, paper: Paper | undefined): Entry {
  return {
    url: method.extra?.["url"] ?? null,
    name: method.name,
    full_name: method.fullName,
    description: method.description,
    paper:
      method.extra?.["paper"] ??
      (paper === undefined ? null : { title: paper.title, url: paper.sourceUrl ?? paper.urlAbstract ?? null }),
    introduced_year: method.introducedYear ?? null,
    source_url: method.sourceUrl ?? null,
    source_title: method.sourceTitle ?? null,
    code_snippet_url: method.codeSnippetUrl ?? null,
    num_papers: method.extra?.["num_papers"] ?? 0,
    collections: method.collections.map(({ name, areaId, area }) => ({
      collection: name,
      area_id: areaId ?? null,
      area: area ?? null,
    })),
  };
}

/** A dataset and the tasks it names; undefined (noted) for one without a name. */
export function datasetOf(entry: Entry, cleaner: Cleaner): { dataset: Dataset; tasks: Task[] } | undefined {
  const name = cleaner.name(entry["name"], "name");
  if (name === undefined) {
    cleaner.note("skipped-no-name", "a dataset without a name");
    return undefined;
  }
  const named = (value: unknown, field: string) =>
    cleaner.names(
      listOf(value).map((each) => objectOf(each)?.["name"] ?? each),
      field,
    );
  const tasks = named(entry["tasks"], "tasks").map(taskNamed);
  const dataset: Dataset = {
    ...compact({
      id: idFromUrl(entry["url"]) ?? slug(name),
      name,
      fullName: cleaner.text(entry["full_name"], "full_name"),
      homepage: cleaner.url(entry["homepage"], "homepage"),
      introduced: cleaner.date(entry["introduced_date"], "introduced_date"),
      warning: cleaner.text(entry["warning"], "warning"),
      extra: extraOf(entry, ["url", "num_papers", "data_loaders", "paper"]),
    }),
    description: cleaner.text(entry["description"], "description"),
    aliases: [],
    tasks: [...new Set(tasks.map(({ id }) => id))],
    modalities: named(entry["modalities"], "modalities"),
    languages: named(entry["languages"], "languages"),
    variants: named(entry["variants"], "variants"),
    links: [],
  };
  return { dataset, tasks };
}

/** A dataset as the dump has it. */
export function datasetEntry(dataset: Dataset, tasks: ReadonlyMap<string, string>, paper: Paper | undefined): Entry {
  const named = (name: string) => ({ name, url: null });
  return {
    url: dataset.extra?.["url"] ?? null,
    name: dataset.name,
    full_name: dataset.fullName ?? null,
    homepage: dataset.homepage ?? null,
    description: dataset.description,
    paper:
      dataset.extra?.["paper"] ??
      (paper === undefined ? null : { title: paper.title, url: paper.sourceUrl ?? paper.urlAbstract ?? null }),
    introduced_date: dataset.introduced ?? null,
    warning: dataset.warning ?? null,
    modalities: dataset.modalities.map(named),
    tasks: dataset.tasks.map((id) => named(tasks.get(id) ?? id)),
    languages: dataset.languages.map(named),
    variants: dataset.variants,
    num_papers: dataset.extra?.["num_papers"] ?? 0,
    data_loaders: dataset.extra?.["data_loaders"] ?? [],
  };
}

/** A link from a paper to code; `paper` is the paper's id, which may not be stored. */
export function codeLinkOf(entry: Entry, cleaner: Cleaner): { link: CodeLink; paper: string | undefined } | undefined {
  const url = cleaner.url(entry["repo_url"], "repo_url");
  if (url === undefined) {
    cleaner.note("skipped-malformed", "a link without the address of a repository");
    return undefined;
  }
  const title = cleaner.name(entry["paper_title"], "paper_title");
  const paper = idFromUrl(entry["paper_url"]) ?? (title === undefined ? undefined : slug(title));
  const framework = cleaner.name(entry["framework"], "framework");
  const link: CodeLink = compact({
    id: slug(`${paper ?? ""} ${url.replace(/^https?:\/\//, "")}`),
    paperTitle: title,
    url,
    official: entry["is_official"] === true,
    mentionedInPaper: entry["mentioned_in_paper"] === true,
    mentionedInGithub: entry["mentioned_in_github"] === true,
    framework: framework === "none" ? undefined : framework,
    extra: extraOf(entry, ["paper_url", "paper_arxiv_id", "paper_url_abs", "paper_url_pdf"]),
  });
  return { link, paper };
}

/** A link to code as the dump has it. */
export function codeLinkEntry(link: CodeLink, paper: Paper | undefined): Entry {
  return {
    paper_url: paper?.sourceUrl ?? link.extra?.["paper_url"] ?? null,
    paper_title: paper?.title ?? link.paperTitle ?? null,
    paper_arxiv_id: paper?.arxivId ?? link.extra?.["paper_arxiv_id"] ?? null,
    paper_url_abs: paper?.urlAbstract ?? link.extra?.["paper_url_abs"] ?? null,
    paper_url_pdf: paper?.urlPdf ?? link.extra?.["paper_url_pdf"] ?? null,
    repo_url: link.url,
    is_official: link.official,
    mentioned_in_paper: link.mentionedInPaper,
    mentioned_in_github: link.mentionedInGithub,
    framework: link.framework ?? "none",
  };
}

/** A task of an evaluation-tables dump or a sota-extractor file, with its subtasks and all tables in it. */
export function tasksOf(
  entry: Entry,
  cleaner: Cleaner,
  parent?: string,
): { tasks: Task[]; tables: ForeignTable[]; datasets: Dataset[] } {
  const name = cleaner.name(entry["task"], "task");
  if (name === undefined) {
    cleaner.note("skipped-no-name", "a task without a name");
    return { tasks: [], tables: [], datasets: [] };
  }
  const task: Task = {
    ...taskNamed(name),
    description: cleaner.text(entry["description"], "description"),
    areas: cleaner.names(entry["categories"], "categories").map(slug),
    parents: parent === undefined ? [] : [parent],
    aliases: cleaner.names(entry["synonyms"], "synonyms"),
    ...compact({
      sourceLink: cleaner.links([entry["source_link"]].filter(Boolean), "source_link")[0],
      extra: extraOf(entry, ["categories"]),
    }),
  };
  const found = { tasks: [task], tables: [] as ForeignTable[], datasets: [] as Dataset[] };
  for (const each of listOf(entry["datasets"])) {
    const dataset = objectOf(each);
    if (dataset !== undefined) tablesOf(dataset, name, cleaner, found, undefined);
  }
  for (const each of listOf(entry["subtasks"])) {
    const below = objectOf(each);
    if (below === undefined) continue;
    const inner = tasksOf(below, cleaner, task.id);
    found.tasks.push(...inner.tasks);
    found.tables.push(...inner.tables);
    found.datasets.push(...inner.datasets);
  }
  return found;
}

function tablesOf(
  entry: Entry,
  task: string,
  cleaner: Cleaner,
  found: { tables: ForeignTable[]; datasets: Dataset[] },
  parent: string | undefined,
): void {
  const name = cleaner.name(entry["dataset"] ?? entry["subdataset"], "dataset");
  if (name === undefined) {
    cleaner.note("skipped-no-name", `a dataset without a name in ${task}`);
    return;
  }
  found.datasets.push({
    ...compact({
      id: slug(name),
      name,
      parent,
      extra: extraOf(entry, ["dataset_citations"]),
    }),
    description: cleaner.text(entry["description"], "description"),
    aliases: [],
    tasks: [slug(task)],
    modalities: [],
    languages: [],
    variants: [],
    links: cleaner.links(entry["dataset_links"], "dataset_links"),
  });
  const sota = objectOf(entry["sota"]);
  const rows = listOf(sota?.["rows"]).flatMap((row) => rowOf(row, cleaner) ?? []);
  const metrics = cleaner.names(sota?.["metrics"], "metrics");
  if (rows.length > 0 || metrics.length > 0) found.tables.push({ task, dataset: name, metrics, rows });
  for (const each of listOf(entry["subdatasets"])) {
    const below = objectOf(each);
    if (below !== undefined) tablesOf(below, task, cleaner, found, slug(name));
  }
}

function rowOf(given: unknown, cleaner: Cleaner): ForeignRow | undefined {
  const row = objectOf(given);
  const modelName = cleaner.name(row?.["model_name"], "model_name");
  if (row === undefined || modelName === undefined) {
    cleaner.note(row === undefined ? "skipped-malformed" : "skipped-no-name", "a row without a model's name");
    return undefined;
  }
  const values: Record<string, string> = {};
  for (const [metric, value] of Object.entries(objectOf(row["metrics"]) ?? {})) {
    const name = cleaner.name(metric, "metric");
    const text = cleaner.text(value, `metrics.${metric}`).trim();
    if (name !== undefined && text !== "")
      Object.defineProperty(values, name, { value: text.slice(0, 100), enumerable: true });
  }
  return compact({
    modelName,
    paperTitle: cleaner.name(row["paper_title"], "paper_title"),
    paperUrl: cleaner.url(row["paper_url"], "paper_url"),
    date: cleaner.date(row["paper_date"], "paper_date"),
    values,
    extraData: row["uses_additional_data"] === true,
    codeLinks: cleaner.links(row["code_links"], "code_links"),
    extra: extraOf(row, ["model_links"]),
  });
}
