// Entities in tag sequences, by the chunk rules of the CoNLL shared tasks' conlleval, in the version that also knows IOBES
// (B, I, E, S, O). They give every sequence a reading, valid or not, so no tag is ever lost in silence.

export interface TaggedEntity {
  /** Empty for tags without a type (`B`, `I`). */
  type: string;
  /** Index of the first token. */
  start: number;
  /** Index after the last token. */
  end: number;
}

export interface TagParts {
  /** `B`, `I`, `E`, `S`, `O`, or whatever stands before the first hyphen. */
  prefix: string;
  type: string;
}

/** Splits a tag at its first hyphen: `B-cell-line` is `B` of `cell-line`; a tag without one has the type "". */
export function splitTag(tag: string): TagParts {
  const hyphen = tag.indexOf("-");
  return hyphen < 0 ? { prefix: tag, type: "" } : { prefix: tag.slice(0, hyphen), type: tag.slice(hyphen + 1) };
}

const OUTSIDE: TagParts = { prefix: "O", type: "" };

/** Whether an entity ends between the token tagged `previous` and the one tagged `next`. */
export function endsBetween(previous: TagParts, next: TagParts): boolean {
  const from = previous.prefix;
  if (from === "O") return false;
  if (from === "E" || from === "S" || previous.type !== next.type) return true;
  return (from === "B" || from === "I") && (next.prefix === "B" || next.prefix === "S" || next.prefix === "O");
}

/** Whether an entity starts between the token tagged `previous` and the one tagged `next`. */
export function startsBetween(previous: TagParts, next: TagParts): boolean {
  const to = next.prefix;
  if (to === "O") return false;
  if (to === "B" || to === "S" || previous.type !== next.type) return true;
  const from = previous.prefix;
  return (to === "I" || to === "E") && (from === "E" || from === "S" || from === "O");
}

/**
 * The entities of one sentence's tags, in order. A `B` or `S` starts one, an `I` or `E` does where no entity of its type
 * is open; an `E` or `S` ends one, as do an `O`, a change of type and the end of the sentence. This reads IOB1, IOB2 and
 * IOBES alike, with or without types.
 *
 * It follows conlleval, not the newer tools, where they differ:
 * - seqeval's default mode finds the same entities, but calls the type of untyped tags `_` where conlleval has an empty name;
 *   it also takes a tag's first letter for its prefix (`B_X` is a `B`), conlleval what stands before the first hyphen.
 * - seqeval's strict mode drops every entity that does not follow its scheme to the letter (an `I` after `O` is nothing);
 *   conlleval counts it.
 */
export function entitiesOf(tags: readonly string[]): TaggedEntity[] {
  const entities: TaggedEntity[] = [];
  let previous = OUTSIDE;
  let start = -1;
  for (let i = 0; i <= tags.length; i++) {
    const next = i < tags.length ? splitTag(tags[i]!) : OUTSIDE;
    if (start >= 0 && endsBetween(previous, next)) {
      entities.push({ type: previous.type, start, end: i });
      start = -1;
    }
    if (startsBetween(previous, next)) start = i;
    previous = next;
  }
  return entities;
}
