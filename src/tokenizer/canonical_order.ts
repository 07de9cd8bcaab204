// Canonical ordering of decomposed text (Unicode Standard 3.11, D109) with the source alignment that Hugging Face's
// tokenizers gives it. Needed only where a combining mark survives accent stripping: elsewhere order changes nothing.

import { combiningClass, decompose } from "./unicode.ts";

/** Decomposed code points, each with the UTF-16 span of the source it is aligned to. */
export interface AlignedText {
  codePoints: number[];
  starts: number[];
  ends: number[];
}

/**
 * Decomposes and orders aligned code points. The alignment is by position, as `NormalizedString::transform` makes it:
 * each first code point of a decomposition takes the next source span in turn, each further one repeats the last span
 * taken. Marks that trade places therefore trade spans too.
 */
export function canonicalOrder(source: AlignedText): AlignedText {
  const ordered: { codePoint: number; combining: number; first: boolean }[] = [];
  let run = 0; // where the current run of non-starters begins
  for (const codePoint of source.codePoints) {
    for (const [index, part] of decompose(codePoint).entries()) {
      const combining = combiningClass(part);
      let place = ordered.length;
      if (combining === 0) run = place + 1;
      else while (place > run && ordered[place - 1].combining > combining) place--;
      ordered.splice(place, 0, { codePoint: part, combining, first: index === 0 });
    }
  }
  const result: AlignedText = { codePoints: [], starts: [], ends: [] };
  let taken = -1;
  for (const { codePoint, first } of ordered) {
    if (first) taken++;
    result.codePoints.push(codePoint);
    result.starts.push(source.starts[Math.max(taken, 0)]);
    result.ends.push(source.ends[Math.max(taken, 0)]);
  }
  return result;
}
