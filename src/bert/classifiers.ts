// The heads of fine-tuning: labels of tokens, labels of sequences, a span, a choice among several sequences. They follow
// the classes of transformers with these names (BertForTokenClassification, ...), their losses included.

import { add, reshape, scale, slice, transpose, type Value } from "../graph/index.ts";
import {
  binaryCrossEntropy,
  crossEntropy,
  linear,
  paddingBias,
  squaredError,
  type CrossEntropyOptions,
} from "../nn/index.ts";
import { classifier, HEAD_PREFIX, lastState, lossWeight, pooledOutput, type Head, type HeadContext } from "./model.ts";

/**
 * A label for each token. Result: `logits` `[batch, sequence, labels]`. Training takes `labels` int32
 * `[batch*sequence]`, -100 where not counted, and `lossWeight`, 1 over the counted ones.
 */
export function tokenClassification(labelCount: number, options: CrossEntropyOptions = {}): Head {
  const logits = (context: HeadContext): Value =>
    classifier(context, "classifier", lastState(context), "tokens", labelCount);
  return {
    name: "token-classification",
    predict: (context) => ({ logits: reshape(logits(context), ["batch", "sequence", labelCount]) }),
    loss(context) {
      const labels = context.graph.input("labels", "int32", ["batch*sequence"]);
      return crossEntropy(logits(context), labels, lossWeight(context), options);
    },
  };
}

/** What the labels of a sequence are: one class, any number of them, or numbers. */
export type SequenceProblem = "single-label" | "multi-label" | "regression";

export interface SequenceClassificationOptions extends CrossEntropyOptions {
  /** Default "single-label". Class weights of "multi-label" are those of its positive targets. */
  problem?: SequenceProblem;
}

/**
 * Labels for each sequence, from BERT's pooler. Result: `logits` `[batch, labels]`. Training takes `labels`, int32
 * `[batch]` for one class each, else float32 `[batch, labels]`, and `lossWeight`: 1 over the counted classes or over
 * all numbers.
 */
export function sequenceClassification(labelCount: number, options: SequenceClassificationOptions = {}): Head {
  const { problem = "single-label", classWeights } = options;
  const logits = (context: HeadContext): Value =>
    classifier(context, "classifier", pooledOutput(context), "examples", labelCount);
  return {
    name: `sequence-classification-${problem}`,
    predict: (context) => ({ logits: logits(context) }),
    loss(context) {
      const { graph } = context;
      if (problem === "single-label") {
        const labels = graph.input("labels", "int32", ["batch"]);
        return crossEntropy(logits(context), labels, lossWeight(context), options);
      }
      const labels = graph.input("labels", "float32", ["batch", labelCount]);
      const weight = lossWeight(context);
      if (problem === "regression") return squaredError(logits(context), labels, weight);
      const positive = classWeights === undefined ? {} : { positiveWeights: classWeights };
      return binaryCrossEntropy(logits(context), labels, weight, positive);
    },
  };
}

/**
 * The start and the end of a span, for answers within a text. Results: `start_logits`, `end_logits`
 * `[batch, sequence]`. Training takes `startPositions`, `endPositions` int32 `[batch]` and `lossWeight`, 1 over the
 * counted spans; a position outside the sequence is not counted. Padding has no part in the softmax, unlike in transformers, where
 * the loss of a text depends on the longest one beside it (decision 8).
 */
export function questionAnswering(): Head {
  const bothLogits = (context: HeadContext): [Value, Value] => {
    const { graph, p } = context;
    const both = graph.scoped("head", () => linear(p, `${HEAD_PREFIX}span`, lastState(context), 2));
    const apart = transpose(reshape(both, ["batch", "sequence", 2]), [2, 0, 1]);
    const part = (index: number): Value => reshape(slice(apart, 0, index, index + 1), ["batch", "sequence"]);
    return [part(0), part(1)];
  };
  return {
    name: "question-answering",
    predict(context) {
      const [start_logits, end_logits] = bothLogits(context);
      return { start_logits, end_logits };
    },
    loss(context) {
      const positions = ["startPositions", "endPositions"].map((name) => context.graph.input(name, "int32", ["batch"]));
      const weight = lossWeight(context);
      const padding = paddingBias(context.inputs.attentionMask);
      const [start, end] = bothLogits(context).map((logits, i) =>
        crossEntropy(add(logits, padding), positions[i]!, weight),
      );
      return scale(add(start!, end!), 0.5);
    },
  };
}

export interface MultipleChoiceOptions {
  /** Default "single-label": one choice is right. "multi-label": any number of them, each by itself. */
  problem?: "single-label" | "multi-label";
  /** Examples have different numbers of choices: training takes `choiceMask` as well. */
  masked?: boolean;
}

/**
 * Choices among several sequences, from BERT's pooler. All inputs are `[batch, choices, sequence]`. Result: `logits`
 * `[batch, choices]`. Training takes `lossWeight`, 1 over what is counted, and `labels`: int32 `[batch]` where one is
 * right, else float32 `[batch, choices]`; `masked` asks for `choiceMask`, float32 `[batch, choices]`, 1 for a choice and 0 for padding.
 */
export function multipleChoice({ problem = "single-label", masked = false }: MultipleChoiceOptions = {}): Head {
  const logits = (context: HeadContext): Value =>
    reshape(classifier(context, "classifier", pooledOutput(context), "examples", 1), ["batch", "choices"]);
  return {
    name: problem === "single-label" ? "multiple-choice" : "multiple-choice-multi-label",
    hasChoices: true,
    predict: (context) => ({ logits: logits(context) }),
    loss(context) {
      const { graph } = context;
      const several = problem === "multi-label";
      const labels = several
        ? graph.input("labels", "float32", ["batch", "choices"])
        : graph.input("labels", "int32", ["batch"]);
      const weight = lossWeight(context);
      let values = logits(context);
      if (masked) {
        const mask = graph.input("choiceMask", "float32", ["batch", "choices"]);
        values = add(values, paddingBias(mask));
      }
      return several ? binaryCrossEntropy(values, labels, weight) : crossEntropy(values, labels, weight);
    },
  };
}
