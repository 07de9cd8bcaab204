// A pair of entities hidden behind their types, as BLUE (Peng et al. 2019) and BioBERT show it: `@CHEMICAL$ inhibits @GENE$`.
// Where the two share characters one marker stands for both (`@CHEM-GENE$`), as in BLURB's files.

import { hullOf } from "../../formats/index.ts";
import type { TextSpan } from "../examples.ts";

export interface Marked {
  spans: readonly TextSpan[];
  marker: string;
}

/**
 * The text with each side replaced by its marker. A discontinuous entity is replaced from its first character to its last, as in
 * BLURB's files, unless the other one stands in between: then each of its parts is, the first by the marker and the rest by
 * nothing. Two sides that share characters are replaced together by `both`.
 */
export function anonymise(text: string, first: Marked, second: Marked, both: string): string {
  const shared = first.spans.some((a) => second.spans.some((b) => a.start < b.end && b.start < a.end));
  const edits: (TextSpan & { marker: string })[] = shared
    ? [{ ...hullOf({ spans: [...first.spans, ...second.spans] }), marker: both }]
    : [...editsOf(first, second), ...editsOf(second, first)];
  edits.sort((a, b) => a.start - b.start);
  let out = "";
  let at = 0;
  for (const { start, end, marker } of edits) {
    out += text.slice(at, start) + marker;
    at = end;
  }
  return out + text.slice(at);
}

function editsOf({ spans, marker }: Marked, other: Marked): (TextSpan & { marker: string })[] {
  const whole = hullOf({ spans });
  const between = hullOf(other);
  if (between.end <= whole.start || between.start >= whole.end) return [{ ...whole, marker }];
  return spans.map((span, i) => ({ ...span, marker: i === 0 ? marker : "" }));
}
