// What ran, for the record of an evaluation.

import type { ModelInfo } from "../inference/index.ts";

export interface EvaluatedModel {
  weightsFile: string;
  /** The files that hold the weights. */
  weightsPaths: readonly string[];
  precision: "fp32" | "fp16" | "int8";
  parameters: number;
  /** Seeds of the training that made it, where it says. */
  seeds: number[];
}

/** What a record says of a loaded model. */
export function describeModel({ info }: { readonly info: ModelInfo }): EvaluatedModel {
  const seeds = info.heads.map(({ training }) => training?.seed).filter((seed) => Number.isInteger(seed)) as number[];
  return {
    weightsFile: info.weightsFile,
    weightsPaths: info.weightsPaths,
    precision: info.precision,
    parameters: info.parameters,
    seeds,
  };
}
