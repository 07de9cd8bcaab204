// DDI-2013 sentences -> one example a pair, `@DRUG$` for each of the two, as BLURB and the papers after BioBERT show them.

import type { WarningSink } from "../../core/index.ts";
import type { DdiDocument } from "../../formats/index.ts";
import type { RelationExample } from "../examples.ts";
import { anonymise } from "./anonymise.ts";

/** The corpus's labels, the negative one last. */
export const DDI_LABELS: readonly string[] = ["DDI-mechanism", "DDI-effect", "DDI-advise", "DDI-int", "DDI-false"];

export interface DdiExamples {
  examples: RelationExample[];
  counts: { documents: number; sentences: number; sharedPairs: number; discontinuous: number; untypedPairs: number };
}

/**
 * Makes the examples in the order of the files; a pair's id is its own (`DDI-MedLine.d119.s1.p0`). A pair that interacts without
 * the file saying how is left out, as in BLURB, and warned of (`ddi-untyped`).
 */
export function ddiExamples(documents: readonly DdiDocument[], options: { warn?: WarningSink; file?: string } = {}): DdiExamples {
  const counts = { documents: documents.length, sentences: 0, sharedPairs: 0, discontinuous: 0, untypedPairs: 0 };
  const examples: RelationExample[] = [];
  for (const document of documents) {
    for (const { text, entities, pairs } of document.sentences) {
      counts.sentences++;
      counts.discontinuous += entities.filter(({ spans }) => spans.length > 1).length;
      const byId = new Map(entities.map((entity) => [entity.id, entity]));
      for (const { id, first, second, type, line } of pairs) {
        if (type === "") {
          counts.untypedPairs++;
          options.warn?.({ code: "ddi-untyped", message: `the pair ${id} interacts, but the file does not say how; it is left out`, place: { file: options.file, name: id } });
          continue;
        }
        const [a, b] = [byId.get(first)!, byId.get(second)!];
        if (a.spans.some((x) => b.spans.some((y) => x.start < y.end && y.start < x.end))) counts.sharedPairs++;
        examples.push({
          id,
          documentId: document.id,
          text: anonymise(text, { spans: a.spans, marker: "@DRUG$" }, { spans: b.spans, marker: "@DRUG$" }, "@DRUG-DRUG$").trimEnd(),
          label: type === undefined ? "DDI-false" : `DDI-${type}`,
          source: text,
          first: { id: a.id, type: a.type, spans: a.spans },
          second: { id: b.id, type: b.type, spans: b.spans },
          ...(options.file === undefined ? {} : { file: options.file }),
          line,
        });
      }
    }
  }
  return { examples, counts };
}
