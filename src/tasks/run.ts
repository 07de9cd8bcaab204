// Runs inputs of any task in batches of like length and cuts the results apart again, one input each.

import { isPerToken, resultNames, type Architecture } from "../bert/index.ts";
import { BiobertError, invariant, stopIfAborted, turn } from "../core/index.ts";
import { tokenBudgetBatches } from "../data/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { lengthOfInput, padInputs } from "./padding.ts";
import type { EncodedInput, InputResults, PaddedBatch } from "./task.ts";

export interface RunOptions {
  padId: number;
  architecture: Architecture;
  /** Runs a padded batch and gives the head's results by name. */
  run(batch: PaddedBatch): Promise<Readonly<Record<string, HostTensor>>>;
  /** The most pieces of a batch, padding counted, and the most inputs. Default 1024 and 128. */
  batchTokens?: number;
  batchRows?: number;
  signal?: AbortSignal;
}

/**
 * The results of each input, in the inputs' order, padding cut off.
 * @throws BiobertError `interrupted` when the signal fires; `model-damaged` for a result that is not finite.
 */
export async function runInputs(inputs: readonly EncodedInput[], options: RunOptions): Promise<InputResults[]> {
  const { padId, architecture, signal, batchTokens = 1024, batchRows = 128 } = options;
  const results: InputResults[] = [];
  const names = resultNames(architecture);
  for (const indices of tokenBudgetBatches(inputs.map(lengthOfInput), batchTokens, batchRows)) {
    await turn();
    stopIfAborted(signal);
    const batch = padInputs(
      indices.map((index) => inputs[index]!),
      padId,
    );
    const found = await options.run(batch);
    indices.forEach((index, row) => {
      const length = isPerToken(architecture) ? inputs[index]!.sequences[0]!.ids.length : undefined;
      results[index] = Object.fromEntries(names.map((name) => [name, rowOf(found[name], name, row, length)]));
    });
  }
  return results;
}

/** A copy of a row of a result: what comes back from the engine may be written over by the next run. */
function rowOf(tensor: HostTensor | undefined, name: string, row: number, length: number | undefined): Float32Array {
  invariant(tensor !== undefined, `the model gives no ${name}`);
  const { dims, data } = tensor;
  const size = data.length / dims[0]!;
  const kept = length === undefined ? size : (size / dims[1]!) * length;
  const values = (data as Float32Array).slice(row * size, row * size + kept);
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return values;
  throw new BiobertError({
    code: "model-damaged",
    message: `the model computed ${wrong} in its ${name}`,
    hint: "The weights are damaged or were trained to divergence; take another checkpoint.",
  });
}
