export { type ResultRecord, resultRecordSchema } from "./record.ts";
export { type ChartOptions, type ChartSeries, svgLineChart } from "./report-chart.ts";
export {
  type EvaluatedSentence,
  type EvaluationSummary,
  errorKindName,
  evaluationReport,
} from "./report-evaluation.ts";
export { type Card, type HtmlTable, type Page, cardsHtml, escapeHtml, htmlPage, tableHtml } from "./report-page.ts";
export { type TrainingSummary, trainingReport } from "./report-training.ts";
export {
  evaluateNer,
  evaluateOffsets,
  type EvaluatedModel,
  type EvaluationOptions,
  type NerEvaluation,
  type OffsetEvaluation,
} from "./ner.ts";
