// Yes/no questions over passages: question and passage as a pair, from BERT's pooler, as biobert-pytorch has it for BioASQ and
// PubMedQA's authors for theirs (Jin et al. 2019). The probabilities of a question's passages are averaged.

import { headOf } from "../../bert/index.ts";
import { type ClassificationReport, labelItems, scoreClassification } from "../../metrics/index.ts";
import { softmax } from "../classification/decode.ts";
import { confusions } from "../classification/score.ts";
import { scoreGroups } from "../groups.ts";
import { itemIds } from "../items.ts";
import { cutWarning, encodeTexts } from "../sequences.ts";
import { requireLabels, sortedLabels } from "../tables.ts";
import { classTargets, IGNORED_LABEL } from "../targets.ts";
import type { EncodedInput, TaskDefinition } from "../task.ts";
import { readYesNo, type YesNoTaskExample } from "./examples.ts";

export interface YesNoInput extends EncodedInput {
  /** Number of the label, or IGNORED_LABEL. */
  gold: number;
}

export interface YesNoPrediction {
  label: string;
  /** The mean probability of each label over the passages. */
  scores: Record<string, number>;
}

/** It has no options: what labels there are, the data says. */
export type YesNoOptions = Readonly<Record<string, never>>;

/** Labels in the order of reports: yes, no, maybe, then others. */
function ordered(labels: readonly string[]): string[] {
  const known = ["yes", "no", "maybe"];
  const rank = (label: string): number => (known.includes(label) ? known.indexOf(label) : known.length);
  return sortedLabels(labels).sort((a, b) => rank(a) - rank(b));
}

/** Answers of yes, no or maybe. */
export const yesNoTask: TaskDefinition<YesNoOptions, YesNoTaskExample, YesNoInput, YesNoPrediction> = {
  name: "yes-no",
  summary: "yes, no or maybe for a question and its passages",
  files:
    'BioASQ JSON, PubMedQA JSON, rows of id, question, passage, label (tabs), or JSON lines {"id", "question", "contexts", "label"}',
  unit: "questions",
  options: {},
  architecture: "BertForSequenceClassification",
  maxLength: 384,

  read: (files, _options, gold) => readYesNo(files, gold),

  labels: (examples) => ordered(examples.flatMap(({ labels = [] }) => [...labels])),

  requireKnownLabels: (examples, { labels }) => requireLabels(examples, labels),

  encode(examples, { tokenizer, maxLength, labels, files }) {
    let cut = 0;
    const inputs = examples.flatMap(({ question, contexts, labels: own }, example) =>
      contexts.map((context): YesNoInput => {
        const sequence = encodeTexts(tokenizer, question, context, maxLength);
        if (sequence.cut) cut++;
        return { example, sequences: [sequence], gold: own === undefined ? IGNORED_LABEL : labels.indexOf(own[0]) };
      }),
    );
    return { inputs, warnings: cutWarning(cut, "passages", maxLength, files) };
  },

  isTrained: ({ gold }) => gold !== IGNORED_LABEL,

  classOf: ({ gold }) => gold,

  head({ labels }) {
    const description = { architecture: "BertForSequenceClassification", labels, problem: "single-label" } as const;
    return { ...description, head: headOf(description) };
  },

  targets: (inputs) => classTargets(inputs.map(({ gold }) => gold)),

  decode(results, inputs, examples, { labels }) {
    const sums = examples.map(() => new Float64Array(labels.length));
    inputs.forEach(({ example }, i) => {
      softmax(results[i]!["logits"]!).forEach((probability, label) => {
        sums[example]![label]! += probability / examples[example]!.contexts.length;
      });
    });
    return sums.map((means) => {
      const best = means.reduce((at, mean, label) => (mean > means[at]! ? label : at), 0);
      return { label: labels[best]!, scores: Object.fromEntries(labels.map((label, i) => [label, means[i]!])) };
    });
  },

  confidences: ({ examples, predictions }) =>
    // A mean of probabilities may pass 1 in its last bits.
    predictions.map(({ label, scores }, i) => ({
      confidence: Math.min(1, scores[label]!),
      right: examples[i]!.labels?.[0] === label,
    })),

  score(examples, predictions, { labels }) {
    const { byLabel } = reportOf(examples, predictions, labels);
    const { counts: table, errors } = confusions(
      examples.map(({ labels: own }) => own![0]),
      predictions.map(({ label }) => label),
      labels,
      (i) => examples[i]!.question,
    );
    const metricsOf = (some: typeof examples, found: typeof predictions) => metricsFor(some, found, labels);
    return {
      protocol: labels.includes("maybe") ? "pubmedqa" : "yes-no",
      metrics: metricsOf(examples, predictions),
      ...scoreGroups(examples, predictions, ({ batch }) => batch, metricsOf),
      selection: "macroF1",
      byLabel,
      confusion: { labels, counts: table },
      errors,
      counts: {
        questions: examples.length,
        passages: examples.reduce((sum, { contexts }) => sum + contexts.length, 0),
      },
    };
  },

  items: (examples, predictions, { labels }) => [
    {
      unit: "questions",
      ids: itemIds(examples),
      metrics: labelItems(
        examples.map(({ labels: own }) => own![0]),
        predictions.map(({ label }) => label),
        labels,
      ),
    },
  ],

  toJson: (_example, prediction) => ({ ...prediction }),

  bioAsqAnswers: (examples, predictions) =>
    examples.map(({ id, question }, i) => {
      // BioASQ knows no third answer: where "maybe" is likeliest, the likelier of the two is given.
      const { yes = 0, no = 0 } = predictions[i]!.scores;
      return { id, type: "yesno", body: question, exactAnswer: yes >= no ? "yes" : "no" };
    }),

  show: ({ question, labels: own }, { label }) => ({
    text: question,
    gold: own?.[0] ?? "",
    predicted: label,
    right: own?.[0] === label,
  }),
};

function reportOf(
  examples: readonly YesNoTaskExample[],
  predictions: readonly YesNoPrediction[],
  labels: readonly string[],
): ClassificationReport {
  return scoreClassification(
    examples.map(({ labels: own }) => own![0]),
    predictions.map(({ label }) => label),
    { labels },
  );
}

/** Accuracy, macro-F1 over the labels, and F1 of each of yes, no and maybe. */
function metricsFor(
  examples: readonly YesNoTaskExample[],
  predictions: readonly YesNoPrediction[],
  labels: readonly string[],
): Record<string, number> {
  const { accuracy, macro, byLabel } = reportOf(examples, predictions, labels);
  const f1Of = (label: string, name: string) => (labels.includes(label) ? { [name]: byLabel[label]!.f1 } : {});
  return { accuracy, macroF1: macro.f1, ...f1Of("yes", "f1Yes"), ...f1Of("no", "f1No"), ...f1Of("maybe", "f1Maybe") };
}
