// What goes wrong in recognised entities, by kind, with the mentions it happens to most often. Every entity, gold or
// predicted, is counted exactly once.

import type { TaggedEntity } from "./chunks.ts";
import { ConfusionMatrix } from "./confusion.ts";

export const ERROR_KINDS = [
  "tooLong", // right type, the gold entity and more
  "tooShort", // right type, a part of the gold entity
  "shifted", // right type, overlapping with an end on each side
  "wrongType", // right place, another type
  "wrongTypeAndBoundary", // overlapping, another type
  "missed", // nothing predicted there
  "spurious", // nothing in the gold there
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

/** One mention that an error happens to; without tokens, `gold` and `predicted` are absent. */
export interface ErrorExample {
  kind: ErrorKind;
  /** The gold mention, its tokens joined by spaces. */
  gold?: string;
  predicted?: string;
  goldType?: string;
  predictedType?: string;
  /** How often this mention is mistaken in this way. */
  count: number;
  /** Index of the first sentence it happens in. */
  sentence: number;
}

/** gold = correct + all kinds but `spurious`; predicted = correct + all kinds but `missed`. */
export interface ErrorTally extends Record<ErrorKind, number> {
  correct: number;
  /** The commonest of each kind, in the order of `ERROR_KINDS`, the commonest first. */
  examples: ErrorExample[];
}

/** Where the other side has no entity. */
export const NO_ENTITY = "(none)";

/** Gathers the errors of a corpus, sentence by sentence. */
export class ErrorCollector {
  /** The types of entities that are equal or overlap, whatever their ends, and of those that are on one side alone. */
  readonly types = new ConfusionMatrix();
  private correct = 0;
  private readonly counts = new Map<ErrorKind, number>(ERROR_KINDS.map((kind) => [kind, 0]));
  private readonly examples = new Map<string, ErrorExample>();

  /**
   * Pairs the entities of one sentence: equal ones first, then each gold entity that is left with the prediction that is
   * left and overlaps it most (same type before another type, the earlier before the later).
   */
  add(
    gold: readonly TaggedEntity[],
    predicted: readonly TaggedEntity[],
    sentence: number,
    tokens?: readonly string[],
  ): void {
    const leftGold = gold.filter((entity) => !predicted.some((other) => equal(entity, other)));
    const leftPredicted = predicted.filter((entity) => !gold.some((other) => equal(entity, other)));
    this.correct += gold.length - leftGold.length;
    for (const entity of gold) if (!leftGold.includes(entity)) this.types.add(entity.type, entity.type);

    const pairs: { g: number; p: number; score: number }[] = [];
    leftGold.forEach((entity, g) =>
      leftPredicted.forEach((other, p) => {
        const overlap = Math.min(entity.end, other.end) - Math.max(entity.start, other.start);
        if (overlap > 0) pairs.push({ g, p, score: 2 * overlap + (entity.type === other.type ? 1 : 0) });
      }),
    );
    pairs.sort((left, right) => right.score - left.score || left.g - right.g || left.p - right.p);
    const pairedGold = new Set<number>();
    const pairedPredicted = new Set<number>();
    for (const { g, p } of pairs) {
      if (pairedGold.has(g) || pairedPredicted.has(p)) continue;
      pairedGold.add(g);
      pairedPredicted.add(p);
      this.note(kindOf(leftGold[g]!, leftPredicted[p]!), leftGold[g], leftPredicted[p], sentence, tokens);
    }
    leftGold.forEach((entity, g) => {
      if (!pairedGold.has(g)) this.note("missed", entity, undefined, sentence, tokens);
    });
    leftPredicted.forEach((entity, p) => {
      if (!pairedPredicted.has(p)) this.note("spurious", undefined, entity, sentence, tokens);
    });
  }

  /** The counts, and at most `limit` examples of each kind (ties in order of appearance). */
  tally(limit: number): ErrorTally {
    const all = [...this.examples.values()];
    const examples = ERROR_KINDS.flatMap((kind) =>
      all
        .filter((example) => example.kind === kind)
        .sort((left, right) => right.count - left.count)
        .slice(0, limit),
    );
    const counts = Object.fromEntries(this.counts) as Record<ErrorKind, number>;
    return { correct: this.correct, ...counts, examples };
  }

  private note(
    kind: ErrorKind,
    gold: TaggedEntity | undefined,
    predicted: TaggedEntity | undefined,
    sentence: number,
    tokens: readonly string[] | undefined,
  ): void {
    this.counts.set(kind, this.counts.get(kind)! + 1);
    this.types.add(gold?.type ?? NO_ENTITY, predicted?.type ?? NO_ENTITY);
    const mention = (entity: TaggedEntity | undefined) =>
      entity && tokens ? tokens.slice(entity.start, entity.end).join(" ") : undefined;
    const example = {
      kind,
      gold: mention(gold),
      predicted: mention(predicted),
      goldType: gold?.type,
      predictedType: predicted?.type,
    };
    const key = JSON.stringify(Object.values(example).map((value) => value ?? null));
    const known = this.examples.get(key);
    if (known === undefined) this.examples.set(key, { ...example, count: 1, sentence });
    else known.count++;
  }
}

function equal(left: TaggedEntity, right: TaggedEntity): boolean {
  return left.start === right.start && left.end === right.end && left.type === right.type;
}

function kindOf(gold: TaggedEntity, predicted: TaggedEntity): ErrorKind {
  const samePlace = gold.start === predicted.start && gold.end === predicted.end;
  if (gold.type !== predicted.type) return samePlace ? "wrongType" : "wrongTypeAndBoundary";
  if (predicted.start <= gold.start && predicted.end >= gold.end) return "tooLong";
  if (predicted.start >= gold.start && predicted.end <= gold.end) return "tooShort";
  return "shifted";
}
