export { type TagParts, type TaggedEntity, entitiesOf, splitTag } from "./chunks.ts";
export { type EntityReport, type ScoreEntitiesOptions, scoreEntities } from "./entity-scores.ts";
export { ERROR_KINDS, type ErrorExample, type ErrorKind, type ErrorTally } from "./errors.ts";
export type { PrecisionRecallF1 } from "./precision-recall.ts";
export { type SpanDocument, scoreSpans } from "./span-scores.ts";
export {
  accuracyOf,
  type ClassScores,
  confusionCounts,
  pearson,
  scoreConfusion,
  scoreLabelSets,
  spearman,
} from "./classification-basics.ts";
