// Damaged checkpoints by the thousand: each reader refuses them with a code, or gives what is right. Where the format has
// checksums, right means the very values of the sound file; where it has none, sizes that the file can hold.
//
//     npm run fuzz                     20,000 inputs for each target; npm run fuzz -- 100000 for more

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadParameters, parseBertConfig, tokenClassifierForInference } from "../../src/bert/index.ts";
import { BiobertError, Random } from "../../src/core/index.ts";
import { readModelFiles, readWeights } from "../../src/data/index.ts";
import type { FileSet } from "../../src/data/file-set.ts";
import { readConfig, readTokenizerFiles } from "../../src/data/model-settings.ts";
import { memorySource } from "../../src/formats/index.ts";
import { decodeSnappy } from "../../src/formats/tensorflow/snappy.ts";
import { readTable } from "../../src/formats/tensorflow/table.ts";
import { readZipDirectory, readZipEntry } from "../../src/formats/torch/zip.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { storedZip, table } from "../support/checkpoint-writers.ts";
import { golden, openBytes, readAll, TENSORFLOW } from "../support/checkpoints.ts";
import { mutate } from "./mutations.ts";

/** Inputs a target. */
const INPUTS = Number(process.env["BIOBERT_FUZZ_INPUTS"] ?? 400);
const SEED = Number(process.env["BIOBERT_FUZZ_SEED"] ?? 1);
const TIME_LIMIT = 60_000 + INPUTS * 50;

type Tensors = Map<string, HostTensor>;

/** The tensors, or undefined where they were refused with a code; anything else that is thrown passes. */
async function outcome(work: () => Promise<Tensors | undefined>): Promise<Tensors | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BiobertError && error.code !== "internal" && error.message !== "") return undefined;
    throw error;
  }
}

const same = (left: HostTensor, right: HostTensor): boolean => {
  const bytes = ({ data }: HostTensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return left.dtype === right.dtype && left.dims.join() === right.dims.join() && bytes(left).equals(bytes(right));
};

/** Runs a target on damaged inputs and counts what became of them; an input that fails is named by its number. */
async function fuzz(
  target: string,
  makeInput: (random: Random) => Uint8Array,
  run: (bytes: Uint8Array) => Promise<Tensors | undefined>,
  check: (tensors: Tensors) => string | undefined,
  inputs = INPUTS,
): Promise<void> {
  let refused = 0;
  for (let i = 0; i < inputs; i++) {
    const bytes = makeInput(new Random(SEED, i));
    const tensors = await outcome(() => run(bytes)).catch((cause: unknown) => {
      throw new Error(`${target}: input ${i} of seed ${SEED} was not refused properly`, { cause });
    });
    if (tensors === undefined) refused++;
    const wrong = tensors === undefined ? undefined : check(tensors);
    if (wrong !== undefined) throw new Error(`${target}: input ${i} of seed ${SEED} gave a wrong result: ${wrong}`);
  }
  // Most damages are such that a reader must notice them.
  expect(refused).toBeGreaterThan(inputs / 20);
}

/** Equality with the sound file's tensors. */
const asIn =
  (sound: Tensors) =>
  (tensors: Tensors): string | undefined => {
    if (tensors.size !== sound.size) return `${tensors.size} tensors instead of ${sound.size}`;
    for (const [name, tensor] of sound) {
      const found = tensors.get(name);
      if (found === undefined || !same(found, tensor)) return `tensor ${name} is another`;
    }
    return undefined;
  };

/** No more elements than a file of this size, read as bytes, could hold a few times over. */
const within =
  (bytes: number) =>
  (tensors: Tensors): string | undefined => {
    let elements = 0;
    for (const { data, dims } of tensors.values()) {
      if (data.length !== dims.reduce((product, dim) => product * dim, 1))
        return "a tensor that does not fill its shape";
      elements += data.length;
    }
    return elements > 100 * bytes ? `${elements} elements out of ${bytes} bytes` : undefined;
  };

const open = async (bytes: Uint8Array, data?: Uint8Array): Promise<Tensors | undefined> => {
  const source = await openBytes(bytes, data);
  return source === undefined ? undefined : readAll(source);
};

const index = golden(`${TENSORFLOW}.index`);
const data = golden(`${TENSORFLOW}.data-00000-of-00001`);

describe("formats with checksums give the right values or none", () => {
  it.each(["torch.bin", "views.bin"])(
    "zip archives of PyTorch: %s",
    async (name) => {
      const bytes = golden(name);
      await fuzz(
        name,
        (random) => mutate(bytes, random),
        (input) => open(input),
        asIn((await open(bytes))!),
      );
    },
    TIME_LIMIT,
  );

  it.each([
    { part: "index", bytes: index, openMutated: (input: Uint8Array) => open(input, data) },
    { part: "data", bytes: data, openMutated: (input: Uint8Array) => open(index, input) },
  ])(
    "TensorFlow's $part",
    async ({ part, bytes, openMutated }) => {
      await fuzz(part, (random) => mutate(bytes, random), openMutated, asIn((await open(index, data))!));
    },
    TIME_LIMIT,
  );
});

describe("formats without checksums give values that the file can hold, or none", () => {
  it.each(["model.safetensors", "torch-legacy.bin", "views-legacy.bin"])(
    "%s",
    async (name) => {
      const bytes = golden(name);
      await fuzz(
        name,
        (random) => mutate(bytes, random),
        (input) => open(input),
        within(bytes.length),
      );
    },
    TIME_LIMIT,
  );

  it(
    "pickles whose archive has the right checksum again",
    async () => {
      const source = memorySource(golden("views.bin"));
      const entries: [string, Uint8Array][] = [];
      for (const [name, entry] of await readZipDirectory(source))
        entries.push([name, await readZipEntry(source, entry)]);
      const resealed = (random: Random): Uint8Array =>
        storedZip(
          entries.map(([name, content]) => [name, name.endsWith("data.pkl") ? mutate(content, random) : content]),
        );
      await fuzz("pickle", resealed, (input) => open(input), within(golden("views.bin").length));
    },
    TIME_LIMIT,
  );

  it(
    "TensorFlow's index entries, and its blocks, with the right checksum again",
    async () => {
      const entries = [...readTable(index, "index")];
      const resealed = (random: Random): Uint8Array => {
        const victim = random.nextInteger(entries.length);
        return table(
          entries.map(([name, value], i) => [name, i === victim ? mutate(value, random) : value]),
          random.nextInteger(2) === 1,
        );
      };
      // An entry may come to point at other bytes only together with their checksum.
      const sound = (await open(index, data))!;
      const check = (tensors: Tensors): string | undefined => {
        for (const [name, tensor] of tensors) {
          const original = sound.get(name);
          if (original === undefined) return `a tensor ${name} that there is not`;
          if (tensor.data.byteLength > data.length) return `tensor ${name} is larger than the file`;
        }
        return undefined;
      };
      await fuzz("entries", resealed, (input) => open(input, data), check);
    },
    TIME_LIMIT,
  );

  it(
    "Snappy's blocks",
    async () => {
      const block = Uint8Array.from([
        40,
        3 << 2,
        97,
        98,
        99,
        100,
        (11 << 2) | 2,
        4,
        0,
        (4 << 2) | 1,
        3,
        (15 << 2) | 3,
        2,
        0,
        0,
        0,
      ]);
      await fuzz(
        "snappy",
        (random) => mutate(block, random),
        async (input) => {
          try {
            return new Map([
              ["block", { dtype: "uint8", dims: [1], data: decodeSnappy(input, 1 << 20).subarray(0, 1) }],
            ]);
          } catch (error) {
            if (error instanceof RangeError) return undefined;
            throw error;
          }
        },
        () => undefined,
      );
    },
    TIME_LIMIT,
  );
});

describe("small files give settings that hold, or none", () => {
  const oneFile = (name: string, content: Uint8Array): FileSet => ({
    path: "model",
    names: [name],
    pathOf: (file) => `model/${file}`,
    kindOf: async () => undefined,
    open: async (file) => ({ ...memorySource(content, `model/${file}`), close: async () => {} }),
  });

  it(
    "config.json",
    async () => {
      const weights = (await open(golden("model.safetensors")))!;
      await fuzz(
        "config.json",
        (random) => mutate(golden("config.json"), random),
        async (input) => {
          const { config } = await readConfig(oneFile("config.json", input));
          const { parameters } = tokenClassifierForInference(parseBertConfig(config), 3);
          return loadParameters(parameters, weights);
        },
        within(golden("model.safetensors").length),
      );
    },
    TIME_LIMIT,
  );

  it(
    "tokenizer.json",
    async () => {
      const pieces = new TextDecoder().decode(golden("vocab.txt")).trimEnd().split("\n");
      const tokenizer = {
        normalizer: { type: "BertNormalizer", lowercase: false },
        model: { type: "WordPiece", vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])) },
      };
      const text = new TextEncoder().encode(JSON.stringify(tokenizer));
      await fuzz(
        "tokenizer.json",
        (random) => mutate(text, random),
        async (input) => {
          const { vocabulary, settings } = await readTokenizerFiles(oneFile("tokenizer.json", input));
          expect(settings["do_lower_case"]).toBeTypeOf("boolean");
          expect(vocabulary.endsWith("\n")).toBe(true);
          return new Map();
        },
        () => undefined,
      );
    },
    TIME_LIMIT,
  );
});

describe("archives give the right values or none", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "biobert-fuzz-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const packed = golden("biobert_tiny.tar.gz");
  const run = async (input: Uint8Array): Promise<Tensors> => {
    const path = join(folder, "archive");
    writeFileSync(path, input);
    const files = await readModelFiles(path);
    return readWeights(files.weightsPath!, readAll);
  };
  // These write a file each, which is slower.
  const inputs = Math.ceil(INPUTS / 10);

  it.each([
    ["gzip-compressed", packed],
    ["not compressed", new Uint8Array(gunzipSync(packed))],
  ])(
    "%s",
    async (name, bytes) => {
      await fuzz(name, (random) => mutate(bytes, random), run, asIn((await open(index, data))!), inputs);
    },
    TIME_LIMIT,
  );
});
