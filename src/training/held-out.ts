// Scores of the parameters in training on held-out examples, through the graph that inference uses.

import { classifierInputs, modelForInference } from "../bert/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
import { EngineSession, onnxTarget } from "../engine/index.ts";
import { encodeOnnx } from "../graph/index.ts";
import { runInputs, type TaskExample } from "../tasks/index.ts";
import { evaluationSettings } from "./engine-settings.ts";
import type { ScoreDetails } from "./events.ts";
import type { FineTuneOptions } from "./options.ts";
import type { TrainingTask } from "./loop.ts";
import type { Run } from "./run.ts";
import { scoreDetails } from "./score-details.ts";
import type { TrainingStep } from "./step.ts";

/** Pieces of a batch at evaluation. */
const EVALUATION_TOKENS = 4096;

export interface Evaluator {
  /** What there is to say of the examples before they are scored. */
  warnings: Warning[];
  evaluate: NonNullable<TrainingTask["evaluate"]>;
  /** Of the last evaluation. */
  details?: ScoreDetails;
  /**
   * The task's options with those that the last evaluation chose; as they were given where none are chosen. A run that was resumed at its
   * end has no evaluation yet, and gets one.
   */
  keptOptions(): Promise<Readonly<Record<string, unknown>>>;
  release(): Promise<void>;
}

/** What an evaluator needs of a run. */
export interface EvaluatedRun extends Pick<Run, "task" | "start" | "context" | "plan"> {
  options: Pick<FineTuneOptions, "trainFiles" | "devFiles" | "device" | "threads" | "signal">;
}

/** Scores the parameters in `step` on held-out examples, through the graph that inference uses. */
export async function makeEvaluator(
  { task, start, options, context, plan }: EvaluatedRun,
  step: TrainingStep,
  examples: readonly TaskExample[],
): Promise<Evaluator> {
  const { head, architecture } = task.head(context);
  const model = modelForInference(start.config, head);
  const session = await EngineSession.create(
    encodeOnnx(model.graph, { target: onnxTarget(options.device) }),
    evaluationSettings(options, plan),
  );
  const files = options.devFiles.length === 0 ? options.trainFiles : options.devFiles;
  const { inputs, warnings } = task.encode(examples, { ...context, files });
  const parameters = Object.fromEntries(step.views);
  const tuning = task.tuning?.isAsked(context.options) ? task.tuning : undefined;
  let tuned: Readonly<Record<string, number>> | undefined;
  const evaluator: Evaluator = {
    warnings,
    async keptOptions() {
      if (tuning !== undefined && tuned === undefined) await evaluator.evaluate();
      return { ...context.options, ...tuned };
    },
    async evaluate() {
      const results = await runInputs(inputs, {
        padId: start.tokenizer.vocabulary.padId,
        architecture,
        run: (batch) => session.run({ ...parameters, ...classifierInputs(batch) }),
        batchTokens: Math.min(EVALUATION_TOKENS, plan?.microBatchPieces ?? EVALUATION_TOKENS),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }).catch((error: unknown) => {
        // Weights that are still finite may overflow what is computed with them.
        if (!(error instanceof BiobertError) || error.code !== "model-damaged") throw error;
        throw new BiobertError({
          code: "training-diverged",
          message: error.message,
          hint: "Use a lower learning rate or a longer warm-up.",
          cause: error,
        });
      });
      tuned = tuning?.choose({ examples, inputs, results }, context);
      const own = { ...context, options: { ...context.options, ...tuned } };
      const predictions = task.decode(results, inputs, examples, own);
      const scores = task.score(examples, predictions, own);
      const { metrics, selection } = scores;
      evaluator.details = scoreDetails(task, scores, { examples, predictions, inputs, results }, own);
      const units = { ...scores.units, ...tuning?.units };
      return {
        metrics: { ...metrics, ...tuned },
        selection: metrics[selection]!,
        selectedBy: selection,
        ...(Object.keys(units).length === 0 ? {} : { units }),
      };
    },
    release: () => session.release(),
  };
  return evaluator;
}
