// A batch as the training graph takes it.

import { dropoutKey } from "../../src/nn/index.ts";
import { collate, type NerExample } from "../../src/tasks/index.ts";
import { cutIntoParts, passesOf } from "../../src/training/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import type { TrainingInputs } from "./training-inputs.ts";

const SEED = 1;

export interface FedBatch {
  feeds: Record<string, HostTensor>;
  tokens: number;
  padded: number;
}

type Members = TrainingInputs["batches"][number];

/** A batch in the parts that training runs it in, of at most so many pieces; each part's loss counts as its share of the whole one's. */
export function feedParts(
  inputs: TrainingInputs,
  members: Members,
  step: number,
  microBatchPieces: number | undefined,
): FedBatch[] {
  const lengths = members.map(({ ids }) => ids.length);
  const parts = passesOf([...members.keys()], lengths, { batchSize: members.length, microBatchPieces });
  const collated = cutIntoParts(members, parts).map((part) => ({
    part,
    batch: collate(part as unknown as NerExample[], inputs.padId),
  }));
  const whole = {
    labels: collated.reduce((sum, { batch }) => sum + batch.counted, 0),
    predictions: members.reduce((sum, { masked }) => sum + (masked?.labels.length ?? 0), 0),
    examples: members.length,
  };
  return collated.map(({ part, batch }) => feedPart(part, batch, step, whole));
}

function scalar(dtype: "float32" | "uint32", value: number): HostTensor {
  return { dtype, dims: [], data: dtype === "float32" ? Float32Array.of(value) : Uint32Array.of(value) };
}

function integers(values: readonly number[] | Int32Array): HostTensor {
  return { dtype: "int32", dims: [values.length], data: Int32Array.from(values) };
}

/** Gives a part of a batch its names, with what the whole one counts; rows that have masked positions are examples of pre-training. */
function feedPart(
  members: Members,
  batch: ReturnType<typeof collate>,
  step: number,
  whole: { labels: number; predictions: number; examples: number },
): FedBatch {
  const dims = [batch.batch, batch.sequence];
  const feeds = {
    inputIds: { dtype: "int32" as const, dims, data: batch.inputIds },
    attentionMask: { dtype: "float32" as const, dims, data: Float32Array.from(batch.attentionMask) },
    tokenTypeIds: { dtype: "int32" as const, dims, data: new Int32Array(batch.inputIds.length) },
    labels: integers(batch.labels),
    lossWeight: scalar("float32", 1 / whole.labels),
    dropoutKey: scalar("uint32", dropoutKey(SEED, step)),
    exampleIds: {
      dtype: "uint32" as const,
      dims: [members.length],
      data: Uint32Array.from(members, ({ example }) => example),
    },
  };
  const counts = { tokens: batch.tokens, padded: batch.batch * batch.sequence };
  if (members[0]?.masked === undefined) return { feeds, ...counts };
  const words = members.flatMap(({ masked }) => masked!.labels);
  return {
    feeds: {
      ...feeds,
      positions: integers(
        members.flatMap(({ masked }, row) => masked!.positions.map((at) => row * batch.sequence + at)),
      ),
      labels: integers(words),
      lossWeight: scalar("float32", 1 / whole.predictions),
      nextSentenceLabels: integers(members.map(({ masked }) => masked!.nextSentence)),
      nextSentenceWeight: scalar("float32", 1 / whole.examples),
    },
    ...counts,
  };
}
