export { type ReadTextOptions, decodeText, readBytes, readText } from "./files.ts";
export { type LineSource, type ReadLine, type ReadLinesOptions, readDocumentLines, readLines } from "./line-reader.ts";
export { type FileContent, ensureDirectory, isSameDirectory, removeFile, writeDirectoryAtomic, writeFileAtomic } from "./write.ts";
export {
  type Json,
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
  type Split,
  dataRoot,
  datasetFile,
  nerDataset,
  readNerDataset,
} from "./registry.ts";
export { exists, sha256, sha256OfFiles } from "./hash.ts";
export { errorCodeOf, readError, writeError } from "./system-errors.ts";
