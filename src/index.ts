// The library: `import { loadModel, annotate } from "biobert"`.

export * from "./core/index.ts";
export * from "./hub/index.ts";
export * from "./inference/index.ts";
// Training and scoring: `fineTune(taskNamed("relation"), { ... })`, `evaluateTask({ ... })`, `predictTask({ ... })`.
export {
  createModel,
  fineTune,
  type FineTuneOptions,
  type FineTuneResult,
  type NewModelOptions,
  type TrainingEvent,
} from "./training/index.ts";
export {
  classifyVectors,
  embedDocuments,
  evaluateBc2gm,
  evaluateNer,
  evaluateOffsets,
  evaluateSciDocs,
  evaluateTask,
  predictTask,
  rankByVectors,
  readEmbeddingSet,
  readSciDocs,
  recommendByVectors,
  scoreEmbeddingSet,
  scoreSciDocs,
} from "./evaluation/index.ts";
export type {
  DocumentRanking,
  DocumentVectors,
  EmbeddedDocument,
  EmbeddingSet,
  EmbedDocumentsOptions,
  EvaluatedExample,
  EvaluationOptions,
  LabelledDocument,
  Bc2gmEvaluation,
  Bc2gmFiles,
  NerEvaluation,
  NerEvaluationOptions,
  OffsetEvaluation,
  PredictTaskOptions,
  Recommendation,
  RecommendedPaper,
  RecommenderData,
  SciDocsData,
  SciDocsFiles,
  TaskEvaluation,
  TaskPredictions,
  TaskRunOptions,
  VectorClassification,
} from "./evaluation/index.ts";
// Published results measured again, and systems compared: `reproduce(resolveRecipe(recipe), { ... })`, `compareSystems(a, b)`.
export {
  compareSystems,
  type CompareOptions,
  itemsFile,
  type ItemsFile,
  joinRuns,
  readItemsFile,
  type ResultRecordV2,
  type SystemComparison,
  type Verdict,
  withoutIds,
  writeItemsFile,
} from "./evaluation/index.ts";
export {
  parseRecipe,
  readRecipe,
  type Recipe,
  recordOfRuns,
  reproduce,
  type ReproduceOptions,
  type ReproductionEvent,
  type ResolvedRecipe,
  resolveRecipe,
} from "./reproduction/index.ts";
export { taskList, taskNamed, TASKS, type TaskName } from "./tasks/index.ts";
export type * from "./tasks/index.ts";
