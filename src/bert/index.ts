export { exportParameters, loadParameters, readParameters, type LoadOptions } from "./checkpoint.ts";
export { formatTokenClassifierConfig, parseBertConfig, requireVocabularySize, type BertConfig } from "./config.ts";
export { convertCheckpoint, type NamingScheme } from "./convert.ts";
export { bertEncoder, bertPooler, type EncoderInputs } from "./encoder.ts";
export { fromCheckpointName, toHuggingFaceName, toTensorFlowName, type KnownTensor } from "./names.ts";
export {
  HEAD_PREFIX,
  tokenClassifierForInference,
  tokenClassifierForTraining,
  type BuiltModel,
  type TrainingGraph,
} from "./token-classifier.ts";
