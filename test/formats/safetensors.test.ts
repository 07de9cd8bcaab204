// Safetensors against files of the reference library (reference/metrics_safetensors_golden.py) and against damaged ones.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeSafetensors, parseSafetensors } from "../../src/formats/index.ts";
import { type DType, type HostTensor, arrayFor, elementCount } from "../../src/tensor/index.ts";

const golden = readFileSync(new URL("golden/small.safetensors", import.meta.url));

function join(chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

/** A file with the header given as an object or as text, and `dataBytes` bytes of data. */
function file(header: object | string, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function failure(bytes: Uint8Array) {
  try {
    parseSafetensors(bytes, { file: "m.safetensors" });
  } catch (error) {
    const { code, message, place } = error as {
      code: string;
      message: string;
      place: { name?: string; file?: string };
    };
    return { code, message, place };
  }
  throw new Error("nothing was thrown");
}

/** "read", or the code of what was thrown (undefined for anything but a BiobertError). */
function outcome(bytes: Uint8Array): string | undefined {
  try {
    parseSafetensors(bytes);
    return "read";
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe("a file of the reference library", () => {
  const { tensors, metadata } = parseSafetensors(golden);
  const values = (name: string) => [...(tensors.get(name)!.data as Iterable<number | bigint>)];

  it("is read with every dtype", () => {
    expect(metadata).toEqual({ format: "pt" });
    expect(tensors.get("layer.0.weight")).toMatchObject({ dtype: "float32", dims: [2, 3] });
    expect(values("layer.0.weight")).toEqual([0.5, -1.25, Math.fround(3e38), Math.fround(1e-45), 0, -0]);
    expect(values("layer.0.bias")).toEqual([0.1, 0.2, 0.3].map(Math.fround));
    expect(values("double")).toEqual([0.1, -1e300]);
    expect(values("long")).toEqual([-(2n ** 62n), 7n]);
    expect(values("int")).toEqual([-(2 ** 31), 2 ** 31 - 1]);
    expect(values("byte")).toEqual([0, 1, 255]);
    expect(values("signed")).toEqual([-128, 127]);
    expect(tensors.get("flag")).toMatchObject({ dtype: "bool", dims: [3] });
    expect(values("flag")).toEqual([1, 0, 1]);
    expect(tensors.get("scalar")!.dims).toEqual([]);
    expect(values("scalar")).toEqual([4]);
    expect(tensors.get("empty")).toMatchObject({ dims: [0, 4] });
    expect(values("größe 😀")).toEqual([1, 2]);
    expect(tensors.size).toBe(14);
  });

  it("has its half and brain floats as float32", () => {
    expect(tensors.get("half")!.dtype).toBe("float32");
    expect(values("half")).toEqual([0, -0, 1, -2.5, 65504, 2 ** -14, 2 ** -24, 1023 * 2 ** -24, Infinity, -Infinity]);
    expect(tensors.get("brain")!.dtype).toBe("float32");
    // bfloat16 keeps 8 bits of precision: 3e38 and 1e-40 are the nearest it has.
    expect(values("brain").slice(0, 2)).toEqual([1, -0.15625]);
    expect(values("brain")[2]).toBeCloseTo(3e38, -37);
    expect(values("brain")[3]).toBe(1 * 2 ** -133);
  });

  it("is read the same at an odd place in memory, where views are impossible", () => {
    for (const shift of [1, 2, 4]) {
      const moved = new Uint8Array(golden.length + shift);
      moved.set(golden, shift);
      expect(parseSafetensors(moved.subarray(shift)).tensors).toEqual(tensors);
    }
  });

  it("is written byte for byte", () => {
    const written = new Set(["brain", "half"]);
    const rest = [...tensors].filter(([name]) => !written.has(name));
    const header = JSON.parse(golden.subarray(8, 8 + Number(golden.readBigUInt64LE(0))).toString()) as Record<
      string,
      unknown
    >;
    const order = Object.keys(header).filter((name) => name !== "__metadata__" && !written.has(name));
    const parsed = parseSafetensors(join(encodeSafetensors(rest.toReversed(), metadata)));
    expect([...parsed.tensors.keys()]).toEqual(order);
    const floats = rest.filter(([name]) => name.startsWith("layer."));
    expect(join(encodeSafetensors(floats, metadata))).toEqual(
      new Uint8Array(readFileSync(new URL("golden/floats.safetensors", import.meta.url))),
    );
  });
});

it("reads back what it writes, in whatever order the tensors come", () => {
  const dtype = fc.constantFrom<DType>("float32", "float64", "int32", "int64", "uint32", "uint8", "int8", "bool");
  const tensor: fc.Arbitrary<HostTensor> = fc
    .tuple(dtype, fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }))
    .map(([kind, dims]) => {
      const data = arrayFor(kind, elementCount(dims));
      new Uint8Array(data.buffer).forEach((_, i, bytes) => (bytes[i] = kind === "bool" ? i & 1 : (i * 37) & 0x3f));
      return { dtype: kind, dims, data };
    });
  const name = fc.string({ unit: "grapheme", maxLength: 8 });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 8 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      (tensors, metadata) => {
        const bytes = join(encodeSafetensors(tensors, metadata));
        expect(join(encodeSafetensors(tensors.toReversed(), metadata))).toEqual(bytes);
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
        const parsed = parseSafetensors(bytes);
        expect(parsed.tensors).toEqual(new Map(tensors));
        expect(Object.entries(parsed.metadata).sort()).toEqual(Object.entries(metadata).sort());
        for (const { data } of parsed.tensors.values()) expect(data.buffer).toBe(bytes.buffer);
      },
    ),
    { numRuns: 100 },
  );
});

it("writes a float16 tensor from its bits", () => {
  const halves: HostTensor = { dtype: "float16", dims: [2], data: Uint16Array.of(0x3c00, 0xc100) };
  expect(parseSafetensors(join(encodeSafetensors([["h", halves]]))).tensors.get("h")).toEqual({
    dtype: "float32",
    dims: [2],
    data: Float32Array.of(1, -2.5),
  });
});

it("refuses to write what it could not read", () => {
  const one: HostTensor = { dtype: "uint8", dims: [1], data: new Uint8Array(1) };
  expect(() => encodeSafetensors([["__metadata__", one]])).toThrow(/shape \[1\]/);
  expect(() => encodeSafetensors([["short", { ...one, dims: [2] }]])).toThrow(/shape \[2\]/);
});

describe("a damaged file", () => {
  const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });
  const cases: [string, Uint8Array, RegExp, string?][] = [
    ["is too short", new Uint8Array(7), /at least 8 bytes/],
    ["is cut within its header", file({ a: f32(0, 4) }, 4).subarray(0, 20), /the file ends after 12/],
    ["claims a huge header", new Uint8Array(16).fill(0xff), /more than 100000000/],
    ["has a header that is not JSON", file("{nonsense", 0), /not JSON/],
    ["has a header that is not UTF-8", file("\u0000", 0).fill(0xff, 8), /not JSON/],
    ["has a header that is no object", file("[]", 0), /not a JSON object/],
    [
      "names a tensor twice",
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        2,
      ),
      /twice/,
      "a",
    ],
    [
      "gives a field twice",
      file('{"a":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,2]}}', 2),
      /twice/,
      "shape",
    ],
    ["has metadata that are not strings", file({ __metadata__: { n: 1 } }, 0), /"n" is not a string/, "__metadata__"],
    ["has an entry that is no object", file({ a: null }, 0), /not an object/, "a"],
    ["lacks a dtype", file({ a: { shape: [], data_offsets: [0, 4] } }, 4), /no dtype/, "a"],
    [
      "has an unknown dtype",
      file({ a: { ...f32(0, 4), dtype: "constructor" } }, 4),
      /unknown dtype "constructor"/,
      "a",
    ],
    ["has a negative dimension", file({ a: f32(0, 4, [-1]) }, 4), /whole numbers/, "a"],
    ["has a fractional dimension", file({ a: f32(0, 4, [0.5]) }, 4), /whole numbers/, "a"],
    ["has a product of dimensions that overflows", file({ a: f32(0, 0, [2 ** 52, 2 ** 52]) }, 0), /needs/, "a"],
    ["has a shape of another size", file({ a: f32(0, 4, [2]) }, 4), /needs 8 bytes, the header gives it 4/, "a"],
    ["has one offset only", file({ a: { ...f32(0, 4), data_offsets: [0] } }, 4), /two whole numbers/, "a"],
    ["ends before it begins", file({ a: { ...f32(0, 4), data_offsets: [4, 0] } }, 4), /before they begin/, "a"],
    ["is cut within its data", file({ a: f32(0, 4), b: f32(4, 12) }, 7), /beyond the 7 bytes/, "b"],
    ["has overlapping tensors", file({ a: f32(0, 8), b: f32(4, 12) }, 12), /overlap/, "b"],
    ["has a gap", file({ a: f32(0, 4), b: f32(8, 12) }, 12), /4 bytes before it/, "b"],
    ["has bytes left over", file({ a: f32(0, 4) }, 6), /2 bytes at the end/],
  ];
  it.each(cases)("that %s is refused", (_, bytes, message, name) => {
    const error = failure(bytes);
    expect(error).toMatchObject({ code: "model-damaged", place: { file: "m.safetensors" } });
    expect(error.message).toMatch(message);
    expect(error.place.name).toBe(name);
  });

  it("of a dtype nobody computes with is called unsupported", () => {
    expect(failure(file({ a: { ...f32(0, 4, [4]), dtype: "F8_E4M3" } }, 4))).toMatchObject({
      code: "unsupported",
      place: { name: "a" },
    });
  });

  it("never gives anything but a BiobertError, whichever byte is changed or wherever it is cut", () => {
    const small = join(
      encodeSafetensors([["w", { dtype: "float32", dims: [2], data: Float32Array.of(1, 2) }]], { a: "b" }),
    );
    for (let i = 0; i < small.length; i++) {
      for (const value of [0, 0x22, 0x5c, 0x7b, 0x80, 0xff]) {
        const changed = small.slice();
        changed[i] = value;
        expect(["read", "model-damaged", "unsupported"]).toContain(outcome(changed));
      }
      expect(failure(small.subarray(0, i)).code).toBe("model-damaged");
    }
  });
});
