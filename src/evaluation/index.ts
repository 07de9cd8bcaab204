export {
  readResultRecord,
  type ResultRecord,
  resultRecordSchema,
  type ResultRecordV1,
  type ResultRecordV2,
  resultRecordV1Schema,
  resultRecordV2Schema,
} from "./record.ts";
export type { EvaluatedOverlap } from "./overlap.ts";
export { evaluateTask, predictTask, type EvaluatedExample, type TaskEvaluation, type TaskRunOptions } from "./task.ts";
export { calibrationSection, confusionTable, errorTable, labelTable, wrongExamples } from "./report-scores.ts";
export { taskReport } from "./report-task.ts";
export { metricName, metricText, unitOf } from "./metric-names.ts";
export type { EvaluatedModel } from "./model.ts";
export { type ChartOptions, type ChartSeries, svgLineChart } from "./report-chart.ts";
export {
  type EvaluatedSentence,
  type EvaluationSummary,
  errorKindName,
  evaluationReport,
} from "./report-evaluation.ts";
export { type Card, type HtmlTable, type Page, cardsHtml, escapeHtml, htmlPage, tableHtml } from "./report-page.ts";
export { crossValidationReport, searchReport } from "./report-many.ts";
export { type TrainingSummary, trainingReport } from "./report-training.ts";
export {
  evaluateNer,
  evaluateOffsets,
  type EvaluationOptions,
  type NerEvaluation,
  type OffsetEvaluation,
} from "./ner.ts";
export {
  classifyVectors,
  type DocumentRanking,
  type DocumentVectors,
  evaluateSciDocs,
  type LabelledDocument,
  rankByVectors,
  type Recommendation,
  recommendByVectors,
  SCIDOCS_COSTS,
  type SciDocsData,
  type VectorClassification,
} from "./document-embedding.ts";
