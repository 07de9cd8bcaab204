// What `reproduce` tells whoever listens, in the order in which it happens.

import type { ResultRecordV2 } from "../evaluation/index.ts";
import type { TrainingEvent } from "../training/index.ts";

/** One training run of a recipe. */
export interface RunName {
  seed: number;
  /** Of a set with folds. */
  fold?: number;
}

export type ReproductionEvent =
  | {
      type: "recipe";
      id: string;
      title: string;
      /** Name of the weights that training starts from. */
      start: string;
      seeds: number[];
      folds?: number[];
      /** Where all of it goes. */
      out: string;
    }
  | {
      type: "data";
      fold?: number;
      examples: { train: number; dev: number; test: number };
      /** Test examples that share something with training. */
      overlapping: number;
    }
  | {
      type: "estimate";
      /** `recipe`: the recipe's figure, of the processor `machine`; `measured`: from steps of this very run. */
      basis: "recipe" | "measured";
      /** Of all that is still to be done. */
      seconds: number;
      /** Runs that are still to be made, this one among them. */
      runs: number;
      machine?: string;
    }
  | ({
      type: "run";
      state: "started" | "found";
      directory: string;
      /** 1-based, of all runs. */
      number: number;
      of: number;
    } & RunName)
  | ({ type: "training"; event: TrainingEvent } & RunName)
  | ({ type: "score"; metrics: Record<string, number>; evaluationSeconds: number } & RunName)
  | { type: "tried"; settings: Record<string, number>; metric: string; value: number; epoch: number; seconds: number }
  | { type: "warning"; code: string; message: string }
  | { type: "record"; record: ResultRecordV2; path: string };
