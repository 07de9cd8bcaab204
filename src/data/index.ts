export {
  type ReadTextOptions,
  damagedGzip,
  decodeText,
  isGzip,
  readBytes,
  readJson,
  readText,
  readUnzipped,
} from "./files.ts";
export { errorCodeOf, readError, writeError } from "./system-errors.ts";
export { type LineSource, type ReadLine, type ReadLinesOptions, readDocumentLines, readLines } from "./line-reader.ts";
export {
  type FileContent,
  ensureDirectory,
  isFileIn,
  isSameDirectory,
  refuseTaken,
  removeDirectory,
  removeFile,
  writeDirectoryAtomic,
  writeFileAtomic,
  writeText,
} from "./write.ts";
export {
  type HeadTraining,
  type OverlapCounts,
  type TrainingStage,
  HEADS_FOLDER,
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
export { NER_DATASETS, type NerDataset, nerDataset, readNerDataset } from "./ner-release.ts";
export { DataSource, dataCache, dataRoot, dataRoots, datasetFile, findFile } from "./data-root.ts";
export { type BundleFile, readBundle } from "./bundles.ts";
export { fileSize, freeSpace } from "./free-space.ts";
export { cpuModel, machineName, peakMemory } from "./machine.ts";
export { exists, sha256, sha256OfFiles } from "./hash.ts";
export { listFolders } from "./folders.ts";
export { directoryFiles } from "./file-set.ts";
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
export {
  type AnyDataset,
  type Dataset,
  type DatasetFile,
  type DatasetSplit,
  type KnownOverlap,
  type Licence,
  type PublishedScore,
  allowedOverlap,
  DATASETS,
  datasetOf,
  knownFile,
  knownFiles,
  knownOverlap,
} from "./registry/index.ts";
export { type ReadExamplesOptions, readExamples } from "./read-examples.ts";
export { type SentencePairOptions, type SentencePairs, sentencePairs, trimmedSpans } from "./convert/sentence-pairs.ts";
export { type ConceptPairOptions, type ConceptPairs, conceptPairs, markMentions } from "./convert/document-pairs.ts";
export { DDI_LABELS, ddiExamples } from "./convert/ddi.ts";
export { type TaggedSentences, taggedSentences, tokensOf } from "./convert/tagged-sentences.ts";
export {
  batchOf,
  type BioAsqConversion,
  type BioAsqExamplesOptions,
  bioAsqSpans,
  bioAsqSpansOf,
  bioAsqYesNo,
  literalAnswers,
  type QuestionKind,
  snippetContexts,
  squadSpans,
} from "./convert/bioasq.ts";
export { type ConceptLevel, type MedicalCode, conceptQuestions, parseCodes } from "./convert/medical-concepts.ts";
export { anonymise } from "./convert/anonymise.ts";
export { encodeQuestions, type QuestionFileOptions, type QuestionFormat } from "./convert/question-files.ts";
export { type TaskFile, taskFile } from "./convert/task-files.ts";
export { CHEMPROT_LABELS } from "./readers/relations.ts";
export {
  comparedTexts,
  describeOverlap,
  exceedsKnown,
  findOverlap,
  refuseSameFile,
  longSentences,
  overlapCounts,
  overlapSides,
  refuseOverlap,
  SHARED_WORDS,
  withoutOverlap,
  type ComparedExample,
  type Overlap,
  type OverlapPlace,
  type SharedPlace,
} from "./overlap.ts";
export { type DatasetCheck, checkDatasets } from "./check-datasets.ts";
export { bratFolder } from "./convert/brat-folder.ts";
export { encodeCorpus, readCorpus } from "./convert/corpus.ts";
export type { CorpusFormat, TextFormat } from "./convert/losses.ts";
