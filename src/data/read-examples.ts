// The one way from a data set's name to typed examples, checked against the counts that the registry has.

import { BiobertError, type Warning } from "../core/index.ts";
import { entitiesOf } from "../metrics/index.ts";
import { DataSource, dataRoots } from "./data-root.ts";
import type { AnyExampleSet, ExampleSet, ExampleTask, Split } from "./examples.ts";
import { type AnyDataset, type ReadResult, datasetOf } from "./registry/index.ts";

export interface ReadExamplesOptions {
  /** The data root; by default that of BIOBERT_DATA, then the cache. */
  data?: string;
  /** The flag that names the data root, for messages; `--data` by default. */
  dataFlag?: string;
  /** 1 to 10, of a set with folds; 1 by default. */
  fold?: number;
  /** Take a copy whose counts are not the registry's: the differences become warnings (`dataset-counts`). */
  anyCounts?: boolean;
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads a split. With `task` the result has that type, and a data set of another task is refused.
 * @throws BiobertError `usage` (an unknown data set, split, fold or another task), `unsupported` (a set that cannot be had, with what
 *   to do), `file-not-found`, those of the reader with file and line, `input-empty`, and `input-format` for other counts than the
 *   registry's: another version of the corpus does not pass for it.
 */
export async function readExamples<Task extends ExampleTask>(
  id: string,
  split: Split,
  options: ReadExamplesOptions & { task: Task },
): Promise<ExampleSet<Task>>;
export async function readExamples(id: string, split: Split, options?: ReadExamplesOptions): Promise<AnyExampleSet>;
export async function readExamples(
  id: string,
  split: Split,
  options: ReadExamplesOptions & { task?: ExampleTask } = {},
): Promise<ExampleSet> {
  const dataset = datasetOf(id);
  if (options.task !== undefined && options.task !== dataset.task) {
    throw new BiobertError({
      code: "usage",
      message: `${dataset.id} is a data set for ${dataset.task}, not for ${options.task}`,
    });
  }
  const part = dataset.splits[split];
  if (part === undefined && dataset.availability !== "no") {
    throw new BiobertError({
      code: "usage",
      message: `${dataset.id} has no ${split} split`,
      hint: `It has ${Object.keys(dataset.splits).join(", ")}.`,
    });
  }
  const fold = options.fold ?? 1;
  if (!Number.isInteger(fold) || fold < 1 || fold > (dataset.folds ?? 1)) {
    throw new BiobertError({
      code: "usage",
      message: `${dataset.id} has ${dataset.folds === undefined ? "no folds" : `folds 1 to ${dataset.folds}`}, not ${fold}`,
    });
  }
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const source = new DataSource(
    dataRoots(options.data, options.environment),
    warn,
    howToGet(dataset, options.dataFlag),
  );
  const result: ReadResult = await dataset.read({ split, files: part?.files ?? [], source, warn, fold });
  if (result.examples.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: `${dataset.id} ${split} has no example`,
      place: { file: source.files.join(", ") },
    });
  }
  repeatedIds(result, dataset.id, warn);
  const counts = { ...result.counts, ...countExamples(dataset, result) };
  for (const [name, expected] of Object.entries({ ...part?.counts, ...part?.foldCounts?.[fold - 1] })) {
    const found = counts[name] ?? 0;
    if (found === expected) continue;
    const place = dataset.folds === undefined ? split : `${split} of fold ${fold}`;
    const message = `${found} ${name}, but ${dataset.id} ${place} has ${expected}`;
    if (options.anyCounts === true) warn({ code: "dataset-counts", message, place: { file: source.files[0] } });
    else {
      throw new BiobertError({
        code: "input-format",
        message,
        place: { file: source.files.join(", ") },
        hint: "The file is damaged or another version of the corpus, whose scores stand beside no published one (reproduce --any-counts takes it).",
      });
    }
  }
  return {
    dataset: dataset.id,
    split,
    task: dataset.task,
    examples: result.examples,
    labels: [...(result.labels ?? dataset.labels)],
    files: [...new Set(source.files)],
    warnings,
    counts,
    ...(result.unreachable === undefined ? {} : { unreachable: result.unreachable }),
    ...(result.rankings === undefined ? {} : { rankings: result.rankings }),
    ...(result.pairs === undefined ? {} : { pairs: result.pairs }),
    ...(dataset.marking === undefined ? {} : { marking: dataset.marking }),
  };
}

/** What to do where a file of a data set is not there. */
function howToGet({ id, availability, why }: AnyDataset, flag = "--data"): string {
  const place = `name the folder that has it, in the registry's layout, with ${flag} or BIOBERT_DATA`;
  if (availability === "pull") return `Fetch it: biobert datasets pull ${id}; or ${place}.`;
  return `${why ?? "It is got by hand."} Then ${place} (biobert datasets show ${id}).`;
}

/** What is counted of every set: examples, each label, and of tagged sentences tokens and entities. */
function countExamples(dataset: AnyDataset, { examples }: ReadResult): Record<string, number> {
  const counts: Record<string, number> = { examples: examples.length };
  const add = (name: string, count = 1): void => {
    counts[name] = (counts[name] ?? 0) + count;
  };
  if (dataset.task === "ner") add("sentences", examples.length);
  if (dataset.task === "yes-no" || dataset.task === "qa") {
    counts["questions"] = new Set(
      examples.map((example) => ("questionId" in example ? example.questionId : example.id)),
    ).size;
  }
  for (const example of examples) {
    if ("tags" in example) {
      add("tokens", example.tokens.length);
      add("entities", entitiesOf(example.tags).length);
    } else if ("label" in example) add(`label ${example.label}`);
    else if ("labels" in example) for (const label of example.labels) add(`label ${label}`);
  }
  return counts;
}

function repeatedIds({ examples }: ReadResult, dataset: string, warn: (warning: Warning) => void): void {
  const seen = new Set<string>();
  let repeated = 0;
  for (const { id } of examples) {
    if (seen.has(id)) repeated++;
    seen.add(id);
  }
  if (repeated > 0)
    warn({
      code: "ids-repeated",
      message: `${repeated} examples of ${dataset} have an id that has come before; they are kept`,
    });
}
