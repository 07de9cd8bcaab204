// ONNX files of a trained model: full precision gives the very logits of the safetensors path, int8 nearly those in a
// quarter of the bytes.
//
// int8 gives each activation tensor one scale, found from all it holds, padding and neighbouring sentences included: the
// logits of a sentence depend on what is run beside it, where those in full precision do not. In a trained encoder that is
// no trifle. Measured on MiniLM after six of eight epochs on NCBI-disease, in batches of up to 4,096 tokens, over the 100
// test abstracts with some 980 mentions: taking the abstracts in reverse order changes 44 mentions (21 go, 23 come, in 24
// abstracts), one abstract at a time instead of all together 55 (26 abstracts); int8 against full precision 68 (28).

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNerCorpus } from "../../src/data/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import {
  annotateAll,
  exportOnnx,
  loadModel,
  ONNX_FILES,
  type Model,
  type TokenBatch,
} from "../../src/inference/index.ts";
import { collate, encodeSentences, type NerExample } from "../../src/tasks/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { tinyWorkspace, trainAll, writeTinyModel } from "../support/tiny-model.ts";

const space = tinyWorkspace("export");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const directory = join(space.folder, "trained");
let sentences: { tokens: string[] }[];
let examples: NerExample[];
let fp32: Model;
let int8: Model;

beforeAll(async () => {
  const { error } = await trainAll(space.options("trained"));
  if (error !== undefined) throw error;
  mkdirSync(join(directory, "onnx"));
  for (const precision of ["fp32", "int8"] as const) {
    writeFileSync(join(directory, ONNX_FILES[precision]), await exportOnnx(directory, precision));
  }
  fp32 = await loadModel(directory, { precision: "fp32", threads: 1 });
  int8 = await loadModel(directory, { threads: 1 });
  sentences = (await readNerCorpus([space.dev])).sentences;
  examples = encodeSentences(sentences, fp32.tokenizer, new Map(), 64).examples;
});
afterAll(async () => {
  await fp32.dispose();
  await int8.dispose();
});

/** Logits of every piece of the given examples, run as one batch, padding apart. */
async function logitsOf(model: Model, indices: readonly number[], sequence = 0): Promise<Float32Array[]> {
  const members = indices.map((index) => examples[index]!);
  const padding = { ...members[0]!, ids: new Int32Array(sequence), labels: new Int32Array(sequence) };
  const padded = collate(sequence === 0 ? members : [...members, padding], model.tokenizer.vocabulary.padId);
  const logits = Float32Array.from(await model.run(padded as TokenBatch));
  const width = padded.sequence * model.labels.length;
  return members.map(({ ids }, row) => logits.slice(row * width, row * width + ids.length * model.labels.length));
}

const largestGap = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  Math.max(...a.flatMap((row, i) => Array.from(row, (value, k) => Math.abs(value - b[i]![k]!))));

describe("an export in full precision", () => {
  it("gives the same bits as the safetensors path, through ONNX Runtime and the names that others know", async () => {
    const session = await EngineSession.create(readFileSync(join(directory, "onnx", "model.onnx")), { threads: 1 });
    expect([...session.inputNames].sort()).toEqual(["attention_mask", "input_ids", "token_type_ids"]);
    expect(session.outputNames).toEqual(["logits"]);
    const batch = collate(examples.slice(0, 7), 0);
    const dims = [batch.batch, batch.sequence];
    const tensor = (values: Int32Array): HostTensor => ({
      dtype: "int64",
      dims,
      data: BigInt64Array.from(values, BigInt),
    });
    const results = await session.run({
      input_ids: tensor(batch.inputIds),
      attention_mask: tensor(batch.attentionMask),
      token_type_ids: tensor(new Int32Array(batch.inputIds.length)),
    });
    await session.release();
    expect(results["logits"]!.dims).toEqual([...dims, 3]);
    expect([...(results["logits"]!.data as Float32Array)]).toEqual([...(await fp32.run(batch as TokenBatch))]);
  });

  it("does not depend on what a sentence is run with", async () => {
    const all = examples.map((_, i) => i);
    const together = await logitsOf(fp32, all);
    const alone: Float32Array[] = [];
    for (const index of all) alone.push(...(await logitsOf(fp32, [index])));
    expect(largestGap(alone, together)).toBeLessThan(1e-4);
  });
});

describe("an export in int8", () => {
  it("gives logits near those in full precision, and nearly always the same label", async () => {
    const all = examples.map((_, i) => i);
    const [exact, small] = [await logitsOf(fp32, all), await logitsOf(int8, all)];
    const spread =
      Math.max(...exact.map((row) => Math.max(...row))) - Math.min(...exact.map((row) => Math.min(...row)));
    expect(largestGap(exact, small), "it is another model").toBeGreaterThan(1e-4 * spread);
    expect(largestGap(exact, small)).toBeLessThan(0.1 * spread);
    expect(labelChanges(exact, small)).toBeLessThan(0.01 * exact.reduce((sum, row) => sum + row.length / 3, 0));
  });

  it("moves with what a sentence is run with, by no more than quantising itself does", async () => {
    const all = examples.map((_, i) => i);
    const together = await logitsOf(int8, all);
    const alone: Float32Array[] = [];
    for (const index of all) alone.push(...(await logitsOf(int8, [index])));
    const padded: Float32Array[] = [];
    for (const index of all) padded.push(...(await logitsOf(int8, [index], 64)));
    const exact = await logitsOf(fp32, all);
    const error = largestGap(exact, together);
    for (const other of [alone, padded]) {
      expect(largestGap(other, together)).toBeLessThan(2 * error);
      expect(labelChanges(other, together)).toBeLessThan(0.01 * exact.reduce((sum, row) => sum + row.length / 3, 0));
    }
  });

  it("finds the entities of the model in full precision in raw text", async () => {
    const documents = sentences.map(({ tokens }, i) => ({ id: String(i), text: tokens.join(" ") }));
    const entitiesOf = async (model: Model): Promise<string[]> => {
      const found: string[] = [];
      for await (const { id, entities } of annotateAll(model, documents)) {
        found.push(...entities.map(({ type, start, end }) => `${id} ${type} ${start} ${end}`));
      }
      return found;
    };
    const [exact, small] = [await entitiesOf(fp32), await entitiesOf(int8)];
    expect(exact.length).toBeGreaterThan(50);
    const common = exact.filter((entity) => small.includes(entity)).length;
    expect(common / Math.max(exact.length, small.length)).toBeGreaterThan(0.97);
  });

  it("is less than 1/3.2 of the full file", async () => {
    const large = { hidden_size: 128, intermediate_size: 512, vocab_size: 2000 };
    const model = await writeTinyModel(join(space.folder, "large"), ["O", "B-Disease", "I-Disease"], { config: large });
    const [full, small] = [await exportOnnx(model, "fp32"), await exportOnnx(model, "int8")];
    expect(small.length).toBeLessThan(full.length / 3.2);
    expect(Buffer.from(await exportOnnx(model, "int8")).equals(Buffer.from(small)), "the same bytes each time").toBe(
      true,
    );
  });
});

describe("an export", () => {
  it("needs weights and a head", async () => {
    const headless = join(space.folder, "start");
    await expect(exportOnnx(headless, "fp32")).rejects.toMatchObject({ code: "model-task" });
    const model = await writeTinyModel(join(space.folder, "no-weights"), ["O", "B", "I"]);
    mkdirSync(join(model, "onnx"));
    writeFileSync(join(model, ONNX_FILES.int8), "");
    rmSync(join(model, "model.safetensors"));
    await expect(exportOnnx(model, "int8")).rejects.toMatchObject({ code: "model-missing" });
  });
});

/** In how many places two lists of logits disagree about the best of three labels. */
function labelChanges(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const best = (row: Float32Array, at: number): number => {
    const three = row.subarray(at, at + 3);
    return three.indexOf(Math.max(...three));
  };
  return a.reduce((sum, row, i) => {
    for (let at = 0; at < row.length; at += 3) if (best(row, at) !== best(b[i]!, at)) sum++;
    return sum;
  }, 0);
}
