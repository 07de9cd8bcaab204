export { exportParameters, loadParameters, type LoadOptions } from "./checkpoint.ts";
export { formatTokenClassifierConfig, parseBertConfig, parseLabels, requireVocabularySize, type BertConfig } from "./config.ts";
export { bertEncoder, bertPooler, type EncoderInputs } from "./encoder.ts";
export { fromHuggingFaceName, toHuggingFaceName } from "./names.ts";
export {
  classifierInputs,
  HEAD_PREFIX,
  tokenClassifierForInference,
  tokenClassifierForTraining,
  type BuiltModel,
  type IdBatch,
  type TrainingGraph,
} from "./token-classifier.ts";
