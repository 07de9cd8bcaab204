// Looser and narrower scores of named entities than exact match: overlap and one-boundary matches as JNLPBA's evaluation had
// them (Kim et al. 2004), and exact match on mentions that the training data do not have (Kim and Kang 2022).

import { type TaggedEntity, entitiesOf } from "./chunks.ts";
import { requireSameCount } from "./confusion.ts";
import { type PrecisionRecallF1, TypedCounts } from "./precision-recall.ts";

/** How a predicted entity must lie to match a gold one of the same type. */
export const MATCH_RULES = {
  exact: "same start and end",
  left: "same start",
  right: "same end",
  overlap: "at least one token or character in common",
} as const;

export type MatchRule = keyof typeof MATCH_RULES;

export interface MatchScores {
  overall: PrecisionRecallF1;
  byType: Record<string, PrecisionRecallF1>;
}

const RULES: Record<MatchRule, (gold: TaggedEntity, predicted: TaggedEntity) => boolean> = {
  exact: (gold, predicted) => gold.start === predicted.start && gold.end === predicted.end,
  left: (gold, predicted) => gold.start === predicted.start,
  right: (gold, predicted) => gold.end === predicted.end,
  overlap: (gold, predicted) => gold.start < predicted.end && predicted.start < gold.end,
};

/**
 * Scores entities by a rule, unit by unit (sentence or document). Matching is one to one and as large as can be: a prediction over
 * three gold entities finds one of them. Types must be equal. An entity given twice counts once.
 * @throws BiobertError `input-format` when the two sides differ in their number of units.
 */
export function scoreMatches(
  gold: readonly (readonly TaggedEntity[])[],
  predicted: readonly (readonly TaggedEntity[])[],
  rule: MatchRule,
): MatchScores {
  requireSameCount(gold.length, predicted.length, "units");
  const counts = new TypedCounts();
  gold.forEach((entities, unit) => {
    const mine = groupByType(entities);
    const others = groupByType(predicted[unit]!);
    for (const [type, list] of mine) for (const _ of list) counts.add(type, "gold");
    for (const [type, list] of others) {
      for (const _ of list) counts.add(type, "predicted");
      for (let left = largestMatching(mine.get(type) ?? [], list, RULES[rule]); left > 0; left--)
        counts.add(type, "correct");
    }
  });
  return counts.scores();
}

/** `scoreMatches` of tag sequences, by every rule. Errors as there. */
export function scoreTagMatches(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): Record<MatchRule, MatchScores> {
  const [mine, others] = [gold.map(entitiesOf), predicted.map(entitiesOf)];
  const names = Object.keys(MATCH_RULES) as MatchRule[];
  return Object.fromEntries(names.map((rule) => [rule, scoreMatches(mine, others, rule)])) as Record<
    MatchRule,
    MatchScores
  >;
}

/** How a mention is compared with those of the training data: its tokens, lower-cased, with single spaces. */
export function mentionKey(tokens: readonly string[]): string {
  return tokens.join(" ").toLowerCase();
}

/** The keys of all mentions in tagged sentences. */
export function mentionKeys(sentences: Iterable<{ tokens: readonly string[]; tags: readonly string[] }>): Set<string> {
  const keys = new Set<string>();
  for (const { tokens, tags } of sentences) {
    for (const { start, end } of entitiesOf(tags)) keys.add(mentionKey(tokens.slice(start, end)));
  }
  return keys;
}

/**
 * Exact-match scores twice: over mentions that stand in the training data, whatever their type, and over those that do not. Gold
 * and predicted entities are both parted by their own text, so that a right one is on the same side in both.
 * @throws BiobertError `input-format` when the sides differ in their number of sentences.
 */
export function scoreByTrainingMentions(
  tokens: readonly (readonly string[])[],
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  trainingMentions: ReadonlySet<string>,
): { seen: MatchScores; unseen: MatchScores } {
  requireSameCount(gold.length, tokens.length, "sentences of tokens");
  const part = (tags: readonly (readonly string[])[], isSeen: boolean) =>
    tags.map((sentence, i) =>
      entitiesOf(sentence).filter(
        ({ start, end }) => trainingMentions.has(mentionKey(tokens[i]!.slice(start, end))) === isSeen,
      ),
    );
  return {
    seen: scoreMatches(part(gold, true), part(predicted, true), "exact"),
    unseen: scoreMatches(part(gold, false), part(predicted, false), "exact"),
  };
}

/** Distinct entities by type, in order of start, then end. */
function groupByType(entities: readonly TaggedEntity[]): Map<string, TaggedEntity[]> {
  const groups = new Map<string, Map<string, TaggedEntity>>();
  for (const entity of entities) {
    const group = groups.get(entity.type) ?? new Map<string, TaggedEntity>();
    group.set(`${entity.start} ${entity.end}`, entity);
    groups.set(entity.type, group);
  }
  const ordered = (group: Map<string, TaggedEntity>) =>
    [...group.values()].sort((a, b) => a.start - b.start || a.end - b.end);
  return new Map([...groups].map(([type, group]) => [type, ordered(group)]));
}

/** The size of the largest one-to-one matching (augmenting paths, Kuhn 1955): entities of a sentence are few. */
function largestMatching(
  gold: readonly TaggedEntity[],
  predicted: readonly TaggedEntity[],
  fits: (gold: TaggedEntity, predicted: TaggedEntity) => boolean,
): number {
  const takenBy = new Map<number, number>();
  const place = (p: number, tried: Set<number>): boolean => {
    for (let g = 0; g < gold.length; g++) {
      if (tried.has(g) || !fits(gold[g]!, predicted[p]!)) continue;
      tried.add(g);
      const holder = takenBy.get(g);
      if (holder === undefined || place(holder, tried)) {
        takenBy.set(g, p);
        return true;
      }
    }
    return false;
  };
  return predicted.filter((_, p) => place(p, new Set())).length;
}
