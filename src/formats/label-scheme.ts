// Tag schemes of sequence labelling: IO, IOB1 (Ramshaw and Marcus 1995), IOB2, IOBES. Labels are checked before anything is
// trained or scored, and what is wrong is named with its line.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { type TaggedEntity, splitTag } from "../metrics/index.ts";

export type LabelScheme = "IO" | "IOB1" | "IOB2" | "IOBES";

export interface TaggedSentence {
  tags: readonly string[];
  /** 1-based line of the first tag; tag `i` stands on line `line + i`. */
  line?: number;
  file?: string;
}

export interface LabelSummary {
  scheme: LabelScheme;
  /** `O`, then every tag that the scheme allows for the types found, sorted: also those that happen not to occur. */
  labels: string[];
  /** Sorted; `[""]` for tags without types, empty where all is `O`. */
  types: string[];
}

/** A tag sequence that its scheme does not allow, and how conlleval reads it all the same. */
const REPAIRS = {
  "inside-without-begin": "an I or E tag with no entity of its type open: it starts one, as in conlleval",
  "begin-without-need": "a B tag in IOB1 with no entity of its type right before it: it starts one, as I would",
  "entity-without-end": "an IOBES entity that no E or S closes: it ends where the next tag stops it, as in conlleval",
} as const;

type Repair = keyof typeof REPAIRS;

const PREFIXES: Record<LabelScheme, string[]> = {
  IO: ["I"],
  IOB1: ["B", "I"],
  IOB2: ["B", "I"],
  IOBES: ["B", "E", "I", "S"],
};

/**
 * Finds the scheme of a corpus and checks every tag. IOBES is told by an E or S tag, IO by the absence of B, IOB1 by
 * more entities that start with I than with a B that separates no two of them; else it is IOB2. Sequences that the scheme does
 * not allow are read as conlleval reads them, and warned of once a kind (`inside-without-begin`, `begin-without-need`,
 * `entity-without-end`) with the first place and their number; a corpus without a single entity gives the warning `no-entities`.
 * @throws BiobertError `label-scheme` with file and line: an unknown prefix, a type after `O`, an empty type, tags with and
 * without types together.
 */
export function checkLabels(sentences: Iterable<TaggedSentence>, warn?: WarningSink): LabelSummary {
  const all = Array.isArray(sentences) ? (sentences as TaggedSentence[]) : [...sentences];
  const types = new Set<string>();
  const prefixes = new Set<string>();
  const known = new Set<string>();
  for (const sentence of all) {
    sentence.tags.forEach((tag, index) => {
      if (known.has(tag)) return;
      const problem = problemOf(tag, types);
      if (problem !== undefined) throw badTag(problem, tag, sentence, index);
      known.add(tag);
      const { prefix, type } = splitTag(tag);
      prefixes.add(prefix);
      if (prefix !== "O") types.add(type);
    });
  }
  const scheme = schemeOf(all, prefixes);
  if (types.size === 0)
    warn?.({ code: "no-entities", message: "every tag is O: there is nothing to learn or to find" });
  if (warn !== undefined) warnOfRepairs(all, scheme, warn);
  const sortedTypes = [...types].sort();
  const tags = sortedTypes.flatMap((type) => PREFIXES[scheme].map((prefix) => joinTag(prefix, type)));
  return { scheme, labels: ["O", ...tags.sort()], types: sortedTypes };
}

/**
 * The tags of a sentence of `length` tokens whose entities are `entities` (sorted, not overlapping): the inverse of
 * `entitiesOf`, except that IO cannot keep touching entities of one type apart.
 */
export function tagsOf(entities: readonly TaggedEntity[], length: number, scheme: LabelScheme): string[] {
  const tags = new Array<string>(length).fill("O");
  let previous: TaggedEntity | undefined;
  for (const entity of entities) {
    const { start, end, type } = entity;
    const touches = previous !== undefined && previous.end === start && previous.type === type;
    for (let i = start; i < end; i++) tags[i] = joinTag("I", type);
    if (scheme === "IOB2" || scheme === "IOBES" || (scheme === "IOB1" && touches)) tags[start] = joinTag("B", type);
    if (scheme === "IOBES") tags[end - 1] = joinTag(end - start === 1 ? "S" : "E", type);
    previous = entity;
  }
  return tags;
}

function joinTag(prefix: string, type: string): string {
  return type === "" ? prefix : `${prefix}-${type}`;
}

/** What is wrong with a tag, given the types seen before it. */
function problemOf(tag: string, types: ReadonlySet<string>): string | undefined {
  if (tag === "O") return undefined;
  const { prefix, type } = splitTag(tag);
  if (prefix === "O") return "O takes no type";
  if (!["B", "I", "E", "S"].includes(prefix)) return `unknown tag prefix ${JSON.stringify(prefix)}`;
  if (tag !== prefix && type === "") return "the type after the hyphen is empty";
  if (types.size > 0 && types.has("") !== (type === "")) return "tags with and without a type in one corpus";
  return undefined;
}

function badTag(problem: string, tag: string, sentence: TaggedSentence, index: number): BiobertError {
  const shown = tag.length > 60 ? `${tag.slice(0, 60)}…` : tag;
  return new BiobertError({
    code: "label-scheme",
    message: `${problem}: ${JSON.stringify(shown)}`,
    place: { file: sentence.file, line: lineOf(sentence, index) },
    hint: "Tags are O, or B, I, E, S with a type (B-Disease) or all without one. The tag is the last column.",
  });
}

function lineOf(sentence: TaggedSentence, index: number): number | undefined {
  return sentence.line === undefined ? undefined : sentence.line + index;
}

function schemeOf(sentences: readonly TaggedSentence[], prefixes: ReadonlySet<string>): LabelScheme {
  if (prefixes.has("E") || prefixes.has("S")) return "IOBES";
  if (!prefixes.has("B")) return "IO";
  let beginStarts = 0;
  let insideStarts = 0;
  for (const { tags } of sentences) {
    tags.forEach((tag, i) => {
      const { prefix, type } = splitTag(tag);
      const previous = splitTag(tags[i - 1] ?? "O");
      if (prefix === "O" || (previous.prefix !== "O" && previous.type === type)) return;
      if (prefix === "B") beginStarts++;
      else insideStarts++;
    });
  }
  return insideStarts > beginStarts ? "IOB1" : "IOB2";
}

function warnOfRepairs(sentences: readonly TaggedSentence[], scheme: LabelScheme, warn: WarningSink): void {
  const found = new Map<Repair, { count: number; sentence: TaggedSentence; index: number }>();
  const note = (kind: Repair, sentence: TaggedSentence, index: number) => {
    const known = found.get(kind);
    if (known === undefined) found.set(kind, { count: 1, sentence, index });
    else known.count++;
  };
  for (const sentence of sentences) {
    const { tags } = sentence;
    for (let i = 0; i <= tags.length; i++) {
      const { prefix, type } = splitTag(tags[i] ?? "O");
      const previous = splitTag(tags[i - 1] ?? "O");
      const open = previous.prefix === "B" || previous.prefix === "I";
      const continues = (prefix === "I" || prefix === "E") && open && previous.type === type;
      const beginNeeded = scheme === "IOB2" || scheme === "IOBES";
      if (beginNeeded && (prefix === "I" || prefix === "E") && !continues) note("inside-without-begin", sentence, i);
      if (scheme === "IOB1" && prefix === "B" && !(open && previous.type === type))
        note("begin-without-need", sentence, i);
      if (scheme === "IOBES" && open && !continues) note("entity-without-end", sentence, i - 1);
    }
  }
  for (const [kind, { count, sentence, index }] of found) {
    warn({
      code: kind,
      message: `${REPAIRS[kind]} (${count} ${count === 1 ? "place" : "places"}, the first one here)`,
      place: { file: sentence.file, line: lineOf(sentence, index) },
    });
  }
}
