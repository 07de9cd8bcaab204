export { type ConllCorpus, type ConllOptions, type ConllSentence, encodeConll, parseConll } from "./conll.ts";
export { type TextLine, linesOf } from "./lines.ts";
export { type Safetensors, encodeSafetensors, parseSafetensors } from "./safetensors.ts";
export { type DocumentLine, type TextDocument, documentOfLine, parseJsonLines } from "./json-lines.ts";
