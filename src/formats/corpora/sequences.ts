// Two corpora in forms of their own: NICTA-PIBOSO's abstracts of labelled sentences (`###id`, then `label<TAB>sentence`), and the
// untokenised sentences of BC2GM (Smith et al. 2008) with GENE.eval and ALTGENE.eval, whose offsets leave white space out.

import type { WarningSink } from "../../core/index.ts";
import { linesOf } from "../lines.ts";
import { badInput, type FormatPlace, quoted } from "../reading.ts";

export interface LabelledAbstract {
  id: string;
  sentences: { label: string; text: string; line: number }[];
  line: number;
}

/** NICTA-PIBOSO and PubMed RCT. Warnings: `document-repeated`, `document-empty`. @throws BiobertError `input-format`. */
export function parseLabelledAbstracts(text: string, options: { file?: string; warn?: WarningSink } = {}): LabelledAbstract[] {
  const place: FormatPlace = { file: options.file, hint: "An abstract is ###id, then label<TAB>sentence a line, then a blank line." };
  const abstracts: LabelledAbstract[] = [];
  const ids = new Set<string>();
  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") continue;
    if (content.startsWith("###")) {
      const id = content.slice(3).trim();
      if (ids.has(id)) options.warn?.({ code: "document-repeated", message: `the abstract ${id} has come before`, place: { file: options.file, line } });
      ids.add(id);
      abstracts.push({ id, sentences: [], line });
      continue;
    }
    const abstract = abstracts.at(-1);
    if (abstract === undefined) throw badInput(place, "a sentence before the first ###id", { line });
    const tab = content.indexOf("\t");
    if (tab <= 0 || content.slice(tab + 1).trim() === "") throw badInput(place, `neither ###id nor label and sentence: ${quoted(content)}`, { line });
    abstract.sentences.push({ label: content.slice(0, tab), text: content.slice(tab + 1).trim(), line });
  }
  for (const { id, sentences, line } of abstracts) {
    if (sentences.length === 0) options.warn?.({ code: "document-empty", message: `the abstract ${id} has no sentence`, place: { file: options.file, line } });
  }
  return abstracts;
}

export interface GeneMention {
  /** UTF-16 offsets in the sentence. */
  start: number;
  end: number;
  /** The file's offsets: characters that are not white space, both ends inclusive. */
  first: number;
  last: number;
  text: string;
}

export interface GeneSentence {
  id: string;
  text: string;
  mentions: GeneMention[];
  /** Other spans that the task counts as right for some mention. */
  alternatives: GeneMention[];
  line: number;
}

/**
 * BC2GM: sentences (`ID text`), mentions and alternatives (`ID|first last|text`). Warnings: `bc2gm-mention` where a mention is not
 * the text at its offsets.
 * @throws BiobertError `input-format`: columns, offsets beyond the sentence, an unknown or repeated sentence.
 */
export function parseBc2gm(
  files: { sentences: { text: string; file?: string }; mentions?: { text: string; file?: string }; alternatives?: { text: string; file?: string } },
  options: { warn?: WarningSink } = {},
): GeneSentence[] {
  const sentences = new Map<string, GeneSentence & { places: number[] }>();
  const place: FormatPlace = { file: files.sentences.file, hint: "Each line is a sentence's id, a space and the sentence." };
  for (const { text: content, line } of linesOf(files.sentences.text)) {
    if (content.trim() === "") continue;
    const space = content.indexOf(" ");
    if (space <= 0) throw badInput(place, `no sentence: ${quoted(content)}`, { line });
    const id = content.slice(0, space);
    if (sentences.has(id)) throw badInput(place, `the sentence ${id} has come before`, { line });
    const text = content.slice(space + 1);
    const places: number[] = [];
    for (let i = 0; i < text.length; i++) if (!/\s/.test(text[i]!)) places.push(i);
    sentences.set(id, { id, text, mentions: [], alternatives: [], line, places });
  }
  for (const kind of ["mentions", "alternatives"] as const) {
    const given = files[kind];
    if (given === undefined) continue;
    const at: FormatPlace = { file: given.file, hint: "Each line is ID|first last|text; offsets leave white space out and include their last character." };
    for (const { text: content, line } of linesOf(given.text)) {
      if (content.trim() === "") continue;
      const match = /^([^|]+)\|(\d+) (\d+)\|(.*)$/su.exec(content);
      if (match === null) throw badInput(at, `no mention: ${quoted(content)}`, { line });
      const sentence = sentences.get(match[1]!);
      if (sentence === undefined) throw badInput(at, `no sentence ${match[1]}`, { line });
      const [first, last] = [Number(match[2]), Number(match[3])];
      const start = sentence.places[first];
      const end = sentence.places[last];
      if (start === undefined || end === undefined || last < first) throw badInput(at, `offsets ${first} to ${last} do not lie in the ${sentence.places.length} characters of ${sentence.id}`, { line });
      const found = sentence.text.slice(start, end + 1);
      if (found !== match[4]) options.warn?.({ code: "bc2gm-mention", message: `the text at ${first} to ${last} of ${sentence.id} is ${quoted(found)}, not ${quoted(match[4]!)}`, place: { file: given.file, line } });
      sentence[kind].push({ start, end: end + 1, first, last, text: found });
    }
  }
  return [...sentences.values()].map(({ places: _places, ...sentence }) => sentence);
}
