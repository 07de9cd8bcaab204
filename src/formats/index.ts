export { type ConllCorpus, type ConllOptions, type ConllSentence, encodeConll, parseConll } from "./conll.ts";
export { type TextLine, linesOf } from "./lines.ts";
export { type Safetensors, encodeSafetensors, parseSafetensors } from "./safetensors.ts";
export { type DocumentLine, type TextDocument, documentOfLine, parseJsonLines } from "./json-lines.ts";
export { type LabelScheme, type LabelSummary, type TaggedSentence, checkLabels, tagsOf } from "./label-scheme.ts";
export { OffsetMap } from "./offsets.ts";
export { type PubTatorDocument, type PubTatorEntity, type PubTatorRelation, parsePubTator } from "./pubtator.ts";
