// The two entities of a relation's text: where their markers stand (`@GENE$`, or `[1] … [/1]` around mentions), what types they name, and
// which part of a long text is read: the one around the pair, since a sentence cut at its end may lose an entity.

import type { Pieces, WordPieceTokenizer } from "../../tokenizer/index.ts";
import { joinPieces } from "../sequences.ts";
import type { EncodedSequence } from "../task.ts";

/** `@GENE$`: an entity hidden behind its type; or `[1]`, `[2]`: the start of a mention of the first or second one. */
const MARKER = /@([A-Za-z][\w-]*)\$|\[([12])\] .*? \[\/\2\]/gsu;

/** A marker in a text; offsets are UTF-16 units. */
export interface Marker {
  /** 0 for the first entity, 1 for the second. */
  side: 0 | 1;
  /** The type's name between `@` and `$`; absent for a mention in brackets. */
  name?: string;
  start: number;
  end: number;
}

/** The markers of a text in order. Of hidden entities the first found is the first side, all others are the second. */
export function markersOf(text: string): Marker[] {
  let hidden = 0;
  return [...text.matchAll(MARKER)].map((match): Marker => {
    const [whole, name, number] = match;
    const place = { start: match.index, end: match.index + whole.length };
    if (name === undefined) return { side: number === "1" ? 0 : 1, ...place };
    return { side: hidden++ === 0 ? 0 : 1, name, ...place };
  });
}

/** The pair of names that a text hides its two entities behind, in alphabetical order; undefined for any other text. */
export function hiddenPair(text: string): [string, string] | undefined {
  const names = markersOf(text).flatMap(({ name }) => name ?? []);
  if (names.length !== 2) return undefined;
  return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) as [string, string];
}

export interface RelationSequence extends EncodedSequence {
  /** Whether pieces had to be left out. */
  cut: boolean;
}

/**
 * Encodes a text in at most `maxLength` pieces. One that is longer keeps, under "pair", the closest pair of its two entities with as much text
 * on either side as fits, or where they are further apart than fits, the text around each of them; under "end", its start, as BERT does.
 */
export function encodeRelation(
  tokenizer: WordPieceTokenizer,
  text: string,
  maxLength: number,
  cutAt: "pair" | "end",
): RelationSequence {
  const pieces = tokenizer.tokenize(text);
  const room = maxLength - 2;
  if (pieces.length <= room) return { ...joinPieces(tokenizer, pieces.ids), cut: false };
  const pair = cutAt === "pair" ? closestPair(text) : undefined;
  const kept = pair === undefined ? [{ from: 0, to: room }] : rangesAround(pieces, pair, room);
  const ids = Int32Array.from(kept.flatMap(({ from, to }) => [...pieces.ids.subarray(from, to)]));
  return { ...joinPieces(tokenizer, ids), cut: true };
}

/** Where the nearest two markers of different sides begin and end; of one marker alone, which stands for both, its own place. */
function closestPair(text: string): [Marker, Marker] | undefined {
  const markers = markersOf(text);
  const [only] = markers;
  if (only === undefined) return undefined;
  let best: [Marker, Marker] = [only, only];
  let distance = Infinity;
  for (let i = 1; i < markers.length; i++) {
    // The last marker of the other side before this one is the nearest before it.
    const before = markers.slice(0, i).findLast(({ side }) => side !== markers[i]!.side);
    if (before === undefined || markers[i]!.start - before.end >= distance) continue;
    distance = markers[i]!.start - before.end;
    best = [before, markers[i]!];
  }
  return best;
}

/** One range of `room` pieces around both places, or where these do not fit, two of half as many. */
function rangesAround(
  { starts, ends, length }: Pieces,
  [first, second]: readonly [Marker, Marker],
  room: number,
): { from: number; to: number }[] {
  const pieceRange = ({ start, end }: Marker): { from: number; to: number } => {
    const from = Math.max(
      ends.findIndex((pieceEnd) => pieceEnd > start),
      0,
    );
    const last = starts.findLastIndex((pieceStart) => pieceStart < end);
    return { from, to: Math.max(last + 1, from + 1) };
  };
  const [a, b] = [pieceRange(first), pieceRange(second)];
  if (b.to - a.from <= room) return [centred(a.from, b.to, room, 0, length)];
  const half = Math.floor(room / 2);
  const left = centred(a.from, Math.min(a.to, a.from + half), half, 0, length);
  return [left, centred(b.from, Math.min(b.to, b.from + room - half), room - half, left.to, length)];
}

/** A range of `room` pieces within `[least, most)` with `[from, to)` in its middle. */
function centred(from: number, to: number, room: number, least: number, most: number): { from: number; to: number } {
  const start = Math.min(Math.max(least, from - Math.floor((room - (to - from)) / 2)), Math.max(least, most - room));
  return { from: start, to: Math.min(most, start + room) };
}
