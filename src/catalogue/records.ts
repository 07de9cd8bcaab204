// From a result record, as `biobert evaluate` writes it, to the result it stands for: which table, which model, which numbers.

import { BiobertError } from "../core/index.ts";
import type { ResultRecord } from "../evaluation/index.ts";
import { plainName } from "./checks.ts";
import { recordedValue } from "./values.ts";
import type { Dataset, EvaluationTable, Model, SubmissionContent } from "./schema/index.ts";

/** What a record can be matched with. */
export interface RecordPlaces {
  datasets: readonly Dataset[];
  tables: readonly EvaluationTable[];
  models: readonly Model[];
}

/** Digits that a percentage is published with. */
const DIGITS = 2;

/**
 * The submission of a record: its dataset found by id, name or alias, its table by dataset and protocol, its model by name or
 * alias; every metric the table has. Errors: `catalogue-not-found` where no table fits, saying which there are.
 */
export function submissionOfRecord(record: ResultRecord, places: RecordPlaces, table?: string): SubmissionContent {
  const chosen = table === undefined ? tableOf(record, places) : places.tables.find(({ id }) => id === table);
  if (chosen === undefined)
    throw new BiobertError({ code: "catalogue-not-found", message: `there is no evaluation table ${table}` });
  const values: SubmissionContent["result"]["values"] = {};
  for (const metric of chosen.metrics) {
    const onScale = recordedValue(record, metric.id, metric);
    if (onScale === undefined) continue;
    const published = onScale.toFixed(metric.unit === "fraction" ? DIGITS + 2 : DIGITS);
    values[metric.id] = { published, value: Number(published) };
  }
  const model = modelOf(record, places.models);
  return {
    result: {
      table: chosen.id,
      modelName: `${record.model.name} (${record.model.precision})`,
      ...model,
      values,
      extraData: false,
      date: record.createdAt.slice(0, 10),
      source: {},
      codeLinks: [],
    },
    run: record,
  };
}

function tableOf(record: ResultRecord, { datasets, tables }: RecordPlaces): EvaluationTable {
  const wanted = plainName(record.dataset.id);
  const matching = datasets.filter(({ id, name, aliases }) =>
    [id, name, ...aliases].some((each) => plainName(each) === wanted),
  );
  if (matching.length === 0) {
    throw new BiobertError({
      code: "catalogue-not-found",
      message: `no dataset of the catalogue is called ${record.dataset.id}`,
      place: { name: "dataset.id" },
      hint:
        datasets.length === 0
          ? "Name the table with --table ID: biobert results list shows the tables."
          : `Name the table with --table; data sets are ${datasets
              .map(({ id }) => id)
              .slice(0, 30)
              .join(", ")}.`,
    });
  }
  const onDataset = tables.filter(({ dataset }) => matching.some(({ id }) => id === dataset));
  const fitting = onDataset.filter(({ metrics }) => metrics.some(({ protocol }) => protocol === record.protocol));
  if (fitting.length === 1) return fitting[0]!;
  throw new BiobertError({
    code: "catalogue-not-found",
    message: `${fitting.length === 0 ? "no table" : "more than one table"} on ${record.dataset.id} has metrics of the protocol ${record.protocol}`,
    place: { name: "protocol" },
    hint: `Name the table with --table: ${onDataset.map(({ id }) => id).join(", ") || "there is none on this data set"}.`,
  });
}

function modelOf(record: ResultRecord, models: readonly Model[]): { model?: string; variant?: string } {
  const names = [record.model.name, `models/${record.model.name}`].map(plainName);
  for (const model of models) {
    const variants = model.variants.filter(({ name, aliases }) =>
      [name, ...aliases].some((each) => names.includes(plainName(each))),
    );
    if (variants.length === 1) return { model: model.id, variant: variants[0]!.id };
    if ([model.name, ...model.aliases].some((each) => names.includes(plainName(each)))) return { model: model.id };
  }
  return {};
}
