export { Dropout, dropoutInputs, dropoutKey, DropoutSource } from "./dropout.ts";
export {
  embedding,
  encoderBlock,
  layerNorm,
  linear,
  paddingBias,
  selfAttention,
  type AttentionOptions,
  type BlockOptions,
} from "./layers.ts";
export {
  binaryCrossEntropy,
  crossEntropy,
  meanWeight,
  squaredError,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
} from "./losses.ts";
export { initialTensor, ParameterScope, type Initializer, type ParameterSpec } from "./parameters.ts";
