// Tags for sentences of words: run examples in batches of like length, take the best label of each word's first piece.

import type { NerExample } from "./examples.ts";
import { collate, type NerBatch } from "./batch.ts";

/** Runs a batch and gives logits `[batch, sequence, labels]`. */
export type LogitsOf = (batch: NerBatch) => Promise<Float32Array>;

/**
 * Predicts a tag for every word. A word without pieces, or with none that the tokenizer knows how to cut, is "O".
 * @param batches indices into `examples`, each list run together
 * @param wordCounts words of each sentence
 */
export async function predictTags(
  examples: readonly NerExample[],
  batches: readonly (readonly number[])[],
  wordCounts: readonly number[],
  labels: readonly string[],
  padId: number,
  logitsOf: LogitsOf,
): Promise<string[][]> {
  const tags = wordCounts.map((count) => new Array<string>(count).fill("O"));
  for (const indices of batches) {
    const members = indices.map((index) => examples[index]!);
    const batch = collate(members, padId);
    const logits = await logitsOf(batch);
    members.forEach((example, row) => {
      example.firstPieces.forEach((position, i) => {
        const offset = (row * batch.sequence + position) * labels.length;
        let best = 0;
        for (let label = 1; label < labels.length; label++) {
          if (logits[offset + label]! > logits[offset + best]!) best = label;
        }
        tags[example.sentence]![example.words[i]!] = labels[best]!;
      });
    });
  }
  return tags;
}
