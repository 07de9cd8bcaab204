// The DDI corpus of SemEval-2013 task 9 (Herrero-Zazo et al. 2013) as XML: document > sentence text > entity charOffset > pair.
// `charOffset` counts code points of the sentence, ends inclusive; parts of a discontinuous entity are separated by ";".

import { SaxesParser } from "saxes";
import type { WarningSink } from "../../core/index.ts";
import { OffsetMap } from "../offsets.ts";
import { badInput, type FormatPlace, quoted } from "../reading.ts";
import type { StandoffEntity } from "../standoff.ts";

export interface DdiPair {
  id: string;
  first: string;
  second: string;
  /** `effect`, `mechanism`, `advise`, `int`; "" for a pair that does interact without the file saying how; undefined for none. */
  type: string | undefined;
  line: number;
}

export interface DdiSentence {
  id: string;
  text: string;
  entities: StandoffEntity[];
  pairs: DdiPair[];
  line: number;
}

export interface DdiDocument {
  id: string;
  sentences: DdiSentence[];
}

/**
 * Reads one document. Warnings: `ddi-mention` where an entity is not the text at its offsets, `ddi-offsets` where its offsets leave
 * the sentence (cut to it).
 * @throws BiobertError `input-format` with the line: what is not well-formed, a missing attribute, a pair of unknown entities.
 */
export function parseDdi(xml: string, options: { file?: string; warn?: WarningSink } = {}): DdiDocument {
  const place: FormatPlace = { file: options.file, hint: "A DDI-2013 file is <document id><sentence id text><entity id charOffset type text/><pair id e1 e2 ddi type/>." };
  const parser = new SaxesParser({});
  let document: DdiDocument | undefined;
  let sentence: (DdiSentence & { offsets: OffsetMap }) | undefined;
  const fail = (message: string, cause?: unknown): never => {
    throw badInput(place, message, { line: parser.line }, cause);
  };
  parser.on("error", (error) => fail(`not well-formed XML: ${error.message}`, error));
  parser.on("opentag", ({ name, attributes }) => {
    const attribute = (key: string): string => (attributes as Record<string, string>)[key] ?? fail(`<${name}> has no ${key}`);
    if (name === "document") document = { id: attribute("id"), sentences: [] };
    else if (document === undefined) fail(`<${name}> outside a document`);
    else if (name === "sentence") {
      const text = attribute("text");
      sentence = { id: attribute("id"), text, entities: [], pairs: [], line: parser.line, offsets: new OffsetMap(text) };
      const { offsets: _offsets, ...kept } = sentence;
      document.sentences.push(kept);
    } else if (sentence === undefined) fail(`<${name}> outside a sentence`);
    else if (name === "entity") {
      const id = attribute("id");
      const mention = attribute("text");
      const spans = attribute("charOffset").split(";").map((part) => {
        const match = /^(\d+)-(\d+)$/.exec(part.trim());
        if (match === null) return fail(`charOffset ${quoted(attribute("charOffset"))} is not START-END`);
        const last = Number(match[2]) + 1;
        const start = sentence!.offsets.toUnits(Number(match[1]));
        const end = sentence!.offsets.toUnits(Math.min(last, sentence!.offsets.codePoints));
        if (start === undefined || end === undefined || end <= start) return fail(`charOffset ${part} does not lie in the sentence ${sentence!.id}`);
        if (last > sentence!.offsets.codePoints) options.warn?.({ code: "ddi-offsets", message: `the entity ${id} ends behind its sentence and is cut`, place: { file: options.file, line: parser.line } });
        return { start, end };
      });
      const found = spans.map(({ start, end }) => sentence!.text.slice(start, end)).join(" ");
      if (found !== mention) options.warn?.({ code: "ddi-mention", message: `the text of ${id} is ${quoted(found)}, not ${quoted(mention)}; the offsets are kept`, place: { file: options.file, line: parser.line } });
      sentence.entities.push({ id, type: attribute("type"), spans, text: mention, concepts: [], line: parser.line });
    } else if (name === "pair") {
      const [first, second] = [attribute("e1"), attribute("e2")];
      for (const id of [first, second]) if (!sentence.entities.some((entity) => entity.id === id)) fail(`the pair ${attribute("id")} names the entity ${id}, which its sentence has not`);
      const interacts = attribute("ddi");
      if (interacts !== "true" && interacts !== "false") fail(`ddi=${quoted(interacts)} is neither true nor false`);
      const type = interacts === "true" ? ((attributes as Record<string, string>)["type"] ?? "") : undefined;
      sentence.pairs.push({ id: attribute("id"), first, second, type, line: parser.line });
    }
  });
  parser.on("closetag", ({ name }) => {
    if (name === "sentence") sentence = undefined;
  });
  parser.write(xml.charCodeAt(0) === 0xfeff ? xml.slice(1) : xml).close();
  return document ?? fail("no document in the file");
}
