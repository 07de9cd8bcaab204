export { type ReadTextOptions, damagedGzip, decodeText, isGzip, readBytes, readText } from "./files.ts";
export { errorCodeOf, readError, writeError } from "./system-errors.ts";
export { type LineSource, type ReadLine, type ReadLinesOptions, readDocumentLines, readLines } from "./line-reader.ts";
export { type FileContent, ensureDirectory, isSameDirectory, refuseTaken, removeFile, writeDirectoryAtomic, writeFileAtomic } from "./write.ts";
export {
  type HeadTraining,
  type Json,
  type ModelFileOptions,
  type ModelFiles,
  type ModelHead,
  type ModelManifest,
  readModelFiles,
  readTensors,
} from "./model-files.ts";
export { type LengthBatchesOptions, lengthBatches, paddingShare, tokenBudgetBatches } from "./batching.ts";
export {
  type NerCorpus,
  type NerCounts,
  type NerSentence,
  countNer,
  countSharedSentences,
  readNerCorpus,
  requireKnownLabels,
} from "./ner-corpus.ts";
export {
  NER_DATASETS,
  type NerDataset,
  dataRoot,
  datasetFile,
  nerDataset,
  readNerDataset,
} from "./registry.ts";
export { cpuModel } from "./machine.ts";
export { exists, sha256, sha256OfFiles } from "./hash.ts";
export { readWeights, shardNames } from "./weights.ts";
export type {
  Answer,
  AnyExampleSet,
  ClassificationExample,
  DocumentExample,
  ExampleBase,
  ExampleOf,
  ExampleSet,
  ExampleTask,
  MultipleChoiceExample,
  NerSentenceExample,
  QaExample,
  RankingQuery,
  RelationArgument,
  RelationExample,
  SimilarityExample,
  Split,
  TextSpan,
  YesNoExample,
} from "./examples.ts";
