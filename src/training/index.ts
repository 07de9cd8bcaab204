export type { TrainingEvent } from "./events.ts";
export { fineTune, type FineTuneOptions, type FineTuneResult } from "./fine-tune.ts";
export { trainNer, type NerTrainingOptions, type NerTrainingResult } from "./ner.ts";
export { encoderLayer, TrainingStep, type TrainingModel } from "./step.ts";
export { trainLoop, type LoopOptions, type LoopResult, type TaskBatch, type TrainingTask } from "./loop.ts";
export { describeModel, writeModelFiles, writeWeights, type ModelDescription } from "./model-output.ts";
