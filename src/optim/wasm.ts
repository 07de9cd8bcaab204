// A small assembler for WebAssembly SIMD, enough for the optimiser's kernels: one pass over memory where a graph of
// element-wise operators would make fifteen. WebAssembly arithmetic is IEEE single precision without fused
// multiply-add, so the bits are the same on every machine. Opcodes: WebAssembly core specification 2.0, section 5.4.

import { invariant } from "../core/index.ts";

export type ValueKind = "i32" | "f32" | "v128";

const KIND: Record<ValueKind, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const byte = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? byte : byte | 0x80);
  } while (value !== 0);
  return bytes;
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (byte & 0x40) === 0) || (value === -1 && (byte & 0x40) !== 0)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

const simd = (code: number, ...rest: number[]): number[] => [0xfd, ...unsigned(code), ...rest];
/** Aligned to 4 bytes, `offset` bytes behind the pointer. */
const at = (offset: number): number[] => [2, ...unsigned(offset)];

/** The instructions used here; each is its bytes. */
export const op = {
  get: (local: number): number[] => [0x20, ...unsigned(local)],
  set: (local: number): number[] => [0x21, ...unsigned(local)],
  tee: (local: number): number[] => [0x22, ...unsigned(local)],
  constant: (value: number): number[] => [0x41, ...signed(value)],
  addI32: [0x6a],
  lessI32: [0x49],
  /** Repeats `body` while it leaves a nonzero i32. */
  loop: (body: readonly number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0x00, 0x0b],
  load: (offset = 0): number[] => simd(0x00, ...at(offset)),
  store: (offset = 0): number[] => simd(0x0b, ...at(offset)),
  splat: simd(0x13),
  squareRoot: simd(0xe3),
  add: simd(0xe4),
  subtract: simd(0xe5),
  multiply: simd(0xe6),
  divide: simd(0xe7),
  /** The low two singles of a vector as two doubles. */
  promoteLow: simd(0x5f),
  /** The high half of a vector moved to the low half. */
  highToLow: (local: number): number[] => [
    ...op.get(local),
    ...op.get(local),
    ...simd(0x0d, ...Array.from({ length: 16 }, (_, i) => (i + 8) % 16)),
  ],
  addDouble: simd(0xf0),
  multiplyDouble: simd(0xf2),
};

/** A function without a result. */
export interface KernelSource {
  parameters: readonly ValueKind[];
  locals: readonly ValueKind[];
  body: readonly number[];
}

/** Functions by name; they work on the memory they were given. */
export type Kernels = Record<string, (...numbers: number[]) => void>;

/** Assembles functions into a module that imports its memory, and checks it. */
export function assemble(sources: Readonly<Record<string, KernelSource>>): WebAssembly.Module {
  const entries = Object.entries(sources);
  const types = entries.map(([, { parameters }]) => [0x60, ...vector(parameters.map((kind) => [KIND[kind]])), 0x00]);
  const name = (text: string): number[] => vector([...new TextEncoder().encode(text)].map((byte) => [byte]));
  const memory = [...name("host"), ...name("memory"), 0x02, 0x00, 0x01];
  const exports = entries.map(([key], index) => [...name(key), 0x00, ...unsigned(index)]);
  const code = entries.map(([, { locals, body }]) => {
    const content = [...vector(locals.map((kind) => [1, KIND[kind]])), ...body, 0x0b];
    return [...unsigned(content.length), ...content];
  });
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(entries.map((_, index) => unsigned(index)))),
    ...section(7, vector(exports)),
    ...section(10, vector(code)),
  ]);
  invariant(WebAssembly.validate(bytes), "the assembled kernels are not valid WebAssembly");
  return new WebAssembly.Module(bytes);
}

/** The module's functions over `memory`. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { host: { memory } }).exports as Kernels;
}
