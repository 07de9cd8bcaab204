// A model's scores for any task, on files with gold labels; and its predictions for files without.

import { loadTaskModel, type LoadTaskOptions, type TaskModel } from "../inference/index.ts";
import type { Warning } from "../core/index.ts";
import { scoreCalibration, type CalibrationReport } from "../metrics/index.ts";
import type { AnyTask, Shown, TaskExample, TaskName, TaskScores } from "../tasks/index.ts";
import { evaluateOverlap, type EvaluatedOverlap } from "./overlap.ts";
import { describeModel, type EvaluatedModel } from "./model.ts";

export interface TaskRunOptions extends LoadTaskOptions {
  /** Files that the model was trained on: what the data share with them is counted, and scored without. */
  trainedOn?: readonly string[];
  modelDirectory: string;
  task: TaskName;
  files: string[];
  signal?: AbortSignal;
}

/** One example as a report shows it. */
export interface EvaluatedExample extends Shown {
  id: string;
  file?: string;
  line?: number;
}

export interface TaskEvaluation {
  scores: TaskScores;
  examples: EvaluatedExample[];
  /** What an example is called, in the plural. */
  unit: string;
  /** The task's options as they were. */
  options: Record<string, unknown>;
  model: EvaluatedModel;
  /** Where the task has probabilities. */
  calibration?: CalibrationReport;
  /** Where files of the training were given. */
  overlap?: EvaluatedOverlap;
  warnings: Warning[];
}

async function withTask<T>(
  options: TaskRunOptions,
  gold: boolean,
  work: (model: TaskModel, examples: TaskExample[], warnings: Warning[]) => Promise<T>,
): Promise<T> {
  const { modelDirectory, files, signal: _, trainedOn: __, ...settings } = options;
  const model = (await loadTaskModel(modelDirectory, settings)) as unknown as TaskModel<AnyTask>;
  try {
    const { examples, warnings } = await model.task.read(files, model.options, gold);
    if (gold) model.task.requireKnownLabels(examples, model);
    return await work(model, examples, warnings);
  } finally {
    await model.dispose();
  }
}

/**
 * Scores a model on files of the task.
 * @throws BiobertError those of reading files and models; `label-unknown` for a gold label that the model does not have;
 *   `interrupted` when the signal fires.
 */
export function evaluateTask(options: TaskRunOptions): Promise<TaskEvaluation> {
  return withTask(options, true, async (model, examples, found) => {
    const { task } = model;
    const { predictions, warnings, confidences } = await model.predict(examples, {
      files: options.files,
      signal: options.signal,
    });
    const judged = confidences();
    const { trainedOn = [], warn } = options;
    const scoreWithout: Parameters<typeof evaluateOverlap>[4] = ({ keep }) =>
      task.score(keep(examples), keep(predictions), model).metrics;
    const overlap =
      trainedOn.length === 0
        ? undefined
        : await evaluateOverlap(task, model.options, trainedOn, examples, scoreWithout, warn);
    return {
      ...(overlap === undefined ? {} : { overlap }),
      ...(judged.length === 0
        ? {}
        : {
            calibration: scoreCalibration(
              judged.map(({ confidence }) => confidence),
              judged.map(({ right }) => right),
            ),
          }),
      scores: task.score(examples, predictions, model),
      examples: examples.map((example, i) => ({
        id: example.id,
        file: example.file,
        line: example.line,
        ...task.show(example, predictions[i], model),
      })),
      unit: task.unit,
      options: model.options,
      model: describeModel(model),
      warnings: [...found, ...warnings],
    };
  });
}

/**
 * Predictions for files of the task, whose labels may be missing: for each example its id and what the task says of it.
 * @throws BiobertError those of reading files and models; `interrupted` when the signal fires.
 */
export function predictTask(
  options: TaskRunOptions,
): Promise<{ predictions: Record<string, unknown>[]; warnings: Warning[] }> {
  return withTask(options, false, async (model, examples, found) => {
    const { predictions, warnings } = await model.predict(examples, { files: options.files, signal: options.signal });
    return {
      predictions: examples.map((example, i) => ({ id: example.id, ...model.task.toJson(example, predictions[i]) })),
      warnings: [...found, ...warnings],
    };
  });
}
