// Windows of many documents in batches of one length, so that nothing is padding.

import { BiobertError } from "../core/index.ts";
import { readLogits } from "../tasks/index.ts";
import type { WindowPlan } from "../text/index.ts";
import type { InputDocument, PreparedDocument } from "./documents.ts";
import type { TokenBatch, TokenClassifier } from "./model.ts";

/** One window and the document that it is of. */
export interface QueuedWindow {
  of: PreparedDocument<InputDocument>;
  window: WindowPlan;
  /** Tokens of its row, `[CLS]` and `[SEP]` counted. */
  length: number;
}

/** The windows of documents, in order. */
export function queueWindows(documents: readonly PreparedDocument<InputDocument>[]): QueuedWindow[] {
  return documents.flatMap((of) =>
    of.windows.map((window) => ({ of, window, length: window.lastPiece - window.firstPiece + 2 })),
  );
}

/**
 * Cuts windows, longest first, into batches of one length each and at most `tokenBudget` tokens; a window longer than
 * that is a batch of its own. Without padding, a row is computed in the same steps whatever stands beside it, to the bit.
 */
export function planBatches(windows: readonly QueuedWindow[], tokenBudget: number): QueuedWindow[][] {
  const sorted = windows.toSorted((a, b) => b.length - a.length);
  const batches: QueuedWindow[][] = [];
  let last: QueuedWindow[] = [];
  for (const window of sorted) {
    const { length } = window;
    if (last[0]?.length === length && (last.length + 1) * length <= tokenBudget) last.push(window);
    else batches.push((last = [window]));
  }
  return batches;
}

/** The batch of windows of one length. */
export function encodeBatch(windows: readonly QueuedWindow[], model: TokenClassifier): TokenBatch {
  const { clsId, sepId } = model.tokenizer.vocabulary;
  const batch = windows.length;
  const sequence = windows[0]!.length;
  const inputIds = new Int32Array(batch * sequence);
  const attentionMask = new Int32Array(batch * sequence).fill(1);
  windows.forEach(({ of, window }, row) => {
    const at = row * sequence;
    inputIds[at] = clsId;
    inputIds.set(of.pieces.ids.subarray(window.firstPiece, window.lastPiece), at + 1);
    inputIds[at + sequence - 1] = sepId;
  });
  return { inputIds, attentionMask, tokenTypeIds: new Int32Array(batch * sequence), batch, sequence };
}

/**
 * Runs one batch and writes the labels of the pieces that each window is believed on into its document.
 * @throws BiobertError `engine-failed` when the logits have another shape than `[batch, sequence, labels]`
 */
export async function runBatch(windows: readonly QueuedWindow[], model: TokenClassifier): Promise<void> {
  const encoded = encodeBatch(windows, model);
  const logits = await model.run(encoded);
  const labelCount = model.labels.length;
  const expected = encoded.batch * encoded.sequence * labelCount;
  if (logits.length !== expected) {
    throw new BiobertError({
      code: "engine-failed",
      message: `the model returned ${logits.length} logits for [${encoded.batch}, ${encoded.sequence}, ${labelCount}]`,
    });
  }
  windows.forEach(({ of, window }, row) => {
    const firstRow = row * encoded.sequence + 1 + window.keepFrom - window.firstPiece;
    readLogits(logits, labelCount, firstRow, window.keepTo - window.keepFrom, of.predicted, window.keepFrom);
  });
}
