// The vocabulary as a trie in a double array (Aoe 1989): a step from state s on symbol c goes to t = base[s] + c when
// check[t] = s. Two roots: pieces that begin a word and pieces that go on one (`##`). Lookup makes no strings.

/** State from which pieces that begin a word are matched. */
export const WORD_START = 0;
/** State from which pieces that continue a word (`##...`) are matched. */
export const WORD_CONTINUATION = 1;

/** Longest-match lookup of code points in a fixed list of word pieces. */
export class PieceTrie {
  /** Id of the piece that the last successful `longestMatch` found. */
  matched = -1;
  private readonly symbols = new Uint16Array(0x10000); // 0: no piece has this character
  private readonly astralSymbols = new Map<number, number>();
  private symbolCount = 0;
  private cells = new Int32Array(1 << 16); // base and check of a state, side by side
  private ids = new Int32Array(1 << 15); // piece that ends at a state, or -1
  private searchFrom = 2;

  /** Builds the trie; `pieces[i]` has id `i`, and of equal pieces the last one counts. */
  constructor(pieces: readonly string[]) {
    this.cells.fill(-1);
    this.ids.fill(-1);
    const starts: Key[] = [];
    const continuations: Key[] = [];
    for (const [id, piece] of pieces.entries()) {
      const continues = piece.length > 2 && piece.startsWith("##");
      const text = continues ? piece.slice(2) : piece;
      (continues ? continuations : starts).push({ text, symbols: this.symbolsOf(text), id });
    }
    this.place(starts, WORD_START);
    this.place(continuations, WORD_CONTINUATION);
  }

  /**
   * Finds the longest piece that `codePoints[from], codePoints[from + 1], ...` begins with, not going past `to`.
   * Returns where it ends and sets `matched`; returns `from` when there is none.
   */
  longestMatch(codePoints: Int32Array, from: number, to: number, root: number): number {
    const { cells, ids, symbols } = this;
    let state = root;
    let end = from;
    for (let at = from; at < to; at++) {
      const codePoint = codePoints[at];
      const symbol = codePoint < 0x10000 ? symbols[codePoint] : (this.astralSymbols.get(codePoint) ?? 0);
      const target = cells[state << 1] + symbol;
      if (symbol === 0 || cells[(target << 1) | 1] !== state) break;
      state = target;
      if (ids[state] >= 0) {
        end = at + 1;
        this.matched = ids[state];
      }
    }
    return end;
  }

  private symbolsOf(text: string): number[] {
    const result: number[] = [];
    for (const character of text) {
      const codePoint = character.codePointAt(0)!;
      const known = codePoint < 0x10000 ? this.symbols[codePoint] : this.astralSymbols.get(codePoint);
      const symbol = known || ++this.symbolCount;
      if (codePoint < 0x10000) this.symbols[codePoint] = symbol;
      else this.astralSymbols.set(codePoint, symbol);
      result.push(symbol);
    }
    return result;
  }

  /** Puts the keys of one root into the array: sorted, each state's keys are one range and each child's a part of it. */
  private place(keys: Key[], root: number): void {
    keys.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.id - b.id));
    const pending = [{ state: root, low: 0, high: keys.length, depth: 0 }];
    for (let job = pending.pop(); job !== undefined; job = pending.pop()) {
      const { state, high, depth } = job;
      let { low } = job;
      while (low < high && keys[low].symbols.length === depth) this.ids[state] = keys[low++].id;
      const children: { symbol: number; low: number }[] = [];
      for (let i = low; i < high; i++) {
        const symbol = keys[i].symbols[depth];
        if (children.at(-1)?.symbol !== symbol) children.push({ symbol, low: i });
      }
      const base = this.freeBase(children);
      this.cells[state << 1] = base;
      for (const [i, child] of children.entries()) {
        this.cells[((base + child.symbol) << 1) | 1] = state;
        pending.push({
          state: base + child.symbol,
          low: child.low,
          high: children[i + 1]?.low ?? high,
          depth: depth + 1,
        });
      }
    }
  }

  /** The first base at which every child's cell is free, with room for a lookup of any symbol. */
  private freeBase(children: readonly { symbol: number }[]): number {
    if (children.length === 0) return 0;
    const smallest = Math.min(...children.map((child) => child.symbol));
    let slot = Math.max(this.searchFrom, smallest + 1);
    let tried = 0;
    let taken = 0;
    for (; ; slot++) {
      const base = slot - smallest;
      this.reserve(base + this.symbolCount + 1);
      tried++;
      if (this.cells[(slot << 1) | 1] >= 0) taken++;
      else if (children.every((child) => this.cells[((base + child.symbol) << 1) | 1] < 0)) {
        // Skip the beginning of the array in later searches once it is nearly full.
        if (tried > 16 && taken >= 0.95 * tried) this.searchFrom = slot;
        return base;
      }
    }
  }

  private reserve(states: number): void {
    if (states <= this.ids.length) return;
    const size = Math.max(states, this.ids.length * 2);
    const cells = new Int32Array(size * 2).fill(-1);
    const ids = new Int32Array(size).fill(-1);
    cells.set(this.cells);
    ids.set(this.ids);
    this.cells = cells;
    this.ids = ids;
  }
}

interface Key {
  text: string;
  symbols: number[];
  id: number;
}
