// What fine-tuning is given, and what it says of its end.

import type { FreezeOptions } from "../bert/index.ts";
import type { Balance, ClassWeights } from "./class-balance.ts";
import type { TrainingEngineOptions } from "./engine-settings.ts";
import type { Fold } from "./folds.ts";
import type { LoopOptions, LoopResult } from "./loop.ts";

/** What is trained on what, and the loop's recipe. */
export interface FineTuneOptions extends Omit<LoopOptions, "checkpointPath" | "fingerprint">, TrainingEngineOptions {
  /** A directory, an archive or a file of weights. */
  modelDirectory: string;
  /** The start's configuration and vocabulary, where they do not lie beside its weights. */
  configPath?: string;
  vocabularyPath?: string;
  trainFiles: string[];
  /** Held-out files; without any, the last epoch's model is kept. */
  devFiles: string[];
  outputDirectory: string;
  /** What a layer's rate is of that of the layer above it. Default 1: all alike. */
  layerDecay?: number;
  /** What is not trained. Default: nothing. */
  freeze?: FreezeOptions;
  /** Test files: compared with the training files, never trained on nor scored. */
  testFiles?: string[];
  /** The registry's data set that the files are of: what its published split is known to share is let pass. */
  dataset?: string;
  /** Train although held-out or test data share documents, long sentences or whole files with the training data; it is said and recorded. */
  allowOverlap?: boolean;
  /** The start must be a fine-tuned model, the stage before this one. */
  after?: boolean;
  /** What the held-out files are. Test data choose no epoch: they ask for `keep` "last" and no patience. Default "dev". */
  heldOut?: "dev" | "test";
  /** Holds one fold of the training data out, in place of held-out files. */
  fold?: Fold;
  /** Epochs in which every class has the same number of examples. Default: all examples. */
  balance?: Balance;
  /** What each label counts for in the loss. Default: all alike. */
  classWeights?: ClassWeights;
  /** On hidden states and attention probabilities alike. */
  dropout: number;
  /** Longest sequence in pieces, special tokens counted. */
  maxLength: number;
  /** The task's own options, checked against its table. */
  taskOptions?: Readonly<Record<string, unknown>>;
  /** The most memory that the process may take, in bytes; default: no bound. */
  maxMemory?: number;
  /** The command line, for the model's record of its training. */
  command?: string;
}

export interface FineTuneResult {
  /** Of the model that is kept, on the held-out data: in percent, but for those that `best.units` names. */
  metrics?: Record<string, number>;
  bestEpoch?: number;
  /** The epoch that training ended in: fewer than were asked for where patience ended it. */
  lastEpoch: number;
  /** The evaluation that scored best, with the metric that it was chosen by. */
  best?: LoopResult["best"];
}
