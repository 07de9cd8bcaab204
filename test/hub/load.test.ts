// From a name on a hub to a model that runs: whatever form the repository's weights have, the logits are those of the same
// weights as they lie on the disk.

import { expect, it } from "vitest";
import { encodeTorch } from "../../src/formats/index.ts";
import { resolveModel } from "../../src/hub/index.ts";
import { exportOnnx, loadModel } from "../../src/inference/index.ts";
import { expected, golden, goldenDirectory, openBytes, readAll, TENSORFLOW } from "../support/checkpoints.ts";
import { cacheFolder, COMMIT, startHub } from "./hub-server.ts";

const NAME = "someone/some-bert";

async function logitsOf(directory: string): Promise<number[]> {
  const model = await loadModel(directory, { threads: 1 });
  try {
    const { ids, mask } = expected;
    return Array.from(
      await model.run({ inputIds: Int32Array.from(ids), attentionMask: Int32Array.from(mask), batch: 2, sequence: 7 }),
    );
  } finally {
    await model.dispose();
  }
}

/** `pytorch_model.bin` in two parts with their index. */
async function torchShards(): Promise<Record<string, Uint8Array>> {
  const tensors = [...(await readAll((await openBytes(golden("torch.bin")))!))];
  const parts = [tensors.slice(0, 7), tensors.slice(7)];
  const name = (part: number): string => `pytorch_model-0000${part + 1}-of-00002.bin`;
  const map = Object.fromEntries(parts.flatMap((part, i) => part.map(([tensor]) => [tensor, name(i)])));
  return {
    "pytorch_model.bin.index.json": new TextEncoder().encode(JSON.stringify({ weight_map: map })),
    ...Object.fromEntries(parts.map((part, i) => [name(i), Buffer.concat(encodeTorch(new Map(part)))])),
  };
}

const FORMS: [string, () => Promise<Record<string, Uint8Array>> | Record<string, Uint8Array>][] = [
  ["pytorch_model.bin", () => ({ "pytorch_model.bin": golden("torch.bin") })],
  ["pytorch_model.bin before 1.6", () => ({ "pytorch_model.bin": golden("torch-legacy.bin") })],
  ["pytorch_model.bin in shards", torchShards],
  [
    "safetensors in shards",
    () =>
      Object.fromEntries(
        ["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"].map(
          (name) => [name, golden(name)],
        ),
      ),
  ],
  [
    "a TensorFlow checkpoint",
    () => ({
      "model.ckpt-1000000.index": golden(`${TENSORFLOW}.index`),
      "model.ckpt-1000000.data-00000-of-00001": golden(`${TENSORFLOW}.data-00000-of-00001`),
    }),
  ],
  [
    "onnx/model.onnx alone",
    async () => {
      const plain = goldenDirectory(`${cacheFolder()}/model`, { "model.safetensors": "model.safetensors" });
      return { "onnx/model.onnx": await exportOnnx(plain, "fp32") };
    },
  ],
];

it.each(FORMS)("runs what is pulled: %s", async (_form, weights) => {
  const plain = goldenDirectory(`${cacheFolder()}/model`, { "model.safetensors": "model.safetensors" });
  const contents = { "config.json": golden("config.json"), "vocab.txt": golden("vocab.txt"), ...(await weights()) };
  const files = Object.fromEntries(
    Object.entries(contents).map(([name, content]) => [name, { content, large: !/json|txt/.test(name) }]),
  );
  const hub = await startHub({ [NAME]: { commit: COMMIT, files } });
  const environment = { HF_HOME: cacheFolder(), HF_ENDPOINT: hub.endpoint };
  const directory = await resolveModel(NAME, { environment });
  expect(await logitsOf(directory)).toEqual(await logitsOf(plain));
  const asked = hub.seen.length;
  expect(await resolveModel(NAME, { environment })).toBe(directory);
  expect(hub.seen.length, "the cache answers alone").toBe(asked);
});
