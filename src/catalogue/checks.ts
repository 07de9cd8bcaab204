// What is wrong with a submission, field by field. Each problem says which field, what is wrong and what would be right. The
// checks know what is stored only through `CheckContext`, so that they read in one sitting and need no database to test.

import type { z } from "zod";
import { formatValue } from "./ranking.ts";
import {
  type EvaluationTable,
  type Metric,
  type Model,
  type Problem,
  type Result,
  type SubmissionContent,
  submissionContentSchema,
} from "./schema/index.ts";
import { rangeOf, recordedValue, scaleProblem, valueOf } from "./values.ts";

/** What is stored already, as far as a submission touches it. */
export interface CheckContext {
  now: Date;
  table(id: string): Promise<EvaluationTable | undefined>;
  /** Ids of tables much like this name, for a suggestion. */
  similarTables(name: string): Promise<string[]>;
  /** Results of a table. */
  resultsOf(table: string): Promise<Result[]>;
  model(id: string): Promise<Model | undefined>;
  /** Models that go by this name, with the variant where the name tells it. */
  modelsNamed(name: string): Promise<{ model: Model; variant?: string }[]>;
  hasPaper(id: string): Promise<boolean>;
  hasResult(id: string): Promise<boolean>;
  /** What the web says of a link; without it links are checked for their form only. */
  checkLink?(url: string): Promise<{ status: "alive" | "dead" | "refused" | "unknown"; reason: string }>;
}

/** The content in its full form (where it has one) and everything that is wrong with it. */
export interface CheckedSubmission {
  content?: SubmissionContent;
  problems: Problem[];
}

/** How far a submitted number may be from its record's by rounding. */
const ROUNDING = 0.0051;

/** Checks a submission as it came. Values without a number get it from their published text, known model names their model. */
export async function checkSubmissionContent(given: unknown, context: CheckContext): Promise<CheckedSubmission> {
  const parsed = submissionContentSchema.safeParse(given);
  if (!parsed.success) return { problems: parsed.error.issues.map(malformed) };
  const content = structuredClone(parsed.data);
  const problems: Problem[] = [];
  const say = (field: string, code: Problem["code"], message: string, severity: Problem["severity"] = "error"): void =>
    void problems.push({ field, code, message, severity });

  checkDate(content, context, say);
  checkSource(content, say);
  await checkModel(content, context, say);
  await checkReferences(content, context, say);
  const table = await context.table(content.result.table);
  if (table === undefined) {
    const similar = await context.similarTables(content.result.table);
    const hint = similar.length === 0 ? "" : `; there is ${similar.join(", ")}`;
    say("result.table", "unknown-table", `no evaluation table ${content.result.table}${hint}`);
  } else {
    const others = await context.resultsOf(table.id);
    checkValues(content, table, others, say);
    checkRecord(content, table, say);
    checkDuplicate(content, table, others, say);
  }
  await checkLinks(content, context, say);
  return { content, problems };
}

type Say = (field: string, code: Problem["code"], message: string, severity?: Problem["severity"]) => void;

function malformed(issue: z.core.$ZodIssue): Problem {
  const field = issue.path.join(".");
  const isLink = /(?:^|\.)(?:url|paperUrl|externalUrl)$/i.test(field) && issue.code === "custom";
  return {
    field: field === "" ? "(submission)" : field,
    code: isLink ? "malformed-link" : "malformed",
    message: issue.message,
    severity: "error",
  };
}

function checkDate({ result, run }: SubmissionContent, { now }: CheckContext, say: Say): void {
  // It is tomorrow already somewhere: time zones reach 14 hours ahead of UTC.
  const today = new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
  if (result.date !== undefined && result.date > today)
    say("result.date", "future-date", `${result.date} is in the future (today is ${now.toISOString().slice(0, 10)})`);
  if (run !== undefined && run.createdAt.slice(0, 10) > today)
    say("run.createdAt", "future-date", `the record was made on ${run.createdAt.slice(0, 10)}, which is in the future`);
}

function checkSource({ result, run }: SubmissionContent, say: Say): void {
  const { paper, paperUrl, externalUrl, source } = result;
  const places = [run, paper, paperUrl, externalUrl, source.paper, source.url];
  if (places.every((place) => place === undefined))
    say("result.source", "no-source", "a result needs a way back: a paper, a link, or the record of the run");
}

async function checkModel({ result }: SubmissionContent, context: CheckContext, say: Say): Promise<void> {
  if (result.model === undefined) {
    const named = await context.modelsNamed(result.modelName);
    if (named.length === 1) {
      result.model = named[0]!.model.id;
      if (named[0]!.variant !== undefined) result.variant ??= named[0]!.variant;
    } else if (named.length > 1) {
      const ids = named.map(({ model, variant }) =>
        variant === undefined ? model.id : `${model.id} (variant ${variant})`,
      );
      say("result.model", "unknown-model", `"${result.modelName}" may be ${ids.join(" or ")}: say which`, "warning");
    } else if (result.variant !== undefined) {
      say("result.model", "unknown-model", "a variant needs its model");
    } else {
      say(
        "result.modelName",
        "unknown-model",
        `"${result.modelName}" is not among the known models: it will stand under this name`,
        "warning",
      );
    }
  }
  if (result.model === undefined) return;
  const model = await context.model(result.model);
  if (model === undefined) say("result.model", "unknown-model", `no model ${result.model}`);
  else if (result.variant === undefined) {
    if (model.variants.length > 1)
      say(
        "result.variant",
        "unknown-model",
        `${model.name} has variants: ${model.variants.map(({ id }) => id).join(", ")}; say which`,
        "warning",
      );
  } else if (!model.variants.some(({ id }) => id === result.variant)) {
    const known = model.variants.map(({ id }) => id).join(", ");
    say(
      "result.variant",
      "unknown-model",
      `${model.name} has no variant ${result.variant}${known === "" ? "" : `; known are ${known}`}`,
    );
  }
}

async function checkReferences({ result }: SubmissionContent, context: CheckContext, say: Say): Promise<void> {
  for (const [field, id] of [
    ["result.paper", result.paper],
    ["result.source.paper", result.source.paper],
  ] as const) {
    if (id !== undefined && !(await context.hasPaper(id)))
      say(field, "unknown-paper", `no paper ${id}; give paperTitle and paperUrl for one that is not here`);
  }
  if (result.measures !== undefined && !(await context.hasResult(result.measures)))
    say("result.measures", "malformed", `no result ${result.measures} to measure again`);
}

function checkValues({ result }: SubmissionContent, table: EvaluationTable, others: readonly Result[], say: Say): void {
  const names = table.metrics.map(({ id }) => id).join(", ");
  if (Object.keys(result.values).length === 0)
    say("result.values", "malformed", `no value at all; ${table.id} has ${names}`);
  for (const [id, value] of Object.entries(result.values)) {
    const field = `result.values.${id}`;
    const metric = table.metrics.find((each) => each.id === id);
    if (metric === undefined) {
      say(field, "unknown-metric", `${table.id} has no metric ${id}; it has ${names}`);
      continue;
    }
    const read = valueOf(value.published, metric, value.scale);
    if (read.value === undefined) {
      say(`${field}.published`, "not-a-number", `${JSON.stringify(value.published)} is no number`);
      continue;
    }
    if (value.value === undefined) Object.assign(value, read);
    else if (Math.abs(value.value - read.value) > Math.max(1e-9, Math.abs(read.value) * 1e-9)) {
      say(`${field}.value`, "malformed", `the text ${value.published} means ${read.value}, not ${value.value}`);
      continue;
    }
    checkNumber(read.value, value.published, metric, known(others, id), field, say);
  }
}

function known(results: readonly Result[], metric: string): number[] {
  return results.flatMap(({ values }) => values[metric]?.value ?? []);
}

function checkNumber(
  value: number,
  published: string,
  metric: Metric,
  others: readonly number[],
  field: string,
  say: Say,
): void {
  const { min, max } = rangeOf(metric);
  const problem = scaleProblem(value, metric, others);
  if (problem === "looks-like-fraction") {
    say(
      `${field}.published`,
      "wrong-scale",
      `${published} looks like a fraction where ${metric.name} stands in percent: write ${formatValue({ published, value: value * 100 }, undefined)}, or say "scale": "fraction"`,
    );
  } else if (problem === "looks-like-percent") {
    say(
      `${field}.published`,
      "wrong-scale",
      `${published} looks like a percentage where ${metric.name} stands as a fraction: write ${value / 100}, or say "scale": "percent"`,
    );
  } else if (value < min || value > max) {
    say(`${field}.published`, "out-of-range", `${metric.name} lies between ${min} and ${max}, not at ${value}`);
  }
}

function checkRecord({ result, run }: SubmissionContent, table: EvaluationTable, say: Say): void {
  if (run === undefined) return;
  for (const [id, value] of Object.entries(result.values)) {
    const metric = table.metrics.find((each) => each.id === id);
    if (metric === undefined) continue;
    if (metric.protocol !== undefined && metric.protocol !== run.protocol)
      say(
        "run.protocol",
        "protocol-mismatch",
        `${metric.name} of ${table.id} is counted by ${metric.protocol}, the record by ${run.protocol}`,
      );
    if (metric.split !== undefined && metric.split !== run.dataset.split)
      say(
        "run.dataset.split",
        "protocol-mismatch",
        `${metric.name} of ${table.id} is of the split ${metric.split}, the record of ${run.dataset.split}`,
      );
    const onScale = recordedValue(run, id, metric);
    if (onScale === undefined) {
      say(
        `run.metrics.${id}`,
        "record-mismatch",
        `the record has no ${id}; it has ${Object.keys(run.metrics).join(", ")}`,
      );
      continue;
    }
    const claimed = value.value ?? NaN;
    if (!(Math.abs(onScale - claimed) <= (metric.unit === "fraction" ? ROUNDING / 100 : ROUNDING)))
      say(`result.values.${id}.published`, "record-mismatch", `the record says ${onScale}, not ${value.published}`);
  }
}

/** The same number of the same model (variant) from the same paper in the same table. */
function checkDuplicate(
  { result }: SubmissionContent,
  table: EvaluationTable,
  others: readonly Result[],
  say: Say,
): void {
  for (const [id, value] of Object.entries(result.values)) {
    const same = others.find(
      (other) =>
        other.id !== result.id &&
        sameModel(other, result) &&
        (other.paper ?? other.paperUrl ?? "") === (result.paper ?? result.paperUrl ?? "") &&
        other.values[id]?.value !== undefined &&
        other.values[id].value === value.value,
    );
    if (same !== undefined) {
      say(
        `result.values.${id}`,
        "duplicate",
        `${table.id} has this ${id} of ${same.modelName} from this paper already: ${same.id}`,
      );
      return;
    }
  }
}

function sameModel(
  left: Pick<Result, "model" | "variant" | "modelName">,
  right: Pick<Result, "model" | "variant" | "modelName">,
): boolean {
  if (left.model !== undefined && right.model !== undefined)
    return left.model === right.model && left.variant === right.variant;
  return plainName(left.modelName) === plainName(right.modelName);
}

/** A name without what people write differently: case, spaces, hyphens, an organisation in front. */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^[\w.-]+\//, "")
    .replaceAll(/[^a-z0-9]+/g, "");
}

/** Links of one submission that are asked about; the others are checked for their form only. */
const MOST_LINKS = 12;

async function checkLinks({ result }: SubmissionContent, context: CheckContext, say: Say): Promise<void> {
  const { checkLink } = context;
  if (checkLink === undefined) return;
  const links: [string, string | undefined][] = [
    ["result.paperUrl", result.paperUrl],
    ["result.externalUrl", result.externalUrl],
    ["result.source.url", result.source.url],
    ...result.codeLinks.map(({ url }, index): [string, string] => [`result.codeLinks.${index}.url`, url]),
  ];
  const given = links.filter((link): link is [string, string] => link[1] !== undefined).slice(0, MOST_LINKS);
  const answers = await Promise.all(given.map(([, url]) => checkLink(url)));
  for (const [index, { status, reason }] of answers.entries()) {
    const [field, url] = given[index]!;
    if (status === "dead") say(field, "dead-link", `${url} leads nowhere: ${reason}`, "warning");
    else if (status === "refused") say(field, "malformed-link", `${url} cannot be a source: ${reason}`);
    else if (status === "unknown") say(field, "dead-link", `${url} could not be checked: ${reason}`, "warning");
  }
}
