export type { TrainingEvent } from "./events.ts";
export { trainNer, type NerTrainingOptions, type NerTrainingResult } from "./ner.ts";
export { addGradientOutputs, type TrainingModel } from "./gradient-graph.ts";
export { recomputedSegment, trainingSchedule, type Recomputation } from "./recomputation.ts";
export { TrainingStep } from "./step.ts";
export { trainLoop, type LoopOptions, type LoopResult, type TaskBatch, type TrainingTask } from "./loop.ts";
export { describeTokenClassifier, writeTokenClassifierFiles, writeWeights, type TokenClassifierFiles } from "./model-output.ts";
