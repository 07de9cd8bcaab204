// Every head of a small BERT with a batch to train on, as reference/parity_heads.py has them; and parts of such batches.

import {
  maskedLanguageModel,
  multipleChoice,
  nextSentencePrediction,
  preTraining,
  questionAnswering,
  sequenceClassification,
  tokenClassification,
  type Head,
} from "../../src/bert/index.ts";
import { dropoutKey, meanWeight } from "../../src/nn/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { counterBatch, counterClasses, uniform } from "./counter-weights.ts";

export type Feeds = Record<string, HostTensor>;

/** The sizes that the reference draws its batches with. */
export interface BatchSizes {
  lengths: readonly number[];
  sequence: number;
  vocabulary: number;
  choices: number;
  labels: number;
}

export interface HeadCase {
  head: Head;
  /** The number of the reference's batch. */
  step: number;
  /** What training takes, its loss the mean. */
  feeds(step: number, sizes: BatchSizes): Feeds;
  /** Parameters whose true gradient is zero: they move all scores of a softmax alike. */
  zeroGradients?: string[];
}

const float = (value: number): HostTensor => ({ dtype: "float32", dims: [], data: Float32Array.of(value) });
const integers = (values: readonly number[] | Int32Array): HostTensor => ({
  dtype: "int32",
  dims: [values.length],
  data: Int32Array.from(values),
});

/** What a graph with dropout is fed beside its batch. */
export function dropoutFeeds(seed: number, step: number, examples: readonly number[]): Feeds {
  return {
    dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(seed, step)) },
    exampleIds: { dtype: "uint32", dims: [examples.length], data: Uint32Array.from(examples) },
  };
}

/** The batch without labels, and the words that are its labels. */
function encoderFeeds(
  step: number,
  { lengths, sequence, vocabulary }: BatchSizes,
): { inputs: Feeds; words: Int32Array } {
  const { inputIds, attentionMask, tokenTypeIds, labels } = counterBatch(
    step,
    lengths,
    sequence,
    vocabulary,
    vocabulary,
  );
  return { inputs: { inputIds, attentionMask, tokenTypeIds }, words: labels.data as Int32Array };
}

/** Labels a row, counted one by one. */
function rowLabels(step: number, sizes: BatchSizes, classes: number): { labels: HostTensor; weight: HostTensor } {
  const drawn = counterClasses(step, 5, sizes.lengths.length, classes);
  return { labels: integers(drawn), weight: float(meanWeight(drawn, classes)) };
}

function wordFeeds(step: number, sizes: BatchSizes): Feeds {
  const { inputs, words } = encoderFeeds(step, sizes);
  const positions = [...words.keys()].filter((at) => words[at] !== -100);
  const labels = positions.map((at) => words[at]!);
  return {
    ...inputs,
    positions: integers(positions),
    labels: integers(labels),
    lossWeight: float(meanWeight(labels, sizes.vocabulary)),
  };
}

function numberFeeds(step: number, sizes: BatchSizes, columns: number, values: ArrayLike<number>): Feeds {
  const dims = [sizes.lengths.length, columns];
  const labels: HostTensor = { dtype: "float32", dims, data: Float32Array.from(values) };
  return { ...encoderFeeds(step, sizes).inputs, labels, lossWeight: float(1 / values.length) };
}

const classFeeds =
  (classes: (sizes: BatchSizes) => number) =>
  (step: number, sizes: BatchSizes): Feeds => {
    const { labels, weight } = rowLabels(step, sizes, classes(sizes));
    return { ...encoderFeeds(step, sizes).inputs, labels, lossWeight: weight };
  };

const INFERENCE_NAMES: Record<string, string> = {
  inputIds: "input_ids",
  attentionMask: "attention_mask",
  tokenTypeIds: "token_type_ids",
  positions: "positions",
};

/** What an inference graph takes of a training batch. */
export function inferenceFeeds(feeds: Feeds): Feeds {
  const chosen = Object.entries(feeds).filter(([name]) => name in INFERENCE_NAMES);
  return Object.fromEntries(
    chosen.map(([name, { dims, data }]): [string, HostTensor] => [
      INFERENCE_NAMES[name]!,
      { dtype: "int64", dims, data: BigInt64Array.from(data as Int32Array, (value) => BigInt(value)) },
    ]),
  );
}

/** The cases for heads of `labels` labels, by the names of their graphs. */
export function headCases(labels: number): HeadCase[] {
  return [
    {
      head: preTraining(),
      step: 11,
      feeds(step, sizes) {
        const next = rowLabels(step, sizes, 2);
        return { ...wordFeeds(step, sizes), nextSentenceLabels: next.labels, nextSentenceWeight: next.weight };
      },
    },
    { head: maskedLanguageModel(), step: 12, feeds: wordFeeds },
    { head: nextSentencePrediction(), step: 13, feeds: classFeeds(() => 2) },
    {
      head: tokenClassification(labels),
      step: 14,
      feeds: (step, { lengths, sequence, vocabulary }) => ({
        ...counterBatch(step, lengths, sequence, vocabulary, labels),
      }),
    },
    { head: sequenceClassification(labels), step: 15, feeds: classFeeds(() => labels) },
    {
      head: sequenceClassification(labels, { problem: "multi-label" }),
      step: 16,
      feeds: (step, sizes) =>
        numberFeeds(step, sizes, labels, counterClasses(step, 5, sizes.lengths.length * labels, 2)),
    },
    {
      head: sequenceClassification(2, { problem: "regression" }),
      step: 17,
      feeds: (step, sizes) => numberFeeds(step, sizes, 2, uniform("regression", sizes.lengths.length * 2)),
    },
    {
      head: questionAnswering(),
      step: 18,
      zeroGradients: ["head.span.bias", "layers.1.feedForward.output.norm.bias"],
      feeds(step, sizes) {
        const { sequence, lengths } = sizes;
        const [start, end] = [5, 6].map((salt) =>
          counterClasses(step, salt, lengths.length, sequence).map((position, row) => position % lengths[row]!),
        );
        start![lengths.length - 1] = end![lengths.length - 1] = sequence + 3;
        return {
          ...encoderFeeds(step, sizes).inputs,
          startPositions: integers(start!),
          endPositions: integers(end!),
          lossWeight: float(meanWeight(start!, sequence)),
        };
      },
    },
    {
      head: multipleChoice(),
      step: 19,
      zeroGradients: ["head.classifier.bias"],
      feeds(step, sizes) {
        const { choices, lengths, sequence } = sizes;
        const dims = [lengths.length / choices, choices, sequence];
        const { inputs } = encoderFeeds(step, sizes);
        const labels = counterClasses(step, 5, dims[0]!, choices);
        const cubes = Object.entries(inputs).map(([name, tensor]) => [name, { ...tensor, dims }]);
        return {
          ...(Object.fromEntries(cubes) as Feeds),
          labels: integers(labels),
          lossWeight: float(meanWeight(labels, choices)),
        };
      },
    },
  ];
}

/** `count` elements a row, the first `kept` of them, of rows `from`..`to`. */
function cut(tensor: HostTensor, from: number, to: number, count: number, kept: number): HostTensor["data"] {
  const parts: number[] = [];
  for (let row = from; row < to; row++) {
    for (let i = 0; i < kept; i++) parts.push((tensor.data as Int32Array)[row * count + i]!);
  }
  return tensor.dtype === "float32" ? Float32Array.from(parts) : Int32Array.from(parts);
}

/**
 * Examples `from`..`to` of a batch, padded to `sequence` tokens, with the loss weights of the whole batch: what a
 * micro-batch is fed.
 */
export function microBatch(whole: Feeds, from: number, to: number, sequence: number): Feeds {
  const { dims } = whole["inputIds"]!;
  const width = dims.at(-1)!;
  const choices = dims.length === 3 ? dims[1]! : 1;
  const result: Feeds = {};
  for (const [name, tensor] of Object.entries(whole)) {
    const { dtype } = tensor;
    if (tensor.dims.length === 0) result[name] = tensor;
    else if (tensor.dims.at(-1) === width && tensor.dims.length === dims.length) {
      const data = cut(tensor, from * choices, to * choices, width, sequence);
      result[name] = { dtype, dims: [to - from, ...dims.slice(1, -1), sequence], data };
    } else if (tensor.dims[0] === dims[0]! * width) {
      const data = cut(tensor, from, to, width, sequence);
      result[name] = { dtype, dims: [data.length], data };
    } else if (tensor.dims[0] === dims[0]) {
      const columns = tensor.data.length / dims[0]!;
      result[name] = {
        dtype,
        dims: [to - from, ...tensor.dims.slice(1)],
        data: cut(tensor, from, to, columns, columns),
      };
    }
  }
  const positions = whole["positions"]?.data as Int32Array | undefined;
  if (positions !== undefined) {
    const kept = [...positions.keys()].filter((i) => positions[i]! >= from * width && positions[i]! < to * width);
    const place = (at: number): number => (Math.floor(at / width) - from) * sequence + (at % width);
    result["positions"] = integers(kept.map((i) => place(positions[i]!)));
    result["labels"] = integers(kept.map((i) => (whole["labels"]!.data as Int32Array)[i]!));
  }
  return result;
}
