export type { MetricUnits, ScoreDetails, TrainingEvent } from "./events.ts";
export { scoreDetails } from "./score-details.ts";
export { fineTune } from "./fine-tune.ts";
export type { FineTuneOptions, FineTuneResult } from "./options.ts";
export { assignFolds, readFoldFolders, type Fold, type FoldFiles } from "./folds.ts";
export {
  crossValidate,
  crossValidateMultiTask,
  type CrossValidation,
  type CrossValidationEvent,
  type CrossValidationOptions,
  type FoldResult,
  type MultiTaskCrossValidationOptions,
} from "./cross-validation.ts";
export type { Balance, ClassWeights } from "./class-balance.ts";
export {
  searchHyperparameters,
  searchPoints,
  searchTable,
  type SearchEvent,
  type SearchOptions,
  type SearchPoint,
  type SearchResult,
  type SearchRow,
  type SearchSpace,
  type SearchTrial,
} from "./search.ts";
export { trainNer, type NerTrainingOptions, type NerTrainingResult } from "./ner.ts";
export { addGradientOutputs, type TrainingModel } from "./gradient-graph.ts";
export { memoryDemand, graphDemand, recomputations } from "./memory-demand.ts";
export {
  describePlan,
  estimateMemory,
  formatBytes,
  planMemory,
  type GraphDemand,
  type MemoryDemand,
  type MemoryPlan,
} from "./memory-plan.ts";
export { recomputedSegment, trainingSchedule, type Recomputation } from "./recomputation.ts";
export { fineTuneMultiTask } from "./multi-task.ts";
export type { MultiTaskHead, MultiTaskOptions } from "./multi-task-head.ts";
export { createModel, type NewModelOptions } from "./new-model.ts";
export { TrainingStep } from "./step.ts";
export {
  cutIntoParts,
  passesOf,
  trainLoop,
  type EpochPlan,
  type LoopOptions,
  type LoopStep,
  type LoopResult,
  type TaskBatch,
  type TrainingTask,
} from "./loop.ts";
export { describeModel, writeModelFiles, writeWeights, type ModelDescription } from "./model-output.ts";
export { microBatchPieces } from "./engine-settings.ts";
