// Checkpoints that PyTorch and TensorFlow wrote, read back value by value, and those that nobody should have written, refused.

import { describe, expect, it } from "vitest";
import { crc32, crc32c, maskedCrc32c } from "../../src/formats/checksum.ts";
import { memorySource, openTensorFlow, openTorchLegacy, openTorchZip } from "../../src/formats/index.ts";
import { decodeSnappy } from "../../src/formats/tensorflow/snappy.ts";
import { readTable } from "../../src/formats/tensorflow/table.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { expected, golden, openBytes, readAll, TENSORFLOW } from "../support/checkpoints.ts";
import { Pickle, storedZip, table } from "../support/checkpoint-writers.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("checksums", () => {
  it("are those of the standards' check values", () => {
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
    expect(crc32c(text("123456789"))).toBe(0xe3069283);
    // RFC 3720, B.4: 32 bytes of zeros; LevelDB's crc32c_test: masking is no identity, twice neither.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(maskedCrc32c(0)).toBe(0xa282ead8);
  });

  it("go on where they stopped", () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) & 255);
    for (const cut of [0, 1, 7, 8, 9, 500, 1000]) {
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
    }
  });
});

function plain({ data }: HostTensor): (number | string)[] {
  return Array.from(data as Float32Array, (value: number | bigint) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

describe("PyTorch's files", () => {
  it.each(["views.bin", "views-legacy.bin"])("give every type, view, stride and offset: %s", async (name) => {
    const tensors = await readAll((await openBytes(golden(name)))!);
    expect([...tensors.keys()]).toEqual(Object.keys(expected.views));
    for (const [key, { dims, values }] of Object.entries(expected.views)) {
      expect(tensors.get(key)!.dims, `of ${key}`).toEqual(dims);
      expect(plain(tensors.get(key)!), `of ${key}`).toEqual(
        values.map((value) => (typeof value === "boolean" ? Number(value) : value)),
      );
    }
  });

  it.each([
    ["torch.bin", (name: string) => name],
    ["torch-legacy.bin", (name: string) => name],
    [
      "torch-old-names.bin",
      (name: string) =>
        name
          .replace(/^bert\./, "")
          .replace("LayerNorm.weight", "LayerNorm.gamma")
          .replace("LayerNorm.bias", "LayerNorm.beta"),
    ],
  ])("hold what the safetensors file holds: %s", async (name, rename) => {
    const wanted = await readAll((await openBytes(golden("model.safetensors")))!);
    const found = await readAll((await openBytes(golden(name)))!);
    for (const [key, tensor] of wanted) expect(found.get(rename(key)), `of ${key}`).toEqual(tensor);
    found.delete("embeddings.position_ids");
    expect(found.size).toBe(wanted.size);
  });
});

const pickled = (build: (pickle: Pickle) => void): Uint8Array => {
  const pickle = new Pickle();
  build(pickle);
  return pickle.bytes();
};
const inZip = (pickle: Uint8Array, more: [string, Uint8Array][] = []): Uint8Array =>
  storedZip([["archive/data.pkl", pickle], ...more]);
const failure = async (bytes: Uint8Array): Promise<unknown> =>
  (bytes[0] === 0x50 ? openTorchZip : openTorchLegacy)(memorySource(bytes, "evil.bin"))
    .then(readAll)
    .catch((error: unknown) => error);
/** `{"w": tensor}`, one float in storage "0". */
const oneTensor = (
  dims: number[],
  strides: number[],
  options: { offset?: number; length?: number; storage?: string } = {},
): Uint8Array =>
  pickled((p) =>
    p
      .dictionary()
      .text("w")
      .tensor(options.storage ?? "FloatStorage", "0", options.length ?? 1, options.offset ?? 0, dims, strides)
      .setItem(),
  );
const FLOAT: [string, Uint8Array] = ["archive/data/0", Uint8Array.of(0, 0, 0x80, 0x3f)];

describe("a pickle", () => {
  it.each([
    ["posix", "system"],
    ["nt", "system"],
    ["builtins", "eval"],
    ["__builtin__", "exec"],
    ["subprocess", "Popen"],
    ["torch", "load"],
    ["torch._utils", "_rebuild_tensor_v2.__globals__"],
    ["collections", "OrderedDict.fromkeys"],
    ["transformers.training_args", "TrainingArguments"],
    ["numpy.core.multiarray", "_reconstruct"],
  ])("that would call %s.%s is refused by that name", async (module, name) => {
    for (const protocol4 of [false, true]) {
      const evil = pickled((p) => p.global(module, name, protocol4).mark().text("touch /tmp/owned").tuple().reduce());
      for (const bytes of [
        inZip(evil),
        new Uint8Array([...golden("torch-legacy.bin").subarray(0, 15), 0x80, 2, 0x4d, 0xe9, 3, 0x2e, ...evil]),
      ]) {
        expect(await failure(bytes)).toMatchObject({
          code: "model-unsafe",
          message: expect.stringContaining(`${module}.${name}`),
          place: { file: "evil.bin" },
        });
      }
    }
  });

  it("reads one float where nothing is wrong", async () => {
    const tensors = (await failure(inZip(oneTensor([1], [1]), [FLOAT]))) as Map<string, HostTensor>;
    expect([...tensors]).toEqual([["w", { dtype: "float32", dims: [1], data: Float32Array.of(1) }]]);
  });

  it.each<[string, Uint8Array, string]>([
    ["reaches beyond its storage", oneTensor([2], [1]), "model-damaged"],
    ["starts beyond its storage", oneTensor([1], [1], { offset: 1 }), "model-damaged"],
    ["repeats one element a billion times", oneTensor([1_000_000_000], [0]), "model-damaged"],
    [
      "has dimensions whose product overflows",
      oneTensor([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], [0, 0, 0]),
      "model-damaged",
    ],
    ["has strides that overflow", oneTensor([2 ** 31 - 1, 2 ** 31 - 1], [2 ** 31 - 1, 2 ** 31 - 1]), "model-damaged"],
    ["has fewer strides than dimensions", oneTensor([1, 1], [1]), "model-damaged"],
    ["has a negative stride", oneTensor([1], [-1]), "model-damaged"],
    ["claims a larger storage than there is", oneTensor([1], [1], { length: 2 ** 31 - 1 }), "model-damaged"],
    ["is complex", oneTensor([1], [1], { storage: "ComplexFloatStorage" }), "unsupported"],
    ["is of no type known", oneTensor([1], [1], { storage: "EvilStorage" }), "unsupported"],
  ])("with a tensor that %s is refused", async (_what, pickle, code) => {
    expect(await failure(inZip(pickle, [FLOAT]))).toMatchObject({ code });
  });

  it.each<[string, number[]]>([
    ["nothing", []],
    ["no end", [0x80, 2, 0x7d]],
    ["nothing on its stack", [0x80, 2, 0x2e]],
    ["an item for no dictionary", [0x80, 2, 0x5d, 0x4e, 0x4e, 0x73, 0x2e]],
    ["an unknown memory", [0x80, 2, 0x68, 7, 0x2e]],
    ["a mark only", [0x80, 2, 0x28, 0x2e]],
    ["a close without opening", [0x80, 2, 0x74, 0x2e]],
    ["values left over", [0x80, 2, 0x4e, 0x4e, 0x2e]],
    ["text of 4 GB", [0x80, 2, 0x58, 0xff, 0xff, 0xff, 0xff, 0x2e]],
    ["text that is not UTF-8", [0x80, 2, 0x58, 1, 0, 0, 0, 0xff, 0x2e]],
    ["a list and no dictionary", [0x80, 2, 0x5d, 0x2e]],
    ["protocol 0", [0x28, 0x64, 0x70, 0x30, 0x0a, 0x2e]],
    ["an operation that makes objects", [0x80, 2, 0x7d, 0x29, 0x81, 0x2e]],
  ])("of %s is refused", async (_what, bytes) => {
    const error = await failure(inZip(Uint8Array.from(bytes)));
    expect(["model-damaged", "unsupported"]).toContain((error as { code: string }).code);
  });

  it("that fills the memory is refused before it does", async () => {
    const many = new Uint8Array(8_000_000).fill(0x5d);
    many.set([0x80, 2]);
    expect(await failure(inZip(many))).toMatchObject({ code: "model-unsafe" });
    many.fill(0x28, 2);
    expect(await failure(inZip(many))).toMatchObject({ code: "model-unsafe" });
  });

  it("that names a key twice does not silently take the last", async () => {
    const twice = pickled((p) => {
      p.dictionary();
      for (let i = 0; i < 2; i++) p.text("w").tensor("FloatStorage", "0", 1, 0, [1], [1]).setItem();
    });
    expect(await failure(inZip(twice, [FLOAT]))).toMatchObject({ code: "model-damaged", place: { name: "w" } });
  });
});

describe("a zip archive", () => {
  const sound = inZip(oneTensor([1], [1]), [FLOAT]);
  const edited = (edit: (view: DataView, directory: number, bytes: Uint8Array) => void): Uint8Array => {
    const bytes = Uint8Array.from(sound);
    const view = new DataView(bytes.buffer);
    edit(view, view.getUint32(bytes.length - 6, true), bytes);
    return bytes;
  };

  it.each<[string, Uint8Array, string]>([
    ["compressed entries", edited((view, at) => view.setUint16(at + 10, 8, true)), "unsupported"],
    ["encrypted entries", edited((view, at) => view.setUint16(at + 8, 1, true)), "unsupported"],
    [
      "an entry larger than the file",
      edited((view, at) => {
        view.setUint32(at + 20, 1e9, true);
        view.setUint32(at + 24, 1e9, true);
      }),
      "model-damaged",
    ],
    ["two sizes of one entry", edited((view, at) => view.setUint32(at + 24, 3, true)), "model-damaged"],
    [
      "zip64 sizes that are not there",
      edited((view, at) => view.setUint32(at + 24, 0xffffffff, true)),
      "model-damaged",
    ],
    ["a wrong checksum", edited((_view, _at, bytes) => bytes.set([0x41], bytes.indexOf(0x3f))), "model-damaged"],
    [
      "more entries than its directory holds",
      edited((view) => view.setUint16(sound.length - 12, 3, true)),
      "model-damaged",
    ],
    [
      "fewer entries than its directory holds",
      edited((view) => view.setUint16(sound.length - 12, 1, true)),
      "model-damaged",
    ],
    [
      "a directory that lies elsewhere",
      edited((view, at) => view.setUint32(sound.length - 6, at + 46, true)),
      "model-damaged",
    ],
    ["no end", sound.subarray(0, -1), "model-damaged"],
    ["no pickle", storedZip([["archive/readme", text("hello")]]), "unsupported"],
    ["TorchScript", inZip(oneTensor([1], [1]), [FLOAT, ["archive/constants.pkl", text("")]]), "unsupported"],
    ["big-endian numbers", inZip(oneTensor([1], [1]), [FLOAT, ["archive/byteorder", text("big")]]), "unsupported"],
    [
      "two entries of one name",
      storedZip([
        ["a/data.pkl", text("")],
        ["a/data.pkl", text("")],
      ]),
      "model-damaged",
    ],
    ["no storage", inZip(oneTensor([1], [1])), "model-damaged"],
    ["a longer storage", inZip(oneTensor([1], [1]), [["archive/data/0", new Uint8Array(8)]]), "model-damaged"],
  ])("with %s is refused", async (_what, bytes, code) => {
    expect(await failure(bytes)).toMatchObject({ code });
  });

  it("whose entries overlap is refused", async () => {
    // Both entries of the directory point at the first: the same bytes would be read again and again.
    const bytes = edited((view, at) => {
      const second = at + 46 + view.getUint16(at + 28, true);
      view.setUint32(second + 42, view.getUint32(at + 42, true), true);
    });
    expect(await failure(bytes)).toMatchObject({ code: "model-damaged", message: expect.stringContaining("overlap") });
  });
});

describe("TensorFlow's files", () => {
  it("hold what the safetensors file holds, kernels transposed", async () => {
    const tensors = await readAll(
      (await openBytes(golden(`${TENSORFLOW}.index`), golden(`${TENSORFLOW}.data-00000-of-00001`)))!,
    );
    const theirs = await readAll((await openBytes(golden("model.safetensors")))!);
    expect(tensors.get("bert/embeddings/word_embeddings")).toEqual(
      theirs.get("bert.embeddings.word_embeddings.weight"),
    );
    expect(tensors.get("bert/encoder/layer_1/output/LayerNorm/gamma")).toEqual(
      theirs.get("bert.encoder.layer.1.output.LayerNorm.weight"),
    );
    const kernel = tensors.get("bert/encoder/layer_0/intermediate/dense/kernel")!;
    const weight = theirs.get("bert.encoder.layer.0.intermediate.dense.weight")!;
    expect([kernel.dims, weight.dims]).toEqual([
      [8, 12],
      [12, 8],
    ]);
    expect(kernel.data[3 * 12 + 5]).toBe(weight.data[5 * 8 + 3]);
    expect(tensors.get("global_step")).toEqual({ dtype: "int64", dims: [], data: BigInt64Array.of(1000000n) });
  });

  it("are refused with the tensor's name when a byte of it is wrong", async () => {
    const data = golden(`${TENSORFLOW}.data-00000-of-00001`);
    data[0]! ^= 1;
    const source = (await openBytes(golden(`${TENSORFLOW}.index`), data))!;
    const errors: unknown[] = [];
    for (const name of source.tensors.keys()) await source.read(name).catch((error: unknown) => errors.push(error));
    expect(errors).toMatchObject([
      {
        code: "model-damaged",
        message: expect.stringContaining("checksum"),
        place: { name: "bert/embeddings/LayerNorm/beta" },
      },
    ]);
    const short = (await openBytes(golden(`${TENSORFLOW}.index`), data.subarray(0, 40)))!;
    await expect(short.read("bert/embeddings/word_embeddings")).rejects.toMatchObject({
      code: "model-damaged",
      place: { name: "bert/embeddings/word_embeddings" },
    });
  });

  const HEADER = Uint8Array.of(0x08, 1, 0x1a, 2, 0x08, 1);
  const entryOf = (dims: bigint[], size: bigint, type = 1): Uint8Array => {
    const varint = (value: bigint): number[] =>
      value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
    const shape = dims.flatMap((dim) => {
      const field = [0x08, ...varint(dim)];
      return [0x12, field.length, ...field];
    });
    return Uint8Array.from([0x08, type, 0x12, shape.length, ...shape, 0x28, ...varint(size)]);
  };
  const opened = (entries: [string, Uint8Array][], compressed = false): Promise<unknown> =>
    openTensorFlow(memorySource(table(entries, compressed), "x.index"), async () =>
      memorySource(new Uint8Array()),
    ).catch((error: unknown) => error);

  it.each<[string, [string, Uint8Array][], string]>([
    ["no header", [["w", entryOf([1n], 4n)]], "model-damaged"],
    ["big-endian numbers", [["", Uint8Array.of(0x08, 1, 0x10, 1)]], "unsupported"],
    ["a million data files", [["", Uint8Array.of(0x08, 0xc0, 0x84, 0x3d)]], "model-damaged"],
    [
      "sizes that overflow",
      [
        ["", HEADER],
        ["w", entryOf([2n ** 62n, 2n ** 62n], 4n)],
      ],
      "model-damaged",
    ],
    [
      "a negative size",
      [
        ["", HEADER],
        ["w", entryOf([2n ** 64n - 1n], 4n)],
      ],
      "model-damaged",
    ],
    [
      "a size that is not the shape's",
      [
        ["", HEADER],
        ["w", entryOf([3n], 4n)],
      ],
      "model-damaged",
    ],
    [
      "an entry that is cut off",
      [
        ["", HEADER],
        ["w", entryOf([3n], 12n).subarray(0, 4)],
      ],
      "model-damaged",
    ],
    [
      "keys out of order",
      [
        ["", HEADER],
        ["w", entryOf([1n], 4n)],
        ["v", entryOf([1n], 4n)],
      ],
      "model-damaged",
    ],
    [
      "a key twice",
      [
        ["", HEADER],
        ["w", entryOf([1n], 4n)],
        ["w", entryOf([1n], 4n)],
      ],
      "model-damaged",
    ],
  ])("with %s are refused", async (_what, entries, code) => {
    expect(await opened(entries)).toMatchObject({ code });
  });

  it("may have an index in compressed blocks", async () => {
    const source = (await opened(
      [
        ["", HEADER],
        ["w", entryOf([1n], 4n)],
      ],
      true,
    )) as { tensors: Map<string, unknown> };
    expect([...source.tensors]).toEqual([["w", { dtype: "float32", dims: [1] }]]);
  });

  it("have an index in which every byte but the footer's padding counts", () => {
    const index = golden(`${TENSORFLOW}.index`);
    const sound = JSON.stringify([...readTable(index, "x")]);
    let unnoticed = 0;
    for (let i = 0; i < index.length; i++) {
      const changed = Uint8Array.from(index);
      changed[i]! ^= 0x10;
      try {
        expect(JSON.stringify([...readTable(changed, "x")])).toBe(sound);
        unnoticed++;
      } catch (error) {
        expect(error).toMatchObject({ code: "model-damaged" });
      }
    }
    // The meta-index, which nothing is read from, and the padding behind the two handles.
    expect(unnoticed).toBeLessThan(64);
  });
});

describe("Snappy", () => {
  it("knows literals and copies of all sizes, also those that reach into themselves", () => {
    const decode = (...bytes: number[]): string => new TextDecoder().decode(decodeSnappy(Uint8Array.from(bytes), 1000));
    expect(decode(5, 4 << 2, ...text("hello"))).toBe("hello");
    expect(decode(10, 1 << 2, ...text("ab"), (4 << 2) | 1 | (0 << 5), 2)).toBe("ababababab");
    expect(decode(8, 3 << 2, ...text("abcd"), (3 << 2) | 2, 4, 0)).toBe("abcdabcd");
    expect(decode(8, 3 << 2, ...text("abcd"), (3 << 2) | 3, 4, 0, 0, 0)).toBe("abcdabcd");
    expect(decode(3, 60 << 2, 2, ...text("abc"))).toBe("abc");
  });

  it.each([
    [],
    [5, 4 << 2, 1],
    [4, 0, 97, (3 << 2) | 2, 2, 0],
    [4, 0, 97, (3 << 2) | 2, 0, 0],
    [2, 0, 97],
    [1, 1 << 2, 97, 98],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0xff, 0x07, 0, 97],
  ])("refuses %j", (...bytes: number[]) => {
    expect(() => decodeSnappy(Uint8Array.from(bytes), 1 << 26)).toThrow(RangeError);
  });
});
