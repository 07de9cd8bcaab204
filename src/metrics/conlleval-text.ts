// Entity scores as conlleval prints them, line for line, so that they can be compared with published outputs.

import type { EntityReport } from "./entity-scores.ts";
import type { PrecisionRecallF1 } from "./precision-recall.ts";

/** The official script's output for a report, without its last line end; types in alphabetical order. */
export function conllevalText({ overall, byType, tokenAccuracy, tokenCount }: EntityReport): string {
  const percent = (value: number) => `${value.toFixed(2).padStart(6)}%`;
  const row = ({ precision, recall, f1 }: PrecisionRecallF1) =>
    `precision: ${percent(precision)}; recall: ${percent(recall)}; FB1: ${f1.toFixed(2).padStart(6)}`;
  const { goldCount, predictedCount, correctCount } = overall;
  return [
    `processed ${tokenCount} tokens with ${goldCount} phrases; found: ${predictedCount} phrases; correct: ${correctCount}.`,
    `accuracy: ${percent(tokenAccuracy)}; ${row(overall)}`,
    ...Object.entries(byType).map(([type, scores]) => `${type.padStart(17)}: ${row(scores)}  ${scores.predictedCount}`),
  ].join("\n");
}
