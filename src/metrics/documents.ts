// Gold and predicted documents paired by their ids.

import { BiobertError } from "../core/index.ts";

/**
 * Every gold document with the predictions for it, if any, in the gold's order.
 * @throws BiobertError `input-format` for an id given twice on one side, or one that the gold does not have.
 */
export function pairDocuments<T extends { id: string }>(
  gold: readonly T[],
  predicted: readonly T[],
): [T, T | undefined][] {
  const goldIds = new Set(byId(gold, "the gold").keys());
  const predictedById = byId(predicted, "the predictions");
  for (const id of predictedById.keys()) {
    if (!goldIds.has(id)) {
      throw new BiobertError({ code: "input-format", message: `document ${JSON.stringify(id)} is not in the gold` });
    }
  }
  return gold.map((document) => [document, predictedById.get(document.id)]);
}

function byId<T extends { id: string }>(documents: readonly T[], side: string): Map<string, T> {
  const found = new Map<string, T>();
  for (const document of documents) {
    if (found.has(document.id)) {
      throw new BiobertError({
        code: "input-format",
        message: `document ${JSON.stringify(document.id)} is twice in ${side}`,
      });
    }
    found.set(document.id, document);
  }
  return found;
}
