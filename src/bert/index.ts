export { exportParameters, loadParameters, type LoadOptions } from "./checkpoint.ts";
export { formatTokenClassifierConfig, parseBertConfig, requireVocabularySize, type BertConfig } from "./config.ts";
export { bertEncoder, bertPooler, type EncoderInputs } from "./encoder.ts";
export { parametersByDepth, type DepthOptions, type FreezeOptions } from "./fine-tuning.ts";
export { fromHuggingFaceName, toHuggingFaceName } from "./names.ts";
export {
  HEAD_PREFIX,
  tokenClassifierForInference,
  tokenClassifierForTraining,
  type BuiltModel,
  type TrainingGraph,
} from "./token-classifier.ts";
