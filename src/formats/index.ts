export { type ConllCorpus, type ConllOptions, type ConllSentence, encodeConll, parseConll } from "./conll.ts";
export { type TextLine, linesOf } from "./lines.ts";
export { type Safetensors, encodeSafetensors, openSafetensors, parseSafetensors } from "./safetensors.ts";
export { type DocumentLine, type TextDocument, documentOfLine, parseJsonLines } from "./json-lines.ts";
export { type LabelScheme, type LabelSummary, type TaggedSentence, checkLabels, tagsOf } from "./label-scheme.ts";
export { OffsetMap } from "./offsets.ts";
export { type PubTatorDocument, type PubTatorEntity, type PubTatorRelation, parsePubTator } from "./pubtator.ts";
export { type ByteSource, memorySource, readChunks, readExactly } from "./byte-source.ts";
export { type CheckpointKind, kindOfCheckpoint } from "./checkpoint.ts";
export { damagedModel, unsafeModel, unsupportedModel } from "./damage.ts";
export { openTensorFlow, shardSuffix } from "./tensorflow/bundle.ts";
export { type TensorFlowFiles, encodeTensorFlow } from "./tensorflow/writer.ts";
export { encodeTorch } from "./torch/writer.ts";
export { type CheckpointFormat, type TensorInfo, type TensorSource, joinSources } from "./tensor-source.ts";
export { openTorchLegacy, openTorchZip } from "./torch/checkpoint.ts";
export {
  type StandoffCounts,
  type StandoffDocument,
  type StandoffEntity,
  type StandoffRelation,
  countStandoff,
  hullOf,
  overlaps,
  warnOfStandoff,
} from "./standoff.ts";
export { type ChemProtFile, type ChemProtRelation, parseChemProt, parseChemProtRelations } from "./corpora/chemprot.ts";
export { type DdiDocument, type DdiPair, type DdiSentence, parseDdi } from "./corpora/ddi.ts";
