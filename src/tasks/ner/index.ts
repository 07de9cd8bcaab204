export { decodeEntities, pieceLabels, readLogits, type PieceLabels } from "./decode.ts";
export { readLabelScheme, type LabelScheme } from "./label-scheme.ts";
export type { Entity } from "./spans.ts";
export { collate, type NerBatch } from "./batch.ts";
export { entityConfidences } from "./entity-confidences.ts";
export { cutSentencesWarning, encodeSentences, typedTag, type EncodedNer, type NerExample } from "./examples.ts";
export { CONFUSED_TYPES, goldTags, nerTask, type NerInput, type NerOptions, type NerTaskExample } from "./task.ts";
