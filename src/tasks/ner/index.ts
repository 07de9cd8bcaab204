export { decodeEntities, pieceLabels, readLogits, type PieceLabels } from "./decode.ts";
export { readLabelScheme, type LabelScheme } from "./label-scheme.ts";
export type { Entity } from "./spans.ts";
