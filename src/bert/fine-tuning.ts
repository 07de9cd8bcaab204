// Which parameters of a BERT are trained, and how fast: frozen layers, and rates that fall with depth. Clark et al. 2020
// (ELECTRA) fine-tune so; here the top layer's rate is one factor below the head's, as in BEiT, theirs two.

import { BiobertError } from "../core/index.ts";
import type { ParameterSpec } from "../nn/index.ts";
import type { FlatParameter } from "../optim/index.ts";

export interface FreezeOptions {
  /** The embedding tables and their normalisation keep their values. */
  embeddings: boolean;
  /** So many encoder layers, from the first one on, keep theirs. */
  layers: number;
}

export interface DepthOptions {
  /** What a layer's rate is of the rate of the layer above it, above 0 and at most 1. Heads and pooler have the full rate. */
  layerDecay: number;
  freeze: FreezeOptions;
}

/** 0 for embeddings, 1 for the first encoder layer and so on; one above the last layer for pooler and heads. */
function depthOf(name: string, layerCount: number): number {
  if (name.startsWith("embeddings.")) return 0;
  const layer = /^layers\.(\d+)\./.exec(name)?.[1];
  return layer === undefined ? layerCount + 1 : Number(layer) + 1;
}

/**
 * The parameters of a model with `layerCount` encoder layers, each with the factor on its learning rate, frozen ones
 * marked.
 * @throws BiobertError `usage` for more frozen layers than there are, or a `layerDecay` outside (0, 1].
 */
export function parametersByDepth(
  parameters: readonly ParameterSpec[],
  layerCount: number,
  { layerDecay, freeze }: DepthOptions,
): (ParameterSpec & FlatParameter)[] {
  if (!Number.isInteger(freeze.layers) || freeze.layers < 0 || freeze.layers > layerCount) {
    throw new BiobertError({
      code: "usage",
      message: `--freeze ${freeze.layers} is not a number from 0 to the model's ${layerCount} layers`,
    });
  }
  if (!(layerDecay > 0 && layerDecay <= 1)) {
    throw new BiobertError({ code: "usage", message: `--layer-decay ${layerDecay} is not above 0 and at most 1` });
  }
  return parameters.map((spec) => {
    const depth = depthOf(spec.name, layerCount);
    const frozen = depth === 0 ? freeze.embeddings : depth <= freeze.layers;
    return { ...spec, rateFactor: layerDecay ** (layerCount + 1 - depth), frozen };
  });
}
