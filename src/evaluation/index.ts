export {
  readResultRecord,
  recordJson,
  type ResultRecord,
  resultRecordSchema,
  type ResultRecordV1,
  type ResultRecordV2,
  resultRecordV1Schema,
  resultRecordV2Schema,
} from "./record.ts";
export type { EvaluatedOverlap } from "./overlap.ts";
export {
  calibrationSection,
  confusionTable,
  errorTable,
  groupTable,
  labelTable,
  wrongExamples,
} from "./report-scores.ts";
export {
  evaluateTask,
  predictTask,
  type EvaluatedExample,
  type PredictTaskOptions,
  type TaskEvaluation,
  type TaskPredictions,
  type TaskRunOptions,
} from "./task.ts";
export { recordReport, taskReport, type TaskReportSummary } from "./report-task.ts";
export { metricName, metricText, unitOf } from "./metric-names.ts";
export type { EvaluatedModel } from "./model.ts";
export { type ChartOptions, type ChartSeries, svgLineChart } from "./report-chart.ts";
export {
  type EvaluatedSentence,
  type EvaluationSummary,
  errorKindName,
  evaluationReport,
  type NerCalibration,
} from "./report-evaluation.ts";
export { type Card, type HtmlTable, type Page, cardsHtml, escapeHtml, htmlPage, tableHtml } from "./report-page.ts";
export {
  crossValidationReport,
  type PartScores,
  type ReportLink,
  searchReport,
  selectionText,
  unfinishedReport,
} from "./report-many.ts";
export { type TrainingSummary, trainingReport } from "./report-training.ts";
export {
  evaluateBc2gm,
  evaluateNer,
  evaluateOffsets,
  type Bc2gmEvaluation,
  type Bc2gmFiles,
  type EvaluationOptions,
  type NerEvaluation,
  type NerEvaluationOptions,
  type OffsetEvaluation,
} from "./ner.ts";
export {
  classifyVectors,
  comparePairs,
  type DocumentRanking,
  type DocumentVectors,
  evaluateSciDocs,
  type LabelledDocument,
  rankByVectors,
  recommendByLearning,
  recommendByVectors,
  type RecommenderData,
  SCIDOCS_COSTS,
  type SciDocsData,
  type SimilarPair,
  stratifiedFolds,
  type VectorClassification,
} from "./document-embedding.ts";
export {
  embedDocuments,
  readEmbeddingSet,
  scoreEmbeddingSet,
  scoreSciDocs,
  type EmbeddedDocument,
  type EmbeddingSet,
  type EmbedDocumentsOptions,
} from "./embedding-sets.ts";
export type { Curves, RecordRun, Spread } from "./record-runs.ts";
export { curvesSchema } from "./record-runs.ts";
export { curvesOf, meanCurves } from "./curves.ts";
export {
  itemsFile,
  type ItemsFile,
  itemsFileSchema,
  joinRuns,
  readItemsFile,
  withoutIds,
  requireSameItems,
  runsOf,
  writeItemsFile,
} from "./items-file.ts";
export {
  type ComparisonRecord,
  comparisonRecord,
  comparisonRecordSchema,
  readComparisonRecord,
} from "./comparison-record.ts";
export { type CompareOptions, compareSystems, type SystemComparison, type Verdict } from "./compare.ts";
export { readSciDocs, type SciDocsFiles } from "./scidocs-files.ts";
export { RECOMMENDER_FEATURES, type Recommendation, type RecommendedPaper } from "./scidocs-recommender.ts";
