// The token-classification model: the encoder, dropout, and a linear layer onto the labels; as a graph to train and as
// a graph to run.

import { tokenClassification } from "./classifiers.ts";
import type { BertConfig } from "./config.ts";
import { modelForInference, modelForTraining, type BuiltModel, type TrainingGraph } from "./model.ts";

/** The token classifier's graph to run: see `modelForInference` and `tokenClassification`. */
export function tokenClassifierForInference(config: BertConfig, labelCount: number): BuiltModel {
  return modelForInference(config, tokenClassification(labelCount));
}

/** The graph of the token classifier's training loss: see `modelForTraining` and `tokenClassification`. */
export function tokenClassifierForTraining(config: BertConfig, labelCount: number): TrainingGraph {
  return modelForTraining(config, tokenClassification(labelCount));
}
