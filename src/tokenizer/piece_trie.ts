// The vocabulary as a trie whose edges live in one open-addressing hash table (linear probing, at most half full): an
// edge is found from (state, code point) in about one cache line, and a lookup makes no strings.

/** State from which pieces that begin a word are matched. */
export const WORD_START = 0;
/** State from which pieces that continue a word (`##...`) are matched. */
export const WORD_CONTINUATION = 1;

// An edge is four neighbouring numbers; one whose target is 0 is free, since no edge leads to a root.
const EDGE_BITS = 2;
const STATE = 0;
const CODE_POINT = 1;
const TARGET = 2;
const PIECE = 3; // id of the piece that ends here, or -1

/** Longest-match lookup of code points in a fixed list of word pieces. */
export class PieceTrie {
  /** Id of the piece that the last successful `longestMatch` found. */
  matched = -1;
  private edges = new Int32Array(1 << (10 + EDGE_BITS));
  private shift = 32 - 10; // the table has 2 ** (32 - shift) edges
  private states = 2;

  /** Builds the trie; `pieces[i]` has id `i`, and of equal pieces the last one counts. */
  constructor(pieces: readonly string[]) {
    for (let id = 0; id < pieces.length; id++) {
      const piece = pieces[id];
      const continues = piece.length > 2 && piece.startsWith("##");
      this.add(piece, continues ? 2 : 0, continues ? WORD_CONTINUATION : WORD_START, id);
    }
  }

  /**
   * Finds the longest piece that `codePoints[from], codePoints[from + 1], ...` begins with, not going past `to`.
   * Returns where it ends and sets `matched`; returns `from` when there is none.
   */
  longestMatch(codePoints: Int32Array, from: number, to: number, root: number): number {
    const { edges } = this;
    let state = root;
    let end = from;
    for (let at = from; at < to; at++) {
      const edge = this.find(state, codePoints[at]);
      state = edges[edge + TARGET];
      if (state === 0) break;
      if (edges[edge + PIECE] >= 0) {
        end = at + 1;
        this.matched = edges[edge + PIECE];
      }
    }
    return end;
  }

  /** Place of the edge in the table, or of the free one where it would be. */
  private find(state: number, codePoint: number): number {
    const { edges } = this;
    const mask = edges.length - 1;
    const hash = Math.imul(state ^ Math.imul(codePoint, 0x9e3779b1), 0x85ebca6b);
    let edge = (hash >>> this.shift) << EDGE_BITS;
    while (edges[edge + TARGET] !== 0 && (edges[edge + STATE] !== state || edges[edge + CODE_POINT] !== codePoint)) {
      edge = (edge + (1 << EDGE_BITS)) & mask;
    }
    return edge;
  }

  private add(piece: string, from: number, root: number, id: number): void {
    let state = root;
    let edge = -1;
    for (let at = from; at < piece.length;) {
      const codePoint = piece.codePointAt(at)!;
      at += codePoint < 0x10000 ? 1 : 2;
      edge = this.find(state, codePoint);
      if (this.edges[edge + TARGET] === 0) {
        if (this.states << (EDGE_BITS + 1) > this.edges.length) {
          this.grow();
          edge = this.find(state, codePoint);
        }
        this.write(edge, state, codePoint, this.states++, -1);
      }
      state = this.edges[edge + TARGET];
    }
    if (edge >= 0) this.edges[edge + PIECE] = id;
  }

  private grow(): void {
    const old = this.edges;
    this.edges = new Int32Array(old.length * 2);
    this.shift--;
    for (let edge = 0; edge < old.length; edge += 1 << EDGE_BITS) {
      if (old[edge + TARGET] === 0) continue;
      const place = this.find(old[edge + STATE], old[edge + CODE_POINT]);
      this.write(place, old[edge + STATE], old[edge + CODE_POINT], old[edge + TARGET], old[edge + PIECE]);
    }
  }

  private write(edge: number, state: number, codePoint: number, target: number, piece: number): void {
    this.edges[edge + STATE] = state;
    this.edges[edge + CODE_POINT] = codePoint;
    this.edges[edge + TARGET] = target;
    this.edges[edge + PIECE] = piece;
  }
}
