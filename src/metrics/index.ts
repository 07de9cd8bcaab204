export {
  type BioasqEdition,
  type BioasqExactAnswer,
  type BioasqQuestion,
  type BioasqQuestionType,
  type BioasqResponse,
  answersOf,
  yesNoOf,
} from "./bioasq-answers.ts";
export {
  type BioasqBatches,
  type BioasqOptions,
  type BioasqScores,
  officialBioasqMeasures,
  scoreBioasq,
  scoreBioasqBatches,
} from "./bioasq.ts";
export { type TagParts, type TaggedEntity, entitiesOf, splitTag } from "./chunks.ts";
export {
  type ClassificationOptions,
  type ClassificationReport,
  accuracyByGroup,
  scoreClassification,
} from "./classification.ts";
export { type Interval, wilsonInterval } from "./confidence.ts";
export {
  type AveragedScores,
  type Averages,
  ConfusionMatrix,
  type ConfusionTable,
  averagesOf,
  confusionOf,
  mostConfused,
} from "./confusion.ts";
export { type EntityReport, type ScoreEntitiesOptions, scoreEntities } from "./entity-scores.ts";
export { ERROR_KINDS, type ErrorExample, type ErrorKind, type ErrorTally } from "./errors.ts";
export { type FoldSummary, summarizeFoldScores, summarizeFolds } from "./folds.ts";
export { type MultiLabelReport, labelsByDocument, scoreMultiLabel } from "./multi-label.ts";
export type { PrecisionRecallF1 } from "./precision-recall.ts";
export { type DocumentRelationReport, type DocumentRelations, scoreDocumentRelations } from "./relation-documents.ts";
export {
  type BinaryReport,
  RELATION_PROTOCOLS,
  type RelationOptions,
  type RelationProtocol,
  type RelationReport,
  scoreBinary,
  scoreRelations,
} from "./relation.ts";
export { type SpanDocument, scoreSpans } from "./span-scores.ts";
export { type Bc2gmMention, type Bc2gmReport, bc2gmOffsets, scoreBc2gm } from "./bc2gm.ts";
export { type CalibrationReport, calibrationOf, type ReliabilityBin, scoreCalibration } from "./calibration.ts";
export { pearson, ranksOf, spearman } from "./correlation.ts";
export {
  MATCH_RULES,
  type MatchRule,
  type MatchScores,
  mentionKey,
  mentionKeys,
  scoreByTrainingMentions,
  scoreMatches,
  scoreTagMatches,
} from "./matching.ts";
export { mergePieces, plainTag } from "./piece-tags.ts";
export {
  type ClickReport,
  type ClickedList,
  type RankedQuery,
  type RankingReport,
  SCIDOCS_COLUMNS,
  type ScidocsColumn,
  rankedIds,
  scidocsAverage,
  scoreClicks,
  scoreRankings,
} from "./ranking.ts";
export {
  type Comparison,
  type ComparisonOptions,
  type Statistic,
  type SystemItems,
  approximateRandomisation,
  meanPercent,
  microF1,
  pairedBootstrap,
} from "./significance.ts";
export {
  entityItems,
  ITEM_STATISTICS,
  type ItemGroup,
  type ItemStatistic,
  alignLabels,
  labelItems,
  labelSetItems,
  scoreOfItems,
} from "./items.ts";
export { type SquadQuestion, type SquadReport, answerF1, normalizeAnswer, scoreSquad } from "./squad.ts";
export { conllevalText } from "./conlleval-text.ts";
export { type LinearSvm, type LinearSvmOptions, predictLinearSvm, trainLinearSvm } from "./linear-svm.ts";
