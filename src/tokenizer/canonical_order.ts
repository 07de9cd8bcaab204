// Canonical ordering of decomposed text (Unicode Standard 3.11, D109) with the source alignment that Hugging Face's
// tokenizers gives it. Needed only where a combining mark survives accent stripping: elsewhere order changes nothing.

import { combiningClass, decompose } from "./unicode.ts";

/** Code points, each with the UTF-16 span of the source it is aligned to. */
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
  let run: typeof ordered = [];
  const endRun = () => {
    run.sort((a, b) => a.combining - b.combining); // stable, as the ordering must be
    for (const part of run) ordered.push(part);
    run = [];
  };
  for (const codePoint of source.codePoints) {
    for (const [index, part] of decompose(codePoint).entries()) {
      const combining = combiningClass(part);
      if (combining === 0) endRun();
      run.push({ codePoint: part, combining, first: index === 0 });
    }
  }
  endRun();
  const result: AlignedText = { codePoints: [], starts: [], ends: [] };
  let taken = -1;
  for (const { codePoint, first } of ordered) {
    if (first) taken++;
    result.codePoints.push(codePoint);
    result.starts.push(source.starts[taken]);
    result.ends.push(source.ends[taken]);
  }
  return result;
}
