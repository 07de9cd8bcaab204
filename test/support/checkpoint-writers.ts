// Writers of the container formats for tests: sound by default, and in pieces so that a test can make them lie.

import { crc32, crc32c, maskedCrc32c } from "../../src/formats/checksum.ts";

const encoder = new TextEncoder();

function little(width: 2 | 4, ...values: number[]): number[] {
  return values.flatMap((value) => Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) & 255));
}

/** A zip archive of stored entries. */
export function storedZip(files: readonly [string, Uint8Array][]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const directory: number[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const path = encoder.encode(name);
    const common = [
      ...little(2, 0, 0, 0, 0),
      ...little(4, crc32(content), content.length, content.length),
      ...little(2, path.length, 0),
    ];
    const head = Uint8Array.from([0x50, 0x4b, 3, 4, ...little(2, 20), ...common, ...path]);
    directory.push(
      0x50,
      0x4b,
      1,
      2,
      ...little(2, 20, 20),
      ...common,
      ...little(2, 0, 0, 0),
      ...little(4, 0, offset),
      ...path,
    );
    chunks.push(head, content);
    offset += head.length + content.length;
  }
  const end = [
    0x50,
    0x4b,
    5,
    6,
    ...little(2, 0, 0, files.length, files.length),
    ...little(4, directory.length, offset),
    0,
    0,
  ];
  chunks.push(Uint8Array.from(directory), Uint8Array.from(end));
  return joined(chunks);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** A pickle of protocol 2, operation by operation. */
export class Pickle {
  private readonly codes: number[] = [0x80, 2];

  private add(...codes: number[]): this {
    this.codes.push(...codes);
    return this;
  }

  dictionary(): this {
    return this.add(0x7d);
  }

  text(value: string): this {
    const bytes = encoder.encode(value);
    return this.add(0x58, ...little(4, bytes.length), ...bytes);
  }

  number(value: number): this {
    return this.add(0x4a, ...little(4, value < 0 ? value + 2 ** 32 : value));
  }

  mark(): this {
    return this.add(0x28);
  }

  tuple(): this {
    return this.add(0x74);
  }

  global(module: string, name: string, byStack = false): this {
    if (byStack) return this.text(module).text(name).add(0x93);
    return this.add(0x63, ...encoder.encode(`${module}\n${name}\n`));
  }

  reduce(): this {
    return this.add(0x52);
  }

  setItem(): this {
    return this.add(0x73);
  }

  tensor(
    storage: string,
    key: string,
    length: number,
    offset: number,
    dims: readonly number[],
    strides: readonly number[],
  ): this {
    this.global("torch._utils", "_rebuild_tensor_v2").mark().mark();
    this.text("storage").global("torch", storage).text(key).text("cpu").number(length).tuple().add(0x51);
    this.number(offset);
    for (const list of [dims, strides]) {
      this.mark();
      for (const value of list) this.number(value);
      this.tuple();
    }
    return this.add(0x89).global("collections", "OrderedDict").mark().tuple().reduce().tuple().reduce();
  }

  bytes(): Uint8Array {
    return Uint8Array.from([...this.codes, 0x2e]);
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

/** A sorted string table of one data block, its entries as they are given, their keys not shared. */
export function table(entries: readonly [string, Uint8Array][], compressed = false): Uint8Array {
  const chunks: Uint8Array[] = [];
  let at = 0;
  const block = (contents: number[]): [number, number] => {
    // Snappy, literals only.
    const literals = (): number[] => {
      const pieces = varint(contents.length);
      for (let i = 0; i < contents.length; i += 60) {
        const piece = contents.slice(i, i + 60);
        pieces.push((piece.length - 1) << 2, ...piece);
      }
      return pieces;
    };
    const stored = compressed ? literals() : contents;
    const checked = Uint8Array.from([...stored, compressed ? 1 : 0]);
    chunks.push(checked, Uint8Array.from(little(4, maskedCrc32c(crc32c(checked)))));
    const handle: [number, number] = [at, stored.length];
    at += checked.length + 4;
    return handle;
  };
  const contentsOf = (items: readonly [string, Uint8Array][]): number[] => [
    ...items.flatMap(([key, value]) => [
      0,
      ...varint(key.length),
      ...varint(value.length),
      ...encoder.encode(key),
      ...value,
    ]),
    ...little(4, 0, 1),
  ];
  const data = block(contentsOf(entries));
  const meta = block(contentsOf([]));
  const index = block(contentsOf([["~", Uint8Array.from(data.flatMap(varint))]]));
  const footer = new Uint8Array(48);
  footer.set([...meta, ...index].flatMap(varint));
  footer.set([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb], 40);
  chunks.push(footer);
  return joined(chunks);
}
