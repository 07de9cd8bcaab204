// Fine-tuning for named entity recognition, its one option beside the others.

import { taskNamed } from "../tasks/index.ts";
import type { TrainingEvent } from "./events.ts";
import { fineTune } from "./fine-tune.ts";
import type { FineTuneOptions, FineTuneResult } from "./options.ts";

export interface NerTrainingOptions extends Omit<FineTuneOptions, "taskOptions"> {
  /** The entity type of tags without one (`B`, `I`, `O`); default "Entity". */
  typeName?: string;
}

export type NerTrainingResult = FineTuneResult;

/** `fineTune` for named entity recognition, on tagged sentences. Errors: those of `fineTune`. */
export function trainNer({
  typeName,
  ...options
}: NerTrainingOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
  return fineTune(taskNamed("ner"), {
    ...options,
    ...(typeName === undefined ? {} : { taskOptions: { type: typeName } }),
  });
}
