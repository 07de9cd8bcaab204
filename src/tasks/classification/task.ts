// Labels for a text or a pair of texts, from BERT's pooler (Devlin et al. 2019, section 4.1): one class, any number of
// labels, or a number. The three are BertForSequenceClassification's `problem_type`.

import { z } from "zod";
import { headOf, type SequenceProblem } from "../../bert/index.ts";
import { BiobertError, type Warning } from "../../core/index.ts";
import type { TableRow } from "../../formats/index.ts";
import { type ItemGroup, labelItems, labelsByDocument, labelSetItems, scoreMultiLabel } from "../../metrics/index.ts";
import { itemIds } from "../items.ts";
import { option } from "../options.ts";
import { cutWarning, encodeTexts } from "../sequences.ts";
import {
  idOfRow,
  readRows,
  repeatedIds,
  requireLabels,
  rowError,
  sortedLabels,
  textField,
  type ColumnNames,
  type Row,
} from "../tables.ts";
import { classTargets, IGNORED_LABEL, numberTargets } from "../targets.ts";
import { bestOf, hundredths } from "../thresholds.ts";
import type {
  EncodedInput,
  InputResults,
  OptionsOf,
  TaskContext,
  TaskDefinition,
  TaskExample,
  TaskScores,
} from "../task.ts";
import { decodeLabels, type LabelPrediction } from "./decode.ts";
import { scoreLabels } from "./score.ts";

export interface ClassificationExample extends TaskExample {
  text: string;
  /** The second text of a pair. */
  pair?: string;
  /** Gold labels: one under "single-label", any number under "multi-label", none under "regression". */
  labels?: readonly string[];
  /** The gold number under "regression". */
  value?: number;
  /** The document that the text is a part of. */
  documentId?: string;
}

export interface ClassificationInput extends EncodedInput {
  /** Numbers of the gold labels, or the gold number. */
  gold: readonly number[];
}

const PROBLEMS = ["single-label", "multi-label", "regression"] as const satisfies readonly SequenceProblem[];

const options = {
  problem: option(
    z.enum(PROBLEMS).default("single-label"),
    "what a text has: one label, any number of labels, or a number",
    {
      when: "training",
      placeholder: "KIND",
    },
  ),
  labelSeparator: option(z.string().min(1).default(";"), "what stands between several labels in a cell", {
    when: "always",
    placeholder: "TEXT",
  }),
  threshold: option(
    z.number().min(0).max(1).default(0.5),
    "multi-label: the probability from which a label is predicted",
    {
      when: "always",
      placeholder: "P",
    },
  ),
  tuneThreshold: option(
    z.boolean().default(false),
    "multi-label: take the threshold that is best on the held-out data, in place of --threshold",
    { when: "training" },
  ),
  byDocument: option(
    z.boolean().default(false),
    "multi-label: score documents as well, each by the union of its texts' labels (the column document_id)",
    { when: "always" },
  ),
};

export type ClassificationOptions = OptionsOf<typeof options>;

/** The name of a regression's one output, as `id2label` gives it. */
const VALUE = "value";

function columns(gold: boolean): ColumnNames {
  const fields = {
    text: ["text", "text_a", "sentence", "sentence1", "sent1", "abstract"],
    pair: ["text_b", "pair", "sentence2", "sent2"],
    label: ["label", "labels", "class", "score", "value"],
    id: ["id", "index", "pair_id", "pmid"],
    document: ["document_id", "documentid", "document"],
  };
  const required = gold ? ["text", "label"] : ["text"];
  const layouts = { 2: ["text", "label"], 3: ["text", "pair", "label"] };
  return {
    fields,
    required,
    layouts: gold ? layouts : { 1: ["text"], ...layouts },
    layoutOf(table) {
      if (!beginsWithIds(table)) return undefined;
      const width = table[0]!.cells.length;
      if (width === 3) return ["id", "text", "label"];
      return width === 2 && !gold ? ["id", "text"] : undefined;
    },
  };
}

/** Whether the first column is one of ids before a column of texts: words with a number in them, no two alike. */
function beginsWithIds(table: readonly TableRow[]): boolean {
  const ids = new Set(table.map(({ cells }) => cells[0]!.trim()));
  return (
    table.length > 1 &&
    ids.size === table.length &&
    [...ids].every((id) => /^\S*\d\S*$/.test(id)) &&
    table.some(({ cells }) => /\S\s+\S/.test(cells[1] ?? ""))
  );
}

function labelsOf(row: Row, separator: string): string[] {
  const value = row.fields["label"]!;
  const parts = typeof value === "string" ? value.split(separator) : value;
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ""))];
}

function goldOf(
  row: Row,
  { problem, labelSeparator }: ClassificationOptions,
): Pick<ClassificationExample, "labels" | "value"> {
  const value = row.fields["label"];
  if (value === undefined) return {};
  if (problem === "multi-label") return { labels: labelsOf(row, labelSeparator) };
  const label = typeof value === "string" ? value : value.length === 1 ? value[0]! : "";
  if (label.trim() === "") {
    throw rowError(
      row,
      `${typeof value === "string" || value.length < 2 ? "no label" : `${value.length} labels`} where there must be one`,
      "Several labels a text: --problem multi-label.",
    );
  }
  if (problem === "single-label") return { labels: [label.trim()] };
  const number = Number(label);
  if (!Number.isFinite(number)) {
    const names = columns(true).fields["label"]!.join(", ");
    throw rowError(
      row,
      `${JSON.stringify(label)} is not a number, which --problem regression asks for`,
      ...(row.line === 1 ? [`Where the line is a header, call this column one of ${names}.`] : []),
    );
  }
  return { value: number };
}

/** Several labels in one cell, parted by what is not asked for, would be one label. */
function separatorWarnings(rows: readonly Row[], { labelSeparator }: ClassificationOptions): Warning[] {
  const cells = rows.flatMap((row) => {
    const { label } = row.fields;
    return typeof label === "string" ? [{ row, label }] : [];
  });
  if (cells.some(({ label }) => label.includes(labelSeparator))) return [];
  const [first, ...more] = cells.filter(({ label }) => /[,|;]/.test(label));
  if (first === undefined) return [];
  const other = /[,|;]/.exec(first.label)![0];
  const message = `the label ${JSON.stringify(first.label)}${more.length === 0 ? "" : `, and ${more.length} more,`} holds ${JSON.stringify(other)}, and none ${JSON.stringify(labelSeparator)}, at which several labels are parted: each cell is one label. Where it is several: --label-separator ${JSON.stringify(other)}`;
  return [{ code: "label-separator", message, place: { file: first.row.file, line: first.row.line } }];
}

/** Documents can be scored where texts have any number of labels and name their documents. */
function requireDocuments(examples: readonly ClassificationExample[], problem: SequenceProblem): void {
  const without = examples.find(({ documentId }) => documentId === undefined);
  if (problem !== "multi-label" || without !== undefined) {
    throw new BiobertError({
      code: "usage",
      message:
        problem === "multi-label"
          ? `the text ${JSON.stringify(without!.id)} has no document_id, by which documents are scored`
          : `documents are scored where a text has any number of labels, not under ${problem}`,
      ...(without === undefined ? {} : { place: { file: without.file, line: without.line } }),
      hint:
        problem === "multi-label"
          ? "Name each text's document in a column document_id, or leave --by-document out; --no-by-document where the model was trained with it."
          : "Leave out --by-document, or train with --problem multi-label.",
    });
  }
}

/** Adds the scores of documents, whose labels are those of their texts together, as HoC's abstracts are scored. */
function withDocuments(
  scores: TaskScores,
  examples: readonly ClassificationExample[],
  predictions: readonly LabelPrediction[],
  labels: readonly string[],
  problem: SequenceProblem,
): TaskScores {
  requireDocuments(examples, problem);
  const ids = examples.map(({ documentId }) => documentId!);
  const [gold, found] = [examples, predictions].map((side: readonly { labels?: readonly string[] }[]) =>
    labelsByDocument(
      ids,
      side.map((one) => one.labels ?? []),
    ).map((document) => document.labels),
  ) as [string[][], string[][]];
  const { micro, macro, exactMatch } = scoreMultiLabel(gold, found, { labels });
  return {
    ...scores,
    // What is asked for is what chooses the epoch.
    selection: "documentMicroF1",
    metrics: {
      ...scores.metrics,
      documentMicroPrecision: micro.precision,
      documentMicroRecall: micro.recall,
      documentMicroF1: micro.f1,
      documentMacroF1: macro.f1,
      documentExactMatch: exactMatch,
    },
    counts: { ...scores.counts, documents: gold.length },
  };
}

function metricItems(
  examples: readonly ClassificationExample[],
  predictions: readonly LabelPrediction[],
  labels: readonly string[],
  problem: SequenceProblem,
): ItemGroup["metrics"] {
  const [gold, found] = [examples, predictions].map((side: readonly { labels?: readonly string[] }[]) =>
    side.map((one) => one.labels ?? []),
  ) as [string[][], string[][]];
  if (problem === "multi-label") return { microF1: labelSetItems(gold, found) };
  if (problem === "single-label") {
    return labelItems(
      gold.map(([label]) => label!),
      found.map(([label]) => label!),
      labels,
    );
  }
  const values = examples.map(({ value }, i) => {
    const [x, y] = [value!, predictions[i]!.value!];
    return [1, x, y, x * x, y * y, x * y];
  });
  return { pearson: { statistic: "pearson", values } };
}

function documentItems(examples: readonly ClassificationExample[], predictions: readonly LabelPrediction[]): ItemGroup {
  const ids = examples.map(({ documentId }) => documentId!);
  const documents = [examples, predictions].map((side: readonly { labels?: readonly string[] }[]) =>
    labelsByDocument(
      ids,
      side.map((one) => one.labels ?? []),
    ),
  );
  const [gold, found] = documents.map((side) => side.map(({ labels }) => labels)) as [string[][], string[][]];
  return { unit: "documents", ids: [...new Set(ids)], metrics: { documentMicroF1: labelSetItems(gold, found) } };
}

function decode(
  results: readonly InputResults[],
  { labels, options: given }: TaskContext<ClassificationOptions>,
): LabelPrediction[] {
  return results.map(({ logits }) => decodeLabels(logits!, labels, given));
}

function score(
  examples: readonly ClassificationExample[],
  predictions: readonly LabelPrediction[],
  { labels, options: { problem, byDocument } }: TaskContext<ClassificationOptions>,
): TaskScores {
  const scores = scoreLabels(examples, predictions, labels, problem);
  return byDocument ? withDocuments(scores, examples, predictions, labels, problem) : scores;
}

/** Classification of texts and pairs of texts. */
export const classificationTask: TaskDefinition<
  ClassificationOptions,
  ClassificationExample,
  ClassificationInput,
  LabelPrediction
> = {
  name: "classification",
  summary: "labels or a number for a text or a pair of texts",
  files:
    "TSV, CSV (.csv) or JSON lines (.jsonl) of text[, text_b], label; with a header the columns are found by name (id, text or sentence, text_b, label or score)",
  unit: "texts",
  options,
  architecture: "BertForSequenceClassification",
  maxLength: 256,

  optionsOf: ({ problem }) => (problem === undefined ? {} : { problem }),

  async read(files, given, gold) {
    const warnings: Warning[] = [];
    const rows = await readRows(files, columns(gold), (warning) => void warnings.push(warning));
    if (gold && given.problem === "multi-label") warnings.push(...separatorWarnings(rows, given));
    const examples = rows.map((row): ClassificationExample => {
      const pair = textField(row, "pair");
      const own = gold ? goldOf(row, given) : {};
      const documentId = textField(row, "document");
      return {
        id: idOfRow(row),
        file: row.file,
        line: row.line,
        text: textField(row, "text")!,
        ...(pair === undefined ? {} : { pair }),
        ...(documentId === undefined ? {} : { documentId }),
        ...own,
      };
    });
    return { examples, warnings: [...warnings, ...repeatedIds(examples)] };
  },

  labels: (examples, { problem }) =>
    problem === "regression" ? [VALUE] : sortedLabels(examples.flatMap(({ labels = [] }) => labels)),

  requireKnownLabels(examples, { labels, options: { problem, byDocument } }) {
    if (problem !== "regression") requireLabels(examples, labels);
    // Before anything is trained or run.
    if (byDocument) requireDocuments(examples, problem);
  },

  encode(examples, { tokenizer, maxLength, labels, files }) {
    let cut = 0;
    const inputs = examples.map(({ text, pair, labels: own, value }, example): ClassificationInput => {
      const sequence = encodeTexts(tokenizer, text, pair, maxLength);
      if (sequence.cut) cut++;
      const gold = value === undefined ? (own ?? []).map((label) => labels.indexOf(label)) : [value];
      return { example, sequences: [sequence], gold };
    });
    return { inputs, warnings: cutWarning(cut, "texts", maxLength, files) };
  },

  classOf: ({ gold: [label] }, { options: { problem } }) => (problem === "single-label" ? label : undefined),

  head({ labels, options: { problem } }) {
    const description = { architecture: "BertForSequenceClassification", labels, problem } as const;
    return { ...description, head: headOf(description) };
  },

  targets(inputs, _batch, { labels, options: { problem } }) {
    if (problem === "single-label") return classTargets(inputs.map(({ gold: [label = IGNORED_LABEL] }) => label));
    if (problem === "regression") return numberTargets(inputs.map(({ gold }) => gold));
    return numberTargets(inputs.map(({ gold }) => labels.map((_, id) => (gold.includes(id) ? 1 : 0))));
  },

  decode: (results, _inputs, _examples, context) => decode(results, context),

  confidences({ examples, predictions }, { labels, options: { problem, threshold } }) {
    if (problem === "regression") return [];
    return predictions.flatMap(({ labels: found, scores }, i) => {
      const gold = examples[i]!.labels ?? [];
      if (problem === "single-label") return [{ confidence: scores![found[0]!]!, right: gold[0] === found[0] }];
      // Each label is a decision of its own.
      return labels.map((label) => {
        const score = scores![label]!;
        const isFound = score >= threshold;
        return { confidence: isFound ? score : 1 - score, right: isFound === gold.includes(label) };
      });
    });
  },

  tuning: {
    isAsked: ({ tuneThreshold }) => tuneThreshold,
    needs: "several labels a text (--problem multi-label)",
    isPossible: (_examples, { problem }) => problem === "multi-label",
    units: { threshold: "fraction" },
    choose({ examples, results }, context) {
      const selected = (threshold: number): number => {
        const given = { ...context, options: { ...context.options, threshold } };
        const { metrics, selection } = score(examples, decode(results, given), given);
        return metrics[selection]!;
      };
      return { threshold: bestOf(hundredths(0.5), selected) };
    },
  },

  score,

  items(examples, predictions, { labels, options: { problem, byDocument } }) {
    const metrics = metricItems(examples, predictions, labels, problem);
    const texts: ItemGroup = { unit: "texts", ids: itemIds(examples), metrics };
    return byDocument ? [texts, documentItems(examples, predictions)] : [texts];
  },

  toJson: (_example, prediction) => ({ ...prediction }),

  show({ text, pair, labels = [], value }, { labels: found, value: number }) {
    const shown = pair === undefined ? text : `${text} || ${pair}`;
    if (value !== undefined) {
      // No distance makes a number wrong.
      return { text: shown, gold: String(value), predicted: number!.toFixed(3), difference: number! - value };
    }
    const [gold, predicted] = [[...labels].sort().join("; "), [...found].sort().join("; ")];
    return { text: shown, gold, predicted, right: gold === predicted };
  },
};
