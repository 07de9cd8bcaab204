// Offsets in Unicode code points (PubTator, BioC, Python) against offsets in UTF-16 units (JavaScript).

/** Turns offsets in one text from either unit into the other; both functions are the identity where no character needs two units. */
export class OffsetMap {
  /** Length of the text in code points. */
  readonly codePoints: number;
  private readonly units: number;
  /** UTF-16 offset of each code point, and of the end; absent where the two units agree. */
  private readonly table: Uint32Array | undefined;

  constructor(text: string) {
    this.units = text.length;
    if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) {
      this.codePoints = text.length;
      return;
    }
    const table = new Uint32Array(text.length + 1);
    let count = 0;
    for (let unit = 0; unit < text.length; unit += text.codePointAt(unit)! > 0xffff ? 2 : 1) table[count++] = unit;
    table[count] = text.length;
    this.codePoints = count;
    this.table = table.subarray(0, count + 1);
  }

  /** UTF-16 offset of a code point offset; undefined beyond the end of the text. */
  toUnits(codePoint: number): number | undefined {
    if (!Number.isInteger(codePoint) || codePoint < 0 || codePoint > this.codePoints) return undefined;
    return this.table === undefined ? codePoint : this.table[codePoint]!;
  }

  /** Code point offset of a UTF-16 offset (of the whole character, when it lies inside one); undefined beyond the end. */
  toCodePoints(unit: number): number | undefined {
    if (!Number.isInteger(unit) || unit < 0 || unit > this.units) return undefined;
    if (this.table === undefined) return unit;
    let low = 0;
    let high = this.codePoints;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.table[middle]! <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
