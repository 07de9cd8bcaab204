// This project's own records (`results/*.json`, as `biobert reproduce` and `biobert evaluate` write them) as measured results: each
// in the table of its data set and protocol, beside the published row that it measures again, with what differs.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DATASETS, type ExampleTask, readJson } from "../../data/index.ts";
import { readResultRecord, type ResultRecord, type ResultRecordV2 } from "../../evaluation/index.ts";
import { BiobertError } from "../../core/index.ts";
import { submissionOfRecord } from "../records.ts";
import type { Dataset, EvaluationTable, Kind, Metric, Model, Result, Run } from "../schema/index.ts";
import { slug } from "../slug.ts";
import type { Connection } from "./database.ts";
import { getEntities, getEntity, putEntities } from "./entities.ts";
import { listEntities } from "./lists.ts";
import { runOf } from "./review.ts";

/** What each task's results stand under in the catalogue. */
const TASKS: Readonly<Record<ExampleTask, string>> = {
  ner: "named-entity-recognition-ner",
  relation: "relation-extraction",
  qa: "question-answering",
  "yes-no": "question-answering",
  "multiple-choice": "question-answering",
  classification: "sentence-classification",
  similarity: "sentence-similarity",
  "document-embedding": "representation-learning",
};

/** The record files of a folder, sorted by name; none where there is no such folder. */
export async function recordFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/** What a record of `biobert reproduce` says beside. */
interface RunsOfRecipe {
  recipe?: { id: string };
  differs?: readonly string[];
}

function recipeOf(record: ResultRecordV2): RunsOfRecipe["recipe"] {
  return (record as RunsOfRecipe).recipe;
}

/** The entities of one record and what they stand on. */
interface Measured {
  dataset?: Dataset;
  table?: EvaluationTable;
  run: Run;
  result: Result;
}

/**
 * Puts the records' results into an open change, but for what `keep` names; gives the ids of all of them. Errors: `input-format` for a
 * file that is no record.
 */
export async function putRecords(
  connection: Connection,
  files: readonly string[],
  keep: (kind: Kind, ids: string[]) => Promise<ReadonlySet<string>>,
): Promise<Record<string, string[]>> {
  const ids: Record<string, string[]> = { dataset: [], table: [], run: [], result: [] };
  for (const file of files) {
    const record = readResultRecord(await readJson(file), file);
    const measured = await measuredOf(connection, record, file);
    for (const kind of ["dataset", "table", "run", "result"] as const) {
      const entity = measured[kind];
      if (entity === undefined) continue;
      if (!(await keep(kind, [entity.id])).has(entity.id)) await putEntities(connection, kind, [entity as never]);
      ids[kind]!.push(entity.id);
    }
  }
  return ids;
}

async function measuredOf(connection: Connection, record: ResultRecordV2, file: string): Promise<Measured> {
  const places = await placesOf(connection, record);
  const made: Partial<ReturnType<typeof tableOf>> = fits(places.tables, places.datasets, record)
    ? {}
    : tableOf(record, places.datasets[0], file);
  const tables = made.table === undefined ? places.tables : [made.table];
  const datasets = made.dataset === undefined ? places.datasets : [made.dataset];
  const { result } = submissionOfRecord(record, { ...places, datasets, tables }, made.table?.id);
  const table = tables.find(({ id }) => id === result.table)!;
  const run = runOf(record);
  const name = file.replace(/^.*[/\\]/, "").replace(/\.json$/, "");
  const published = await publishedRow(connection, table.id);
  return {
    ...made,
    run,
    result: {
      ...result,
      id: slug(`measured-${name}`),
      modelName: record.model.name,
      origin: "measured",
      source: { note: `results/${name}.json of the biobert repository` },
      runs: [run.id],
      ...(published === undefined
        ? {}
        : { measures: published.result.id, protocolDifferences: differencesOf(record, published) }),
    },
  };
}

/** Data sets, tables and models that a record may mean, and the table of this id. */
export async function placesOf(
  connection: Connection,
  record: ResultRecord,
  table?: string,
): Promise<{ datasets: Dataset[]; tables: EvaluationTable[]; models: Model[] }> {
  const plain = "regexp_replace(lower(regexp_replace(%, '^[\\w.-]+/', '')), '[^a-z0-9]+', '', 'g')";
  const named = (kind: "dataset" | "model", wanted: string): Promise<{ id: string }[]> =>
    connection.query<{ id: string }>(
      `select e.id from ${kind} e where ${plain.replace("%", "e.id")} = $1::text or ${plain.replace("%", "e.name")} = $1::text
       or exists (select 1 from jsonb_array_elements_text(e.document -> 'aliases') a where ${plain.replace("%", "a")} = $1::text)
       ${
         kind === "model"
           ? `or exists (select 1 from jsonb_array_elements(e.document -> 'variants') v where ${plain.replace("%", "v ->> 'name'")} = $1::text
              or exists (select 1 from jsonb_array_elements_text(v -> 'aliases') a where ${plain.replace("%", "a")} in ($1::text, 'models' || $1::text)))`
           : ""
       } order by e.id limit 20`,
      [wanted],
    );
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
  const datasets = await getEntities(
    connection,
    "dataset",
    ids(await named("dataset", plainNameOf(record.dataset.id))),
  );
  const models = await getEntities(connection, "model", ids(await named("model", plainNameOf(record.model.name))));
  const tables: EvaluationTable[] = [];
  for (const { id } of datasets)
    tables.push(...(await listEntities(connection, "table", { dataset: id, limit: 1000 })).items);
  const asked = table === undefined ? undefined : await getEntity(connection, "table", table);
  if (asked !== undefined && !tables.some(({ id }) => id === asked.id)) tables.push(asked);
  return { datasets, tables, models };
}

function plainNameOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/^[\w.-]+\//, "")
    .replaceAll(/[^a-z0-9]+/g, "");
}

function fits(tables: readonly EvaluationTable[], datasets: readonly Dataset[], record: ResultRecord): boolean {
  const fitting = tables.filter(
    ({ dataset, metrics }) =>
      datasets.some(({ id }) => id === dataset) && metrics.some(({ protocol }) => protocol === record.protocol),
  );
  return fitting.length === 1;
}

/** A table for a record that none fits: its metrics as the record has them, the one that chose the model first. */
function tableOf(
  record: ResultRecordV2,
  known: Dataset | undefined,
  file: string,
): { dataset?: Dataset; table: EvaluationTable } {
  if (!Object.hasOwn(TASKS, record.task)) {
    throw new BiobertError({
      code: "input-format",
      message: `the catalogue has no place for the task ${JSON.stringify(record.task)}`,
      place: { file },
      hint: `Known are ${Object.keys(TASKS).join(", ")}.`,
    });
  }
  const own = TASKS[record.task as ExampleTask];
  // A data set that is known for one task has its tables there.
  const task = known === undefined || known.tasks.includes(own) ? own : (known.tasks[0] ?? own);
  const id = known?.id ?? slug(record.dataset.id);
  const registered = DATASETS.find((dataset) => dataset.id === record.dataset.id);
  const first = ["f1", "accuracy", "microF1", "meanReciprocalRank", "listF1", "macroF1", "pearson"];
  const place = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  const names = Object.keys(record.metrics).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const metrics = names.slice(0, 12).map((name): Metric => {
    const unit = record.units[name];
    return {
      id: name,
      name,
      definition: "",
      split: record.dataset.split,
      protocol: record.protocol,
      unit: unit === "percent" || unit === "fraction" ? unit : "number",
      isLoss: /error|loss/i.test(name),
      ...(unit === "correlation" ? { min: -1, max: 1 } : {}),
    };
  });
  return {
    ...(known === undefined
      ? {
          dataset: {
            id,
            name: registered?.name ?? record.dataset.id,
            description: registered?.description ?? "",
            aliases: [],
            tasks: [task],
            modalities: ["Texts"],
            languages: [],
            variants: [],
            links: [],
          },
        }
      : {}),
    table: {
      id: slug(`${task}-on-${id}-${record.protocol}`),
      task,
      dataset: id,
      name: record.protocol,
      description: "",
      ...(recipeOf(record) === undefined ? {} : { reproduce: recipeOf(record)!.id }),
      metrics,
      links: [],
    },
  };
}

interface Published {
  result: Result;
  variant?: Model["variants"][number];
}

/** The row that a measurement of a table stands beside: BioBERT's own, v1.1 before others, read in the paper before copied. */
async function publishedRow(connection: Connection, table: string): Promise<Published | undefined> {
  const [row] = await connection.query<{ id: string }>(
    `select id from result where table_id = $1::text and model_id = 'biobert' and origin in ('paper', 'archive')
     order by (variant_id is not distinct from 'biobert-v1.1') desc, origin = 'paper' desc, id limit 1`,
    [table],
  );
  if (row === undefined) return undefined;
  const result = (await getEntity(connection, "result", row.id))!;
  const model = await getEntity(connection, "model", "biobert");
  return { result, variant: model?.variants.find(({ id }) => id === result.variant) };
}

/** What the record itself says differs; else what a comparison of both shows. */
function differencesOf(record: ResultRecordV2, { result, variant }: Published): string[] {
  const said = (record as RunsOfRecipe).differs ?? [];
  if (said.length > 0) return [...said];
  const size = (record.model.parameters / 1e6).toFixed(1);
  const theirs = variant?.parametersMillions === undefined ? "" : ` (${variant.parametersMillions} million parameters)`;
  return [
    `Another model: ${record.model.name}, ${size} million parameters, instead of ${variant?.name ?? result.modelName}${theirs}.`,
    ...(record.model.precision === "fp32" ? [] : [`In ${record.model.precision}.`]),
    ...(record.seeds.length === 1 ? ["One seed."] : []),
  ];
}
