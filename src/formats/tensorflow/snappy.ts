// Snappy's raw format (google/snappy, format_description.txt), decoding only: some TensorFlow versions compress the blocks of
// a checkpoint's index with it. The length is declared first and never exceeded.

/**
 * Decodes a block. `largest` bounds the declared length, in bytes.
 * @throws RangeError for a block that is not sound or too large.
 */
export function decodeSnappy(block: Uint8Array, largest: number): Uint8Array {
  let at = 0;
  const next = (): number => {
    if (at >= block.length) throw new RangeError("the block is cut off");
    return block[at++]!;
  };
  let length = 0;
  for (let scale = 1, more = true; more; scale *= 128) {
    const byte = next();
    length += (byte & 127) * scale;
    more = byte >= 128;
    if (scale > 2 ** 28) throw new RangeError("the length is too long");
  }
  // No copy makes more than 64 bytes of 2.
  if (length > largest || length > 64 * block.length) throw new RangeError(`the block claims ${length} bytes`);
  const output = new Uint8Array(length);
  let to = 0;
  const little = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += next() * 256 ** i;
    return value;
  };
  while (at < block.length) {
    const tag = next();
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const count = 1 + (short < 60 ? short : little(short - 59));
      if (at + count > block.length || to + count > length) throw new RangeError("a literal is cut off");
      output.set(block.subarray(at, at + count), to);
      at += count;
      to += count;
      continue;
    }
    const count = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const offset = kind === 1 ? ((tag >> 5) << 8) + next() : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > to || to + count > length) throw new RangeError("a copy points outside");
    // Byte by byte: a copy may reach into what it writes.
    for (let i = 0; i < count; i++, to++) output[to] = output[to - offset]!;
  }
  if (to !== length) throw new RangeError(`the block holds ${to} bytes, not the ${length} it claims`);
  return output;
}
