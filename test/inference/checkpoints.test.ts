// One tiny BERT in every form that people have it in: the same weights and the same logits from each, and those of the
// reference; and forms that are not sound, refused by their code.

import {
  copyFileSync,
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { createTarPacker, packTar, type TarEntry } from "modern-tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Warning } from "../../src/core/index.ts";
import { archiveFiles } from "../../src/data/archive.ts";
import { readWeights } from "../../src/data/index.ts";
import { memorySource } from "../../src/formats/index.ts";
import { readZipDirectory, readZipEntry } from "../../src/formats/torch/zip.ts";
import { loadModel, type LoadModelOptions } from "../../src/inference/index.ts";
import { storedZip } from "../support/checkpoint-writers.ts";
import { expected, golden, GOLDEN, goldenDirectory, TENSORFLOW } from "../support/checkpoints.ts";
import { temporaryFolder } from "../support/tiny-model.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder("checkpoints");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SETTINGS = ["config.json", "vocab.txt", "tokenizer_config.json"];
const TENSORFLOW_FILES = {
  "model.ckpt-1000000.index": `${TENSORFLOW}.index`,
  "model.ckpt-1000000.data-00000-of-00001": `${TENSORFLOW}.data-00000-of-00001`,
};
let count = 0;
/** A new directory with the golden settings and these files. */
const directory = (files: Record<string, string>, settings?: string[]): string =>
  goldenDirectory(join(folder, `model-${count++}`), files, settings);

async function logitsOf(
  path: string,
  options: LoadModelOptions = {},
): Promise<{ logits: number[]; warnings: Warning[]; lowerCase: boolean }> {
  const warnings: Warning[] = [];
  const model = await loadModel(path, { threads: 1, warn: (warning) => warnings.push(warning), ...options });
  try {
    const batch = {
      inputIds: Int32Array.from(expected.ids),
      attentionMask: Int32Array.from(expected.mask),
      batch: 2,
      sequence: 7,
    };
    return { logits: Array.from(await model.run(batch)), warnings, lowerCase: model.tokenizer.options.lowerCase };
  } finally {
    await model.dispose();
  }
}

const codeOf = async (path: string, options?: LoadModelOptions): Promise<unknown> =>
  logitsOf(path, options).then(
    () => "loaded",
    (error: unknown) => error,
  );

/** Real tokens only: what a model makes of padding is of no matter. */
const ofTokens = (values: readonly number[]): number[] =>
  values.filter((_, i) => expected.mask[Math.floor(i / 3)] === 1);

describe("the same logits come", () => {
  const forms: [string, () => string][] = [
    ["of safetensors", () => directory({ "model.safetensors": "model.safetensors" })],
    [
      "of sharded safetensors",
      () =>
        directory({
          "model.safetensors.index.json": "model.safetensors.index.json",
          "model-00001-of-00002.safetensors": "model-00001-of-00002.safetensors",
          "model-00002-of-00002.safetensors": "model-00002-of-00002.safetensors",
        }),
    ],
    ["of pytorch_model.bin", () => directory({ "pytorch_model.bin": "torch.bin" })],
    ["of pytorch_model.bin before 1.6", () => directory({ "pytorch_model.bin": "torch-legacy.bin" })],
    ["of BERT's old names, without prefix", () => directory({ "pytorch_model.bin": "torch-old-names.bin" })],
    ["of a name that says another format", () => directory({ "model.safetensors": "torch.bin" })],
    ["of a name that says nothing", () => directory({ weights: "torch-legacy.bin" })],
    ["of a file", () => join(directory({ "a.bin": "torch.bin", "b.safetensors": "model.safetensors" }), "a.bin")],
    ["of a TensorFlow directory", () => directory(TENSORFLOW_FILES)],
    ["of a TensorFlow index", () => join(directory(TENSORFLOW_FILES), "model.ckpt-1000000.index")],
    ["of a TensorFlow data file", () => join(directory(TENSORFLOW_FILES), "model.ckpt-1000000.data-00000-of-00001")],
    ["of a TensorFlow prefix", () => join(directory(TENSORFLOW_FILES), "model.ckpt-1000000")],
    ["of the archive as released", () => join(GOLDEN, "biobert_tiny.tar.gz")],
  ];

  it.each(forms)("%s", async (_what, make) => {
    const plain = await logitsOf(forms[0]![1]());
    const { logits, lowerCase } = await logitsOf(make());
    expect(logits).toEqual(plain.logits);
    expect(lowerCase).toBe(false);
    const wanted = ofTokens(expected.logits);
    expect(Math.max(...ofTokens(logits).map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(2e-5);
  });

  it.each([
    [TENSORFLOW_FILES],
    [
      Object.fromEntries(
        ["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"].map(
          (name) => [name, name],
        ),
      ),
    ],
  ])("of several files, which are all named as those of the weights: %#", async (files: Record<string, string>) => {
    const path = directory(files);
    const model = await loadModel(path, { threads: 1 });
    expect([...model.info.weightsPaths].sort()).toEqual(
      Object.keys(files)
        .sort()
        .map((name) => join(path, name)),
    );
    await model.dispose();
  });

  it("of weights whose settings lie elsewhere", async () => {
    const lonely = directory({ "pytorch_model.bin": "torch.bin" }, []);
    expect(await codeOf(lonely)).toMatchObject({ code: "model-missing" });
    const options = { configPath: join(GOLDEN, "config.json"), vocabularyPath: join(GOLDEN, "vocab.txt") };
    expect((await logitsOf(lonely, options)).logits).toEqual((await logitsOf(forms[0]![1]())).logits);
  });

  it("of files that are links, as the Hub's cache has them", async () => {
    const links = join(folder, "links");
    mkdirSync(links);
    for (const name of SETTINGS) symlinkSync(join(GOLDEN, name), join(links, name));
    symlinkSync(join(GOLDEN, "torch.bin"), join(links, "pytorch_model.bin"));
    expect((await logitsOf(links)).logits).toEqual((await logitsOf(forms[0]![1]())).logits);
  });
});

describe("what is said", () => {
  it("is which tensors the model has no place for, and what the casing was taken from", async () => {
    const { warnings } = await logitsOf(join(GOLDEN, "biobert_tiny.tar.gz"));
    expect(warnings.map(({ code }) => code)).toEqual(["casing-from-vocabulary", "heads-unused"]);
    expect(warnings[0]!.message).toContain("upper-case");
    for (const name of [
      "bert/pooler/dense/kernel",
      "cls/predictions/output_bias",
      "cls/seq_relationship/output_weights",
    ]) {
      expect(warnings[1]!.message).toContain(name);
    }
    expect(warnings[1]!.message).not.toContain("adam");
    expect(warnings[1]!.message).not.toContain("global_step");
  });

  it("is that several files could be meant", async () => {
    const two = directory({ "a.bin": "torch.bin", "b.bin": "torch-legacy.bin" });
    expect(await codeOf(two)).toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("a.bin, b.bin"),
    });
  });

  it("is which part of a checkpoint is missing", async () => {
    const sharded = directory({
      "model.safetensors.index.json": "model.safetensors.index.json",
      "model-00001-of-00002.safetensors": "model-00001-of-00002.safetensors",
    });
    expect(await codeOf(sharded)).toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("model-00002-of-00002.safetensors"),
    });
    const index = directory({ "model.ckpt-1000000.index": `${TENSORFLOW}.index` });
    expect(await codeOf(index)).toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("model.ckpt-1000000.data-00000-of-00001"),
    });
  });

  it("is that a file is a Git LFS pointer, or nothing known", async () => {
    const pointer = directory({});
    writeFileSync(
      join(pointer, "model.safetensors"),
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    );
    expect(await codeOf(pointer)).toMatchObject({ code: "model-missing", message: expect.stringContaining("LFS") });
    writeFileSync(join(pointer, "model.safetensors"), "<html>not found</html>");
    expect(await codeOf(pointer)).toMatchObject({ code: "model-damaged" });
    expect(await codeOf(join(pointer, "vocab.txt"))).toMatchObject({ code: "model-missing" });
  });
});

describe("a list of shards is refused", () => {
  it.each<[string, unknown, string]>([
    ["that leads out of its folder", { weight_map: { w: "../model.safetensors" } }, "model-unsafe"],
    ["that leads to the root", { weight_map: { w: "/etc/passwd" } }, "model-unsafe"],
    ["that lists itself", { weight_map: { w: "model.safetensors.index.json" } }, "model-damaged"],
    ["that is empty", { weight_map: {} }, "unsupported"],
    ["that says no names", { weight_map: { w: 3 } }, "model-damaged"],
    ["that puts a tensor into the wrong file", { weight_map: { "bert.none": "part.safetensors" } }, "model-damaged"],
  ])("%s", async (_what, index, code) => {
    const shards = directory({ "part.safetensors": "model.safetensors" });
    writeFileSync(join(shards, "model.safetensors.index.json"), JSON.stringify(index));
    expect(await codeOf(shards)).toMatchObject({ code });
  });

  it("that has a tensor in two files", async () => {
    const shards = directory({ "a.safetensors": "model.safetensors", "b.safetensors": "model.safetensors" });
    const weightMap = {
      "bert.embeddings.LayerNorm.bias": "a.safetensors",
      "bert.embeddings.LayerNorm.weight": "b.safetensors",
    };
    writeFileSync(join(shards, "model.safetensors.index.json"), JSON.stringify({ weight_map: weightMap }));
    expect(await codeOf(shards)).toMatchObject({ code: "model-damaged", message: expect.stringContaining("both") });
  });
});

describe("an archive", () => {
  const config = golden("config.json");
  const good: TarEntry[] = [
    { header: { name: "m/config.json", size: config.length }, body: config },
    { header: { name: "m/vocab.txt", size: golden("vocab.txt").length }, body: golden("vocab.txt") },
    { header: { name: "m/w.bin", size: golden("torch.bin").length }, body: golden("torch.bin") },
  ];
  const archive = async (entries: readonly TarEntry[], packed = true): Promise<string> => {
    const path = join(folder, `archive-${count++}`);
    const tar = await packTar(entries);
    writeFileSync(path, packed ? gzipSync(tar) : tar);
    return path;
  };
  const file = (name: string): TarEntry => ({ header: { name, size: 1 }, body: new Uint8Array(1) });

  it.each([true, false])("is read, gzip-compressed: %s", async (packed) => {
    expect((await logitsOf(await archive(good, packed))).logits).toHaveLength(42);
  });

  it("with a file too large for memory is read through a temporary file that is gone afterwards", async () => {
    const source = memorySource(golden("torch.bin"));
    const entries: [string, Uint8Array][] = [["archive/ballast", new Uint8Array(5 << 20)]];
    for (const [name, entry] of await readZipDirectory(source))
      entries.push([name.replace(/^[^/]+/, "archive"), await readZipEntry(source, entry)]);
    const zip = storedZip(entries);
    const path = await archive([...good.slice(0, 2), { header: { name: "m/w.bin", size: zip.length }, body: zip }]);
    const own = join(folder, "temporary");
    mkdirSync(own);
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = own;
    try {
      expect((await logitsOf(path)).logits).toEqual((await logitsOf(await archive(good))).logits);
      expect(readdirSync(own)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
  });

  it.each<[string, TarEntry]>([
    ["a name that leads out", file("m/../../evil")],
    ["a name that leads out at once", file("../evil")],
    ["an absolute name", file("/etc/evil")],
    ["a name of Windows", file("C:\\evil")],
    ["a symbolic link", { header: { name: "m/link", size: 0, type: "symlink", linkname: "/etc/passwd" } }],
    ["a hard link", { header: { name: "m/link", size: 0, type: "link", linkname: "m/config.json" } }],
    ["a device", { header: { name: "m/null", size: 0, type: "character-device" } }],
    ["a second file of one name", file("m/config.json")],
  ])("with %s is refused", async (_what, entry) => {
    expect(await codeOf(await archive([...good, entry]))).toMatchObject({ code: "model-unsafe" });
  });

  it("that is cut off is refused, wherever it is cut", async () => {
    const whole = readFileSync(await archive(good));
    const tar = readFileSync(await archive(good, false));
    const path = join(folder, "cut");
    for (const [bytes, cuts] of [
      [whole, [3, 100, 3000, whole.length - 9, whole.length - 1]],
      [tar, [300, 512, 1500, 4000]],
    ] as const) {
      for (const cut of cuts) {
        writeFileSync(path, bytes.subarray(0, cut));
        expect((await codeOf(path)) as { code: string }, `cut at ${cut}`).toMatchObject({
          code: expect.stringMatching(/^model-(damaged|missing)$/),
        });
      }
    }
  });

  it("that is a bomb is refused before it is unpacked", async () => {
    const { readable, controller } = createTarPacker();
    const path = join(folder, "bomb");
    const zeros = new Uint8Array(1 << 20);
    const writing = (async () => {
      const writer = controller.add({ name: "m/zeros", size: 400 * zeros.length, type: "file" }).getWriter();
      for (let i = 0; i < 400; i++) await writer.write(zeros);
      await writer.close();
      controller.finalize();
    })();
    await pipeline(readable as unknown as AsyncIterable<Uint8Array>, createGzip({ level: 9 }), createWriteStream(path));
    await writing;
    expect(await codeOf(path)).toMatchObject({
      code: "model-unsafe",
      message: expect.stringContaining("unpacks to more than"),
    });
  });

  it("that is not there, or a folder, is told as such", async () => {
    await expect(archiveFiles(join(folder, "no.tar"))).rejects.toMatchObject({ code: "file-not-found" });
    await expect(archiveFiles(folder)).rejects.toMatchObject({ code: "file-unreadable" });
    await expect(readWeights(join(folder, "no.tar"), async () => 0)).rejects.toMatchObject({ code: "file-not-found" });
  });

  it("without weights, or with weights in two folders, is refused", async () => {
    expect(await codeOf(await archive(good.slice(0, 2)))).toMatchObject({ code: "model-missing" });
    const twice = { header: { name: "n/w.bin", size: golden("torch.bin").length }, body: golden("torch.bin") };
    expect(await codeOf(await archive([...good, twice]))).toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("several folders"),
    });
  });
});

describe("a configuration", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["a million layers", { num_hidden_layers: 1_000_000 }, "model-config"],
    ["more layers than the weights", { num_hidden_layers: 900 }, "model-tensor"],
    ["a hidden size beyond all measure", { hidden_size: 2 ** 53 }, "model-config"],
    ["the largest sizes allowed", { hidden_size: 65_536, intermediate_size: 262_144 }, "model-tensor"],
    ["another vocabulary", { vocab_size: 30_522 }, "model-vocabulary"],
  ])("with %s is refused", async (_what, change, code) => {
    const path = directory({ "model.safetensors": "model.safetensors" });
    const config = JSON.parse(readFileSync(join(path, "config.json"), "utf8")) as Record<string, unknown>;
    writeFileSync(join(path, "config.json"), JSON.stringify({ ...config, ...change }));
    expect(await codeOf(path)).toMatchObject({ code });
  });

  it("is bert_config.json where there is no other", async () => {
    const path = directory({ "model.safetensors": "model.safetensors" }, ["vocab.txt", "tokenizer_config.json"]);
    copyFileSync(join(GOLDEN, "config.json"), join(path, "bert_config.json"));
    expect((await logitsOf(path)).logits).toHaveLength(42);
  });
});
