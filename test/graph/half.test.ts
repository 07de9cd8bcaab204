// The fp16 pass: of every head, in ONNX Runtime, against the same head in single precision; what it keeps and refuses.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  modelForInference,
  parseBertConfig,
  pooledVectorsForInference,
  tokenClassifierForInference,
  type BuiltModel,
} from "../../src/bert/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import { encodeOnnx, fuse, print, toHalfPrecision, verify, type WeightedGraph } from "../../src/graph/index.ts";
import { elementCount, type HostTensor } from "../../src/tensor/index.ts";
import { counterBatch, counterWeights } from "../support/counter-weights.ts";
import { headCases, inferenceFeeds, type BatchSizes, type Feeds } from "../support/heads.ts";
import { floats } from "../support/norms.ts";

const golden = JSON.parse(readFileSync(new URL("../golden/heads.json", import.meta.url), "utf8"));
const config = parseBertConfig(golden.config);
const sizes: BatchSizes = { ...golden, vocabulary: config.vocabSize };
const batch = counterBatch(20, golden.lengths, golden.sequence, config.vocabSize, 2);
const { inputIds, attentionMask, tokenTypeIds } = batch;
const encoderFeeds = inferenceFeeds({ inputIds, attentionMask, tokenTypeIds });

const cases: { name: string; model: BuiltModel; feeds: Feeds }[] = [
  ...headCases(golden.labels).map(({ head, step, feeds }) => ({
    name: head.name,
    model: modelForInference(config, head),
    feeds: inferenceFeeds(feeds(step, sizes)),
  })),
  ...(["mean", "first", "max"] as const).map((pooling) => ({
    name: `vectors pooled by ${pooling}`,
    model: pooledVectorsForInference(config, pooling),
    feeds: encoderFeeds,
  })),
];

async function run(
  { graph, weights }: WeightedGraph,
  feeds: Feeds,
  target: "native" | "webgpu" = "native",
): Promise<Record<string, HostTensor>> {
  const session = await EngineSession.create(encodeOnnx(graph, { weights, target }), { threads: 1 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

function bothPrecisions(model: BuiltModel): { single: WeightedGraph; half: WeightedGraph } {
  const single = fuse(model.graph, counterWeights(model.parameters));
  return { single, half: toHalfPrecision(single.graph, single.weights) };
}

describe.each(cases)("$name", ({ model, feeds }) => {
  const { single, half } = bothPrecisions(model);

  it("gives what single precision gives, to half precision, in both forms of ONNX", async () => {
    verify(half.graph);
    const wanted = await run(single, feeds);
    for (const target of ["native", "webgpu"] as const) {
      const got = await run(half, feeds, target);
      expect(Object.keys(got)).toEqual(Object.keys(wanted));
      for (const [name, tensor] of Object.entries(wanted)) {
        expect(got[name]!.dtype).toBe("float32");
        expect([...got[name]!.dims]).toEqual([...tensor.dims]);
        const [a, b] = [floats(tensor), floats(got[name])];
        const peak = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const apart = a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
        // Four times the step of half precision at the largest result; a run in single precision differs by a thousandth of it.
        expect(apart / peak).toBeLessThan(4 / 1024);
        expect(apart / peak).toBeGreaterThan(1e-6);
      }
    }
  });

  it("stores every weight in half precision, and takes what it took", () => {
    const names = (graph: WeightedGraph["graph"]): string[] => graph.parameters.map(({ name }) => name).sort();
    expect(names(half.graph)).toEqual(names(single.graph));
    for (const [name, weight] of half.weights) {
      expect(weight.dtype).toBe("float16");
      expect(weight.data.byteLength).toBe(2 * elementCount(single.weights.get(name)!.dims));
    }
    expect(half.weights.size).toBe(single.weights.size);
    const inputs = (graph: WeightedGraph["graph"]) =>
      graph.inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    expect(inputs(half.graph)).toEqual(inputs(single.graph));
  });
});

it("keeps padding out, though its mask is beyond half precision", async () => {
  const { half } = bothPrecisions(tokenClassifierForInference(config, 3));
  const other = {
    ...encoderFeeds,
    input_ids: { ...encoderFeeds["input_ids"]!, data: (encoderFeeds["input_ids"]!.data as BigInt64Array).slice() },
  };
  const mask = attentionMask.data as Float32Array;
  mask.forEach((kept, i) => kept === 0 && ((other.input_ids.data as BigInt64Array)[i] = 7n));
  const [a, b] = [await run(half, encoderFeeds), await run(half, other)].map((results) => floats(results["logits"]));
  const seen = a!.filter((_, i) => mask[Math.floor(i / 3)] !== 0);
  expect(mask.some((kept) => kept === 0)).toBe(true);
  expect(seen.every(Number.isFinite)).toBe(true);
  expect(b!.filter((_, i) => mask[Math.floor(i / 3)] !== 0)).toEqual(seen);
});

it("refuses a weight that half precision cannot hold, by name", () => {
  const model = tokenClassifierForInference(config, 3);
  const weights = counterWeights(model.parameters);
  const spoilt = weights.get("head.classifier.bias")!;
  (spoilt.data as Float32Array)[1] = -70_000;
  let caught: unknown;
  try {
    toHalfPrecision(model.graph, weights);
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ code: "model-tensor", place: { name: "head.classifier.bias" } });
  expect((caught as Error).message).toContain("-70000");
});

it("is printed as before", async () => {
  const { half } = bothPrecisions(tokenClassifierForInference({ ...config, layerCount: 1 }, 3));
  await expect(print(half.graph)).toMatchFileSnapshot("../golden/token-classification-fp16-graph.txt");
});
