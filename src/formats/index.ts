export {
  CONLL_HINT,
  type ConllCorpus,
  type ConllOptions,
  type ConllSentence,
  encodeConll,
  parseConll,
} from "./conll.ts";
export { type TextLine, linesOf } from "./lines.ts";
export { areColumnNames, isCsvName, looksLikeHeader, type TableRow, parseCsv, parseTsv } from "./table.ts";
export { type Safetensors, encodeSafetensors, openSafetensors, parseSafetensors } from "./safetensors.ts";
export { type DocumentLine, type TextDocument, documentOfLine, parseJsonLines } from "./json-lines.ts";
export { type LabelScheme, type LabelSummary, type TaggedSentence, checkLabels, tagsOf } from "./label-scheme.ts";
export { OffsetMap } from "./offsets.ts";
export {
  type PubTatorDocument,
  type PubTatorEntity,
  type PubTatorRelation,
  encodePubTator,
  parsePubTator,
  pubTatorStandoff,
} from "./pubtator.ts";
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
  type StandoffCollection,
  type StandoffRelation,
  countStandoff,
  hullOf,
  overlaps,
  warnOfStandoff,
} from "./standoff.ts";
export { type ChemProtFile, type ChemProtRelation, parseChemProt, parseChemProtRelations } from "./corpora/chemprot.ts";
export { type DdiDocument, type DdiPair, type DdiSentence, parseDdi } from "./corpora/ddi.ts";
export {
  type BioAsqAnswer,
  type BioAsqQuestion,
  type BioAsqType,
  encodeBioAsqAnswers,
  isBioAsq,
  parseBioAsq,
} from "./corpora/bioasq.ts";
export { encodeSquad, type SquadQuestion, parseSquad } from "./corpora/squad.ts";
export { type PubMedQaDecision, type PubMedQaItem, parsePubMedQa, parsePubMedQaTruth } from "./corpora/pubmedqa.ts";
export {
  type ChoiceQuestion,
  type ChoiceReading,
  letter,
  parseAnyChoices,
  parseChoices,
  parseFrenchMedMcqa,
  parseMedConceptsQa,
  parseMedMcqa,
  parseMedQa,
  parseMmluCsv,
} from "./corpora/multiple-choice.ts";
export {
  type HallmarkRow,
  type LabelledRow,
  type SimilarityRow,
  type YesNoRow,
  HALLMARKS,
  encodeLabelledRows,
  parseHallmarks,
  parseLabelledRows,
  parseSimilarityRows,
  parseYesNoRows,
} from "./corpora/tables.ts";
export {
  type GeneMention,
  type GeneSentence,
  type LabelledAbstract,
  parseBc2gm,
  parseLabelledAbstracts,
} from "./corpora/sequences.ts";
export {
  type DocumentRanking,
  type SciDocsPaper,
  type ScientificDocument,
  encodeSciDocsEmbeddings,
  parseSciDocsEmbeddings,
  parseQrel,
  parseSciDocsClicks,
  parseSciDocsLabels,
  parseSciDocsMetadata,
  parseSciDocsPropensities,
  parseSciRepEvalLabels,
  parseSciRepEvalSearch,
  parseSciRepEvalTriples,
} from "./corpora/scientific-documents.ts";
export { type BratDocument, bratWord, encodeBrat, parseBrat } from "./brat.ts";
export { bioCStandoff, standoffBioC } from "./bioc/standoff.ts";
export type {
  BioCAnnotation,
  BioCCollection,
  BioCDocument,
  BioCPassage,
  BioCRelation,
  BioCSentence,
} from "./bioc/types.ts";
export { encodeBioCXml, parseBioCXml } from "./bioc/xml.ts";
export { encodeBioCJson, parseBioCJson } from "./bioc/json.ts";
export { type Citation, parseCitations } from "./pubmed-xml.ts";
export {
  type AnswerFileKind,
  answerFileKind,
  bioasqQuestions,
  parseJson,
  squadQuestions,
} from "./scored/answer-files.ts";
export { encodeBc2gmEval, parseBc2gmEval } from "./scored/bc2gm-eval.ts";
export type { LabelRow, LabelRowsOptions } from "./scored/label-row.ts";
export { type LabelPair, labelsOfCell, labelsOfRow, pairLabelRows, parseLabelRows } from "./scored/label-rows.ts";
export { jsonFaultPlace, type TextPlace } from "./json-place.ts";
export { npyHeader, npyRow, parseNpy } from "./npy.ts";
export { documentIdOf, eachJsonRecord, type JsonRecord, jsonRecords, quoted } from "./reading.ts";
