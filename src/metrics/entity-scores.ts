// Entity-level exact-match scores of tag sequences: the numbers that conlleval prints (Tjong Kim Sang and Buchholz 2000) and
// that BioBERT's paper reports for named entity recognition.

import { BiobertError } from "../core/index.ts";
import { entitiesOf } from "./chunks.ts";
import { ErrorCollector, type ErrorTally, NO_ENTITY } from "./errors.ts";
import { type PrecisionRecallF1, TypedCounts } from "./precision-recall.ts";

export interface EntityReport {
  /** Over all types together (micro-averaged). */
  overall: PrecisionRecallF1;
  /** Types in alphabetical order; untyped tags give the one type "". */
  byType: Record<string, PrecisionRecallF1>;
  /** Percent of tokens with the right tag, `O` included: high wherever entities are rare, and not to be read as F1. */
  tokenAccuracy: number;
  tokenCount: number;
  errors: ErrorTally;
  /**
   * `counts[gold][predicted]` by type, the last label being no entity; entities that overlap are a pair whatever their ends. Absent where
   * there is one type alone.
   */
  typeConfusion?: { labels: readonly string[]; counts: readonly (readonly number[])[] };
}

export interface ScoreEntitiesOptions {
  /** The sentences' tokens, so that the commonest errors are shown with their mentions. */
  tokens?: readonly (readonly string[])[];
  /** How many examples of each kind of error are kept (default 10). */
  examples?: number;
}

/**
 * Scores predicted tags against gold ones, sentence by sentence; an entity is right when its first token, last token and
 * type are. Entities are read by `entitiesOf`, so either side may be IOB1, IOB2 or IOBES.
 * @throws BiobertError `input-format` when the two sides differ in their number of sentences or tokens.
 */
export function scoreEntities(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: ScoreEntitiesOptions = {},
): EntityReport {
  requireSameLength(gold.length, predicted.length, "sentences");
  const counts = new TypedCounts();
  const errors = new ErrorCollector();
  let tokenCount = 0;
  let rightTokens = 0;
  gold.forEach((goldTags, sentence) => {
    const predictedTags = predicted[sentence]!;
    requireSameLength(goldTags.length, predictedTags.length, `tags in sentence ${sentence + 1}`);
    tokenCount += goldTags.length;
    for (let i = 0; i < goldTags.length; i++) if (goldTags[i] === predictedTags[i]) rightTokens++;

    const goldEntities = entitiesOf(goldTags);
    const predictedEntities = entitiesOf(predictedTags);
    const goldKeys = new Set<string>();
    for (const { type, start, end } of goldEntities) {
      counts.add(type, "gold");
      goldKeys.add(`${start} ${end} ${type}`);
    }
    for (const { type, start, end } of predictedEntities) {
      counts.add(type, "predicted");
      if (goldKeys.has(`${start} ${end} ${type}`)) counts.add(type, "correct");
    }
    errors.add(goldEntities, predictedEntities, sentence, options.tokens?.[sentence]);
  });
  const types = errors.types.labels().filter((type) => type !== NO_ENTITY);
  const labels = [...types, NO_ENTITY];
  return {
    ...counts.scores(),
    ...(types.length < 2 ? {} : { typeConfusion: { labels, counts: errors.types.table(labels) } }),
    tokenAccuracy: tokenCount === 0 ? 0 : (100 * rightTokens) / tokenCount,
    tokenCount,
    errors: errors.tally(options.examples ?? 10),
  };
}

function requireSameLength(gold: number, predicted: number, what: string): void {
  if (gold === predicted) return;
  throw new BiobertError({
    code: "input-format",
    message: `gold has ${gold} ${what}, the predictions have ${predicted}`,
    hint: "Both sides must hold the same sentences in the same order.",
  });
}
