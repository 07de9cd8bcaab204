// A head as Hugging Face's config.json says it: the class in `architectures`, the labels, the problem of a sequence
// classifier. Both ways: which head a directory has, and what its config.json must say.

import { BiobertError } from "../core/index.ts";
import type { CrossEntropyOptions } from "../nn/index.ts";
import {
  multipleChoice,
  questionAnswering,
  sequenceClassification,
  tokenClassification,
  type SequenceProblem,
} from "./classifiers.ts";
import { formatConfigFields, parseLabels, type BertConfig } from "./config.ts";
import type { Head } from "./model.ts";

/** The classes of transformers whose heads are trained and run here. */
export const ARCHITECTURES = [
  "BertForTokenClassification",
  "BertForSequenceClassification",
  "BertForQuestionAnswering",
  "BertForMultipleChoice",
] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** All that it takes to build a head. */
export interface HeadDescription {
  architecture: Architecture;
  /** Of the classifier's rows, in order; empty for a span and for a choice. */
  labels: readonly string[];
  /** What the labels of a sequence are, default "single-label"; of a choice "multi-label" where several may be right. */
  problem?: SequenceProblem;
}

/** Whether a head's results have a row for each token (`[batch, sequence, ...]`), or one for each example. */
export function isPerToken(architecture: Architecture): boolean {
  return architecture === "BertForTokenClassification" || architecture === "BertForQuestionAnswering";
}

/** The names of a head's results, as in Hugging Face's exports. */
export function resultNames(architecture: Architecture): readonly string[] {
  return architecture === "BertForQuestionAnswering" ? ["start_logits", "end_logits"] : ["logits"];
}

/** Builds the head of a description; `loss` shapes its training loss where that is a cross-entropy over labels. */
export function headOf({ architecture, labels, problem }: HeadDescription, loss: CrossEntropyOptions = {}): Head {
  switch (architecture) {
    case "BertForTokenClassification":
      return tokenClassification(labels.length, loss);
    case "BertForSequenceClassification":
      return sequenceClassification(labels.length, { ...loss, ...(problem === undefined ? {} : { problem }) });
    case "BertForQuestionAnswering":
      return questionAnswering();
    case "BertForMultipleChoice":
      return multipleChoice(problem === "multi-label" ? { problem } : {});
  }
}

const PROBLEM_TYPES: readonly [SequenceProblem, string][] = [
  ["single-label", "single_label_classification"],
  ["multi-label", "multi_label_classification"],
  ["regression", "regression"],
];

/** The `config.json` of a model with this head, as `transformers` writes it. */
export function formatModelConfig(config: BertConfig, description: HeadDescription): Record<string, unknown> {
  const { architectures, ...head } = formatHeadConfig(description);
  return { architectures, ...formatConfigFields(config), ...head };
}

/** What of a `config.json` tells of the head: its class, labels and problem. */
export function formatHeadConfig({ architecture, labels, problem }: HeadDescription): Record<string, unknown> {
  const problemType = PROBLEM_TYPES.find(([ours]) => ours === problem)?.[1];
  return {
    architectures: [architecture],
    ...(labels.length === 0
      ? {}
      : {
          id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
          label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
        }),
    ...((architecture === "BertForSequenceClassification" || architecture === "BertForMultipleChoice") &&
    problemType !== undefined
      ? { problem_type: problemType }
      : {}),
  };
}

/**
 * The head that a `config.json` tells of; undefined for an encoder alone or a head that is not known here. A config.json
 * that names labels and no class is a token classifier's, which is how the first models of this project were written.
 * As in transformers, a sequence classifier with one label and no `problem_type` is a regression.
 * @throws BiobertError `model-task` for labels that are none, `model-config` for a `problem_type` that is not known.
 */
export function parseHeadDescription(
  json: Readonly<Record<string, unknown>>,
  file: string,
): HeadDescription | undefined {
  const said = json["architectures"];
  const named = Array.isArray(said) ? (said as unknown[]) : [];
  const found = ARCHITECTURES.find((architecture) => named.includes(architecture));
  const architecture = found ?? (named.length === 0 && "id2label" in json ? "BertForTokenClassification" : undefined);
  if (architecture === undefined) return undefined;
  if (architecture === "BertForQuestionAnswering") return { architecture, labels: [] };
  if (architecture === "BertForMultipleChoice") {
    const several = json["problem_type"] === "multi_label_classification";
    return { architecture, labels: [], ...(several ? { problem: "multi-label" } : {}) };
  }
  const labels =
    "id2label" in json || architecture === "BertForTokenClassification" ? parseLabels(json, file) : plainLabels(json);
  if (architecture === "BertForTokenClassification") return { architecture, labels };
  return { architecture, labels, problem: problemOf(json, labels.length, file) };
}

/** What `transformers` calls labels that a configuration does not name. */
function plainLabels(json: Readonly<Record<string, unknown>>): string[] {
  const count = typeof json["num_labels"] === "number" ? json["num_labels"] : 2;
  return Array.from({ length: count }, (_, i) => `LABEL_${i}`);
}

function problemOf(json: Readonly<Record<string, unknown>>, labelCount: number, file: string): SequenceProblem {
  const type = json["problem_type"];
  if (type === undefined || type === null) return labelCount === 1 ? "regression" : "single-label";
  const found = PROBLEM_TYPES.find(([, theirs]) => theirs === type);
  if (found !== undefined) return found[0];
  throw new BiobertError({
    code: "model-config",
    message: `problem_type is ${JSON.stringify(type)}`,
    place: { file, name: "problem_type" },
    hint: `Known: ${PROBLEM_TYPES.map(([, theirs]) => theirs).join(", ")}.`,
  });
}
