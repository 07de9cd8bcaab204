// What a training run tells whoever listens; the library itself prints nothing.

import type { CalibrationReport } from "../metrics/index.ts";
import type { MetricUnit, Shown, TaskScores } from "../tasks/index.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** What an evaluation found beside its metrics, of a model that is kept: what a report shows. */
export interface ScoreDetails extends Pick<TaskScores, "protocol" | "byLabel" | "confusion" | "errors" | "counts"> {
  /** What was judged is called, in the plural, and how many there were: examples, or questions of several of them. */
  unit: string;
  examples: number;
  /** The first ones that were wrong. */
  wrong: readonly (Shown & { id: string })[];
  wrongCount: number;
  /** Of predicted numbers, of which none is right or wrong: those furthest from the gold ones, the furthest first. */
  furthest?: readonly (Shown & { id: string })[];
  /** Where the task has probabilities. */
  calibration?: CalibrationReport;
}

/** The units of metrics that are not in percent. */
export type MetricUnits = Readonly<Record<string, MetricUnit>>;

export type TrainingEvent =
  | {
      type: "plan";
      /** The bound that was given, in bytes. */
      maxMemory: number;
      /** What was chosen for it, and what it costs. */
      plan: MemoryPlan;
      /** The same, for people. */
      message: string;
    }
  | { type: "start"; examples: number; epochs: number; steps: number; parameters: number; resumedFromStep?: number }
  | {
      type: "step";
      step: number;
      epoch: number;
      loss: number;
      learningRate: number;
      gradientNorm: number;
      /** Tokens of the batch, padding not counted. */
      tokens: number;
      /** Of this step alone. */
      seconds: number;
    }
  | {
      type: "evaluation";
      step: number;
      epoch: number;
      metrics: Record<string, number>;
      best: boolean;
      /** The metric that the best epoch is chosen by; F1 where it is not said. */
      selectedBy?: string;
      /** Of several heads, the metrics whose mean it is. */
      meanOf?: readonly string[];
      units?: MetricUnits;
    }
  | ({
      type: "scores";
      step: number;
      epoch: number;
      /** Of several heads, whose they are. */ head?: string;
    } & ScoreDetails)
  | { type: "checkpoint"; step: number; path: string }
  | { type: "warning"; code: string; message: string }
  | {
      type: "end";
      steps: number;
      /** Of the whole run, evaluations in it, also of its parts before it was resumed. */
      seconds: number;
      /** The most that a process of the run has held. */
      peakMemoryBytes?: number;
      /** Ended before its last epoch: there was no improvement for as long as patience allows. */
      stoppedEarly?: true;
      bestMetric?: number;
      bestEpoch?: number;
    };
