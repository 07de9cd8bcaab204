// Padding in a training step: whatever stands there, no gradient comes from it, and none from rows that no token reads.

import { afterAll, beforeAll, expect, it } from "vitest";
import { parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { dropoutKey } from "../../src/nn/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterBatch, counterWeights } from "../support/counter-weights.ts";
import { bits, distance, floats, norm } from "../support/norms.ts";

const VOCABULARY = 61;
const HIDDEN = 16;
const UNUSED = 60;
const lengths = [9, 5, 3];
const config = parseBertConfig({
  vocab_size: VOCABULARY,
  hidden_size: HIDDEN,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 20,
});

let step: TrainingStep;
beforeAll(async () => {
  const model = tokenClassifierForTraining(config, 3);
  step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
});
afterAll(() => step.release());

/** Runs a batch padded to `sequence`, with piece `padding` and segment `segment` where there is no token. */
async function run(sequence: number, padding = 0, segment = 0): Promise<{ loss: number; gradients: Float32Array }> {
  const batch = counterBatch(1, lengths, 9, VOCABULARY - 1, 3);
  const widened = (tensor: HostTensor, fill: number, flat = false): HostTensor => {
    const data = tensor.dtype === "float32" ? new Float32Array(3 * sequence) : new Int32Array(3 * sequence);
    data.fill(fill);
    lengths.forEach((length, row) =>
      data.set((tensor.data as Int32Array).subarray(9 * row, 9 * row + length), row * sequence),
    );
    return { dtype: tensor.dtype, dims: flat ? [3 * sequence] : [3, sequence], data };
  };
  const loss = await step.run({
    inputIds: widened(batch.inputIds, padding),
    attentionMask: widened(batch.attentionMask, 0),
    tokenTypeIds: widened(batch.tokenTypeIds, segment),
    labels: widened(batch.labels, -100, true),
    lossWeight: batch.lossWeight,
    dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(7, 3)) },
    exampleIds: { dtype: "uint32", dims: [3], data: Uint32Array.of(4, 0, 9) },
  });
  return { loss, gradients: Float32Array.from(step.gradients) };
}

function rowsWithGradient(gradients: Float32Array, name: string): number[] {
  const values = floats(step.layout.views(gradients).get(name));
  const rows = new Set<number>();
  values.forEach((value, i) => value !== 0 && rows.add(Math.floor(i / HIDDEN)));
  return [...rows];
}

it("gives no gradient to the padding piece, to pieces and positions not read, or to a segment not there", async () => {
  const { gradients } = await run(14);
  const batch = counterBatch(1, lengths, 9, VOCABULARY - 1, 3);
  // A sentence without a label that counts gives none either.
  const labels = lengths.map((_, row) => (batch.labels.data as Int32Array).subarray(9 * row, 9 * row + 9));
  const counted = labels.map((row) => row.some((label) => label >= 0));
  expect(counted).toContain(true);
  const isRead = (_: number, i: number): boolean => {
    const row = Math.floor(i / 9);
    return i % 9 < lengths[row]! && counted[row]!;
  };
  const read = new Set((batch.inputIds.data as Int32Array).filter(isRead));
  expect(read.has(0)).toBe(false);
  expect(new Set(rowsWithGradient(gradients, "embeddings.word.weight"))).toEqual(read);
  expect(rowsWithGradient(gradients, "embeddings.position.weight")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(rowsWithGradient(gradients, "embeddings.tokenType.weight")).toEqual([0, 1]);
});

it("is the same to the bit whatever piece and segment stand in the padding", async () => {
  const [plain, other] = [await run(14), await run(14, UNUSED, 1)];
  expect(other.loss).toBe(plain.loss);
  expect(bits(other.gradients).some((word, i) => word !== bits(plain.gradients)[i])).toBe(false);
});

it("is the same but for rounding however wide the padding, dropout on", async () => {
  const [narrow, wide] = [await run(9), await run(20)];
  expect(Math.abs(wide.loss / narrow.loss - 1)).toBeLessThan(1e-5);
  expect(distance(wide.gradients, narrow.gradients)).toBeLessThan(1e-5 * norm(narrow.gradients));
});
