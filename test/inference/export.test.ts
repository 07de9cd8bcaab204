// ONNX files of a trained model: full precision gives the very logits of the safetensors path, int8 nearly those in a
// quarter of the bytes.
// Neither depends on what a text is run with.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNerCorpus } from "../../src/data/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import {
  annotate,
  annotateAll,
  exportOnnx,
  loadModel,
  ONNX_FILES,
  type AnnotateOptions,
  type InputDocument,
  type Model,
  type TokenBatch,
} from "../../src/inference/index.ts";
import { collate, encodeSentences, type Entity, type NerExample } from "../../src/tasks/index.ts";
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

  it("moves with padding and company by far less than quantising itself does", async () => {
    const all = examples.map((_, i) => i);
    const together = await logitsOf(int8, all);
    const [alone, padded]: [Float32Array[], Float32Array[]] = [[], []];
    for (const index of all) alone.push(...(await logitsOf(int8, [index])));
    for (const index of all) padded.push(...(await logitsOf(int8, [index], 64)));
    // Other lengths round otherwise in float32, which may send an activation to the next of 255 steps.
    const error = largestGap(await logitsOf(fp32, all), together);
    for (const other of [alone, padded]) expect(largestGap(other, together)).toBeLessThan(0.2 * error);
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

describe("annotating with an export", () => {
  it.each(["fp32", "int8"] as const)(
    "gives a text the same scores, to the bit, in any company: %s",
    async (precision) => {
      const model = precision === "fp32" ? fp32 : int8;
      const texts = sentences.map(({ tokens }, i) => ({ id: String(i), text: tokens.join(" ") }));
      const inCompany = async (
        documents: readonly InputDocument[],
        options: AnnotateOptions,
      ): Promise<Map<string, Entity[]>> => {
        const found = new Map<string, Entity[]>();
        for await (const { id, entities } of annotateAll(model, documents, options)) found.set(id, entities);
        return found;
      };
      const alone = new Map<string, Entity[]>();
      for (const { id, text } of texts) alone.set(id, (await annotate(model, text)).entities);
      expect([...alone.values()].flat().length).toBeGreaterThan(50);
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(texts, { minLength: 1 }),
          fc.integer({ min: 1, max: 900 }),
          fc.integer({ min: 1, max: 3000 }),
          async (documents, batchTokens, poolTokens) => {
            const found = await inCompany(documents, { batchTokens, poolTokens });
            expect(found).toEqual(new Map(documents.map(({ id }) => [id, alone.get(id)!])));
          },
        ),
        { numRuns: 25, seed: 5 },
      );
    },
  );

  it("runs no padding", async () => {
    const masks: Int32Array[] = [];
    const watched = { ...fp32, run: (batch: TokenBatch) => (masks.push(batch.attentionMask), fp32.run(batch)) };
    const documents = sentences.map(({ tokens }, i) => ({ id: String(i), text: tokens.join(" ") }));
    for await (const { entities } of annotateAll(watched, documents)) expect(entities).toBeDefined();
    expect(masks.length).toBeLessThan(documents.length);
    expect(masks.every((mask) => mask.every((value) => value === 1))).toBe(true);
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
