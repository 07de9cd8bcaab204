// `pytorch_model.bin` as `torch.save(state_dict)` lays it out since PyTorch 1.6: a zip archive of stored entries, each at a
// multiple of 64 bytes, with one pickle of protocol 2 and one storage a tensor. Archives beyond 4 GB (zip64) are left out.

import { crc32 } from "../checksum.ts";
import { unsupportedModel } from "../damage.ts";
import type { DType, HostTensor } from "../../tensor/index.ts";

const STORAGES: Partial<Record<DType, string>> = {
  float32: "FloatStorage",
  float64: "DoubleStorage",
  float16: "HalfStorage",
  int64: "LongStorage",
  int32: "IntStorage",
  int8: "CharStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
};

const ROOT = "archive";
const ALIGNMENT = 64;
const LARGEST = 2 ** 32 - 1;

/**
 * Encodes tensors as the chunks of a file that `torch.load(..., weights_only=True)` reads into a dictionary, in their order.
 * @throws BiobertError `unsupported` for a type that PyTorch has no storage for, and beyond 4 GB.
 */
export function encodeTorch(tensors: ReadonlyMap<string, HostTensor>): Uint8Array[] {
  const entries: [string, Uint8Array][] = [
    ["data.pkl", pickleOf(tensors)],
    ["byteorder", ascii("little")],
  ];
  let key = 0;
  for (const { data } of tensors.values())
    entries.push([`data/${key++}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
  entries.push(["version", ascii("3\n")]);
  return zipOf(entries.map(([name, content]) => [`${ROOT}/${name}`, content]));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An OrderedDict of tensors, each a call of `_rebuild_tensor_v2` on its storage. */
function pickleOf(tensors: ReadonlyMap<string, HostTensor>): Uint8Array {
  const codes: number[] = [0x80, 2];
  const add = (...bytes: number[]): void => {
    for (const byte of bytes) codes.push(byte);
  };
  const text = (value: string): void => {
    const bytes = ascii(value);
    add(0x58, ...little(4, bytes.length), ...bytes);
  };
  const global = (module: string, name: string): void => add(0x63, ...ascii(`${module}\n${name}\n`));
  const integer = (value: number): void => {
    if (value < 2 ** 31) add(0x4a, ...little(4, value));
    else add(0x8a, 8, ...little(8, value));
  };
  const integers = (values: readonly number[]): void => {
    add(0x28);
    values.forEach(integer);
    add(0x74);
  };
  const emptyDictionary = (): void => {
    global("collections", "OrderedDict");
    add(0x29, 0x52);
  };
  emptyDictionary();
  let key = 0;
  for (const [name, { dtype, dims, data }] of tensors) {
    const storage = STORAGES[dtype];
    if (storage === undefined) throw unsupportedModel(undefined, `PyTorch has no storage of ${dtype}`, name);
    text(name);
    global("torch._utils", "_rebuild_tensor_v2");
    add(0x28, 0x28);
    text("storage");
    global("torch", storage);
    text(String(key++));
    text("cpu");
    integer(data.length);
    add(0x74, 0x51); // the tuple is a persistent id
    integer(0);
    integers(dims);
    integers(dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1)));
    add(0x89); // requires no gradient
    emptyDictionary();
    add(0x74, 0x52, 0x73);
  }
  add(0x2e);
  return Uint8Array.from(codes);
}

function zipOf(entries: readonly [string, Uint8Array][]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const directory: number[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const path = ascii(name);
    const sizes = [
      ...little(4, crc32(content)),
      ...little(4, content.length),
      ...little(4, content.length),
      ...little(2, path.length),
    ];
    const start = offset + 30 + path.length + 4;
    const padding = (ALIGNMENT - (start % ALIGNMENT)) % ALIGNMENT;
    // As PyTorch does it: an extra field "FB" as long as it takes.
    const extra = [0x46, 0x42, ...little(2, padding), ...new Array<number>(padding).fill(0x5a)];
    const head = Uint8Array.from([
      0x50,
      0x4b,
      3,
      4,
      0,
      0,
      0,
      8,
      0,
      0,
      0,
      0,
      0,
      0,
      ...sizes,
      ...little(2, extra.length),
      ...path,
      ...extra,
    ]);
    for (const byte of [
      0x50,
      0x4b,
      1,
      2,
      0,
      0,
      0,
      0,
      0,
      8,
      0,
      0,
      0,
      0,
      0,
      0,
      ...sizes,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...little(4, offset),
      ...path,
    ]) {
      directory.push(byte);
    }
    chunks.push(head, content);
    offset += head.length + content.length;
    if (offset + directory.length > LARGEST)
      throw unsupportedModel(undefined, "a PyTorch file beyond 4 GB", undefined, "Write safetensors instead.");
  }
  const end = [
    0x50,
    0x4b,
    5,
    6,
    0,
    0,
    0,
    0,
    ...little(2, entries.length),
    ...little(2, entries.length),
    ...little(4, directory.length),
    ...little(4, offset),
    0,
    0,
  ];
  chunks.push(Uint8Array.from(directory), Uint8Array.from(end));
  return chunks;
}

function little(width: number, value: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) & 255);
}
