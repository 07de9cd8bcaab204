// Weights from every format to every other and back: the same tensors under the names of each, to the bit. That PyTorch,
// transformers and TensorFlow read what is written is checked by reference/checkpoints_read.py and checkpoints_tensorflow.py.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Warning } from "../../src/core/index.ts";
import { readWeights } from "../../src/data/index.ts";
import { encodeTensorFlow, encodeTorch } from "../../src/formats/index.ts";
import { convertWeights, type WeightFormat } from "../../src/inference/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { golden, GOLDEN, goldenDirectory, openBytes, readAll, TENSORFLOW } from "../support/checkpoints.ts";
import { temporaryFolder } from "../support/tiny-model.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder("convert-weights");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FORMATS: WeightFormat[] = ["safetensors", "torch", "tensorflow"];
let count = 0;

/** Converts into a directory of its own and gives the path of the weights. */
async function converted(path: string, format: WeightFormat, warnings: Warning[] = []): Promise<string> {
  const directory = goldenDirectory(join(folder, `${format}-${count++}`), {});
  const files = await convertWeights(path, format, { warn: (warning) => warnings.push(warning) });
  for (const [name, chunks] of Object.entries(files)) writeFileSync(join(directory, name), Buffer.concat(chunks));
  return join(directory, Object.keys(files)[0]!);
}

const tensorsOf = async (path: string): Promise<[string, HostTensor][]> =>
  [...(await readWeights(path, readAll))].sort(([a], [b]) => (a < b ? -1 : 1));

describe("weights", () => {
  const sources = ["model.safetensors", "torch.bin", "torch-legacy.bin", "torch-old-names.bin"];

  it.each(sources)("of %s are the same in every format", async (name) => {
    const wanted = await tensorsOf(join(GOLDEN, "model.safetensors"));
    for (const format of FORMATS) {
      const there = await converted(join(GOLDEN, name), format);
      for (const back of ["safetensors", "torch"] as const)
        expect(await tensorsOf(await converted(there, back))).toEqual(wanted);
    }
  });

  it("of TensorFlow keep their heads on the way there and back", async () => {
    const wanted = (await tensorsOf(join(GOLDEN, `${TENSORFLOW}.index`))).filter(
      ([name]) => !/adam|global_step/.test(name),
    );
    expect(wanted.map(([name]) => name)).toContain("cls/seq_relationship/output_weights");
    for (const format of FORMATS) {
      const there = await converted(join(GOLDEN, "biobert_tiny.tar.gz"), format);
      expect(await tensorsOf(await converted(there, "tensorflow"))).toEqual(wanted);
    }
  });

  it("that BERT does not have are kept, and said", async () => {
    const directory = goldenDirectory(join(folder, "strange"), {});
    const extra: HostTensor = { dtype: "float32", dims: [2], data: Float32Array.of(1, 2) };
    const tensors = new Map(await tensorsOf(join(GOLDEN, "model.safetensors"))).set("crf.transitions", extra);
    writeFileSync(join(directory, "pytorch_model.bin"), Buffer.concat(encodeTorch(tensors)));
    const warnings: Warning[] = [];
    const there = await converted(directory, "tensorflow", warnings);
    expect(warnings).toMatchObject([{ code: "tensors-unknown", message: expect.stringContaining("crf.transitions") }]);
    expect(new Map(await tensorsOf(there)).get("crf.transitions")).toEqual(extra);
  });

  it("of a decoder that is the embedding table once more stay once in TensorFlow, wherever they are; one of its own is refused", async () => {
    const plain = new Map(await tensorsOf(await converted(join(GOLDEN, "biobert_tiny.tar.gz"), "safetensors")));
    const wanted = await tensorsOf(await converted(join(GOLDEN, "biobert_tiny.tar.gz"), "tensorflow"));
    const table = plain.get("bert.embeddings.word_embeddings.weight")!;
    const [weight, bias] = ["cls.predictions.decoder.weight", "cls.predictions.decoder.bias"];
    const copied = new Map([[weight, table], [bias, plain.get("cls.predictions.bias")!], ...plain]);
    const only = new Map(copied);
    only.delete("cls.predictions.bias");
    const own = new Map(copied).set(weight, { ...table, data: (table.data as Float32Array).map((value) => value + 1) });
    for (const [tensors, refused] of [
      [copied, false],
      [only, false],
      [own, true],
    ] as const) {
      const directory = goldenDirectory(join(folder, `tied-${count++}`), {});
      writeFileSync(join(directory, "pytorch_model.bin"), Buffer.concat(encodeTorch(tensors)));
      const there = converted(directory, "tensorflow");
      if (refused) await expect(there).rejects.toMatchObject({ code: "model-tensor", place: { name: weight } });
      else expect(await tensorsOf(await there)).toEqual(wanted);
    }
  });

  it("under two names are refused", async () => {
    const directory = goldenDirectory(join(folder, "twice"), {});
    const tensors = new Map(await tensorsOf(join(GOLDEN, "model.safetensors")));
    tensors.set("embeddings.LayerNorm.weight", tensors.get("bert.embeddings.LayerNorm.weight")!);
    writeFileSync(join(directory, "pytorch_model.bin"), Buffer.concat(encodeTorch(tensors)));
    await expect(converted(directory, "safetensors")).rejects.toMatchObject({ code: "model-tensor" });
  });
});

describe("what is written", () => {
  it("in PyTorch's format is the tensors of every type, storages at multiples of 64 bytes", async () => {
    const views = await readAll((await openBytes(golden("views.bin")))!);
    const bytes = Buffer.concat(encodeTorch(views));
    expect(await readAll((await openBytes(bytes))!)).toEqual(views);
    const { buffer, byteOffset, byteLength } = views.get("base")!.data;
    const at = bytes.indexOf(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength));
    expect(at).toBeGreaterThan(0);
    expect(at % 64).toBe(0);
  });

  it("in TensorFlow's format is the tensors of every type, in any number of blocks", async () => {
    const views = await readAll((await openBytes(golden("views.bin")))!);
    const many = new Map([...views].map(([name, tensor]) => [name, tensor] as const));
    // Names long enough to fill several blocks of 256 KB.
    for (let i = 0; i < 200; i++) many.set(`${String(i).padStart(4, "0")}/${"x".repeat(4000)}`, views.get("part")!);
    for (const tensors of [views, many]) {
      const { index, data } = encodeTensorFlow(tensors);
      expect(await readAll((await openBytes(index, Buffer.concat(data)))!)).toEqual(
        new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1))),
      );
    }
  });

  it("is nothing where there are no weights", async () => {
    const directory = goldenDirectory(join(folder, "none"), {});
    mkdirSync(join(directory, "onnx"));
    writeFileSync(join(directory, "onnx", "model_quantized.onnx"), "small");
    await expect(convertWeights(directory, "torch")).rejects.toMatchObject({ code: "model-missing" });
  });
});
