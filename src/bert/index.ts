export { exportParameters, loadParameters, readParameters, type LoadOptions } from "./checkpoint.ts";
export {
  ARCHITECTURES,
  formatHeadConfig,
  formatModelConfig,
  headOf,
  isPerToken,
  parseHeadDescription,
  resultNames,
  type Architecture,
  type HeadDescription,
} from "./architectures.ts";
export { parseBertConfig, parseLabels, requireVocabularySize, type BertConfig } from "./config.ts";
export { convertCheckpoint, type NamingScheme } from "./convert.ts";
export { bertEncoder, bertPooler, type EncoderInputs } from "./encoder.ts";
export { parametersByDepth, type DepthOptions, type FreezeOptions } from "./fine-tuning.ts";
export { classifierInputs, type IdBatch } from "./inputs.ts";
export { fromCheckpointName, toHuggingFaceName, toTensorFlowName, type KnownTensor } from "./names.ts";
export {
  multipleChoice,
  questionAnswering,
  sequenceClassification,
  tokenClassification,
  type SequenceClassificationOptions,
  type SequenceProblem,
} from "./classifiers.ts";
export {
  HEAD_PREFIX,
  modelForInference,
  modelForTraining,
  type BuiltModel,
  type Head,
  type HeadContext,
  type TrainingGraph,
} from "./model.ts";
export {
  encoderForInference,
  pooledVectors,
  pooledVectorsForInference,
  TOKEN_STATES,
  VECTORS,
  type Pooling,
} from "./pooled-vectors.ts";
export { maskedLanguageModel, nextSentencePrediction, preTraining } from "./pre-training.ts";
export { tokenClassifierForInference, tokenClassifierForTraining } from "./token-classifier.ts";
