export { answer, type FoundAnswer, type QuestionedDocument } from "./answer.ts";
export { convertWeights, type WeightFormat } from "./convert.ts";
export {
  annotate,
  annotateAll,
  type AnnotatedDocument,
  type AnnotateOptions,
  type Annotation,
  type WindowMode,
} from "./annotate.ts";
export { sentenceOfPieces, type InputDocument } from "./documents.ts";
export type { Model, ModelHead, ModelInfo, TokenBatch, TokenClassifier } from "./model.ts";
export type { Entity } from "../tasks/index.ts";
export { configOfHead, describedHead, headsOf } from "./head.ts";
export {
  relate,
  type DocumentRelations,
  type DocumentWithEntities,
  type FoundRelation,
  type RelatedEntity,
  type RelateOptions,
} from "./relate.ts";
export { loadTaskModel, type LoadTaskOptions, type PredictOptions, type TaskModel } from "./task-model.ts";
export { loadModel, type LoadModelOptions } from "./load.ts";
export { exportOnnx, ONNX_FILES, type OnnxPrecision } from "./export.ts";
export {
  embed,
  type EmbedDocument,
  type EmbedOptions,
  type Embedding,
  type Encoder,
  loadEncoder,
  type LoadEncoderOptions,
  POOLINGS,
} from "./embed.ts";
