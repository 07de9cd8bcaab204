// A model with the head of any task, ready to predict: examples in, the task's predictions out.

import { BiobertError, type Warning } from "../core/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import {
  checkOptions,
  runInputs,
  type AnyTask,
  type Confidence,
  type ExampleOf,
  type PaddedBatch,
  type PredictionOf,
  type TASKS,
  type TaskName,
} from "../tasks/index.ts";
import type { WordPieceTokenizer } from "../tokenizer/index.ts";
import { loadHead, type LoadModelOptions } from "./load.ts";
import type { ModelHead, ModelInfo } from "./model.ts";

export interface LoadTaskOptions<Name extends TaskName = TaskName> extends LoadModelOptions {
  /** The task that the model must be for; default: the one that its directory says. */
  task?: Name;
  /** Options of the task in place of those that the model was trained with; only such as may change when it is run. */
  taskOptions?: Readonly<Record<string, unknown>>;
  /** Longest sequence in pieces; default: that of the training, else the task's own. */
  maxLength?: number;
}

export interface PredictOptions {
  /** The files that the examples are of, for warnings. */
  files?: readonly string[];
  signal?: AbortSignal;
}

/** A loaded model; `dispose` frees its session. */
export interface TaskModel<Task = AnyTask> {
  readonly task: Task;
  readonly head: ModelHead;
  readonly labels: readonly string[];
  readonly options: Record<string, unknown>;
  readonly maxLength: number;
  readonly tokenizer: WordPieceTokenizer;
  readonly info: ModelInfo;
  /** The head's results for a padded batch, by name. The arrays may be reused by the next call. */
  run(batch: PaddedBatch): Promise<Readonly<Record<string, HostTensor>>>;
  /**
   * A prediction for each example, in their order.
   * @throws BiobertError `interrupted` when the signal fires; `model-damaged` for results that are not finite.
   */
  predict(
    examples: readonly ExampleOf<Task>[],
    options?: PredictOptions,
  ): Promise<{
    predictions: PredictionOf<Task>[];
    warnings: Warning[];
    /** How sure the model was, where the task can say and the examples have gold labels. */
    confidences(): Confidence[];
  }>;
  dispose(): Promise<void>;
}

/**
 * Loads a model with the head of any task from a directory, an archive or a file of weights. A directory without a
 * manifest is taken for what `architectures` of its config.json says.
 * @throws BiobertError as `loadModel`; `usage` for an option that the task does not have or that is settled by training.
 */
export async function loadTaskModel<Name extends TaskName = TaskName>(
  directory: string,
  options: LoadTaskOptions<Name> = {},
): Promise<TaskModel<(typeof TASKS)[Name]>> {
  const { task: wantedTask, head: wantedHead, taskOptions = {}, maxLength: wantedLength, ...settings } = options;
  const wanted = {
    ...(wantedTask === undefined ? {} : { task: wantedTask }),
    ...(wantedHead === undefined ? {} : { head: wantedHead }),
  };
  const loaded = await loadHead(directory, wanted, settings);
  const { task, description, tokenizer, maxPieces } = loaded;
  try {
    const fixed = Object.keys(taskOptions).find((key) => task.options[key]?.when === "training");
    if (fixed !== undefined) {
      throw new BiobertError({
        code: "usage",
        message: `the option ${fixed} of ${task.name} is settled when a model is trained`,
      });
    }
    const own = checkOptions<Record<string, unknown>>(task.options, { ...loaded.options, ...taskOptions });
    const maxLength = Math.min(wantedLength ?? loaded.head.maxLength ?? task.maxLength, maxPieces);
    const { labels } = description;
    const model: TaskModel = {
      task,
      head: loaded.head,
      labels,
      options: own,
      maxLength,
      tokenizer,
      info: loaded.info,
      run: loaded.run,
      async predict(examples, { files = [], signal } = {}) {
        const context = { labels, options: own, tokenizer, maxLength, files };
        const { inputs, warnings } = task.encode(examples, context);
        const { architecture } = description;
        const stop = signal === undefined ? {} : { signal };
        const results = await runInputs(inputs, {
          padId: tokenizer.vocabulary.padId,
          architecture,
          run: loaded.run,
          ...stop,
        });
        const predictions = task.decode(results, inputs, examples, context);
        const confidences = (): Confidence[] =>
          task.confidences?.({ results, inputs, examples, predictions }, context) ?? [];
        return { predictions, warnings, confidences };
      },
      dispose: loaded.dispose,
    };
    return model as unknown as TaskModel<(typeof TASKS)[Name]>;
  } catch (error) {
    await loaded.dispose();
    throw error;
  }
}
