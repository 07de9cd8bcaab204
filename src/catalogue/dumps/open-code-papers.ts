// OpenCodePapers' benchmark files: one leaderboard a file, short field names (p paper, n model, d date, c code, m1... metrics).

import { type Cleaner, listOf, objectOf } from "./cleaning.ts";
import type { ForeignRow, ForeignTable } from "./tables.ts";

/** The leaderboard of a benchmark file; undefined (noted) where it is none. */
export function benchmarkOf(given: unknown, cleaner: Cleaner): ForeignTable | undefined {
  const file = objectOf(given);
  const benchmark = objectOf(file?.["benchmark"]);
  const title = cleaner.name(file?.["title"], "title");
  if (file === undefined || benchmark === undefined || title === undefined) {
    cleaner.note("skipped-malformed", "no benchmark with a title");
    return undefined;
  }
  // "Relation Extraction on ChemProt": the task may hold " on " itself, the dataset seldom does.
  const at = title.lastIndexOf(" on ");
  const hierarchy = cleaner.names(file["task-hierarchy"], "task-hierarchy");
  const task = at > 0 ? title.slice(0, at) : (hierarchy.at(-1) ?? title);
  const dataset = at > 0 ? title.slice(at + 4) : title;
  const fields = listOf(benchmark["fields"]).flatMap((each) => {
    const field = objectOf(each);
    const key = cleaner.name(field?.["key"], "fields.key");
    const label = cleaner.name(field?.["label"], "fields.label");
    return key === undefined || label === undefined || !/^m\d+$/.test(key) ? [] : [{ key, label }];
  });
  const rows = listOf(benchmark["items"]).flatMap((each) => rowOf(each, fields, cleaner) ?? []);
  const info = objectOf(file["dataset-info"]);
  return {
    task,
    dataset,
    metrics: fields.map(({ label }) => label),
    rows,
    extra: {
      "task-hierarchy": hierarchy,
      ...(info === undefined
        ? {}
        : {
            "dataset-info": { link: cleaner.text(info["link"], "link"), paper: cleaner.text(info["paper"], "paper") },
          }),
    },
  };
}

function rowOf(
  given: unknown,
  fields: readonly { key: string; label: string }[],
  cleaner: Cleaner,
): ForeignRow | undefined {
  const item = objectOf(given);
  const modelName = cleaner.name(item?.["n"], "n");
  if (item === undefined || modelName === undefined) {
    cleaner.note(item === undefined ? "skipped-malformed" : "skipped-no-name", "an item without a model's name");
    return undefined;
  }
  const values: Record<string, string> = {};
  for (const { key, label } of fields) {
    const text = cleaner.text(item[key], key).trim();
    if (text !== "") values[label] = text.slice(0, 100);
  }
  const paper = paperOf(item["p"], cleaner);
  const code = linkOf(item["c"]);
  const codeUrl = code === undefined ? undefined : cleaner.url(code.url, "c");
  return {
    modelName,
    values,
    ...paper,
    ...(cleaner.date(item["d"], "d") === undefined ? {} : { date: cleaner.date(item["d"], "d")! }),
    codeLinks: codeUrl === undefined ? [] : [{ title: code!.title, url: codeUrl }],
  };
}

/** `p` is an object, a Markdown link, "" or "[]()". */
function paperOf(given: unknown, cleaner: Cleaner): Pick<ForeignRow, "paperTitle" | "paperUrl"> {
  const object = objectOf(given);
  const link =
    object === undefined
      ? linkOf(given)
      : { title: cleaner.text(object["name"], "p.name"), url: cleaner.text(object["link"], "p.link") };
  if (link === undefined) return {};
  const title = cleaner.name(link.title, "p.name");
  const url = cleaner.url(link.url, "p.link");
  return { ...(title === undefined ? {} : { paperTitle: title }), ...(url === undefined ? {} : { paperUrl: url }) };
}

function linkOf(given: unknown): { title: string; url: string } | undefined {
  const object = objectOf(given);
  if (object !== undefined) return { title: String(object["name"] ?? ""), url: String(object["link"] ?? "") };
  if (typeof given !== "string" || given.trim() === "") return undefined;
  const markdown = /^\[([^\]]*)\]\((.*)\)?$/.exec(given.trim());
  if (markdown === null) return { title: "", url: given.trim() };
  const url = markdown[2]!.replace(/\)$/, "");
  return markdown[1] === "" && url === "" ? undefined : { title: markdown[1]!, url };
}
