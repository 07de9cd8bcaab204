// A model's scores for any task, on files with gold labels; and its predictions for files without.

import { loadTaskModel, type LoadTaskOptions, type TaskModel } from "../inference/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
import { readText } from "../data/index.ts";
import { encodeBioAsqAnswers } from "../formats/index.ts";
import { calibrationOf, type CalibrationReport, type ItemGroup } from "../metrics/index.ts";
import {
  shownItems,
  type AnyTask,
  type ShownItem,
  type ShownItems,
  type TaskExample,
  type TaskName,
  type TaskScores,
} from "../tasks/index.ts";
import { evaluateOverlap, type EvaluatedOverlap } from "./overlap.ts";
import { describeModel, type EvaluatedModel } from "./model.ts";

export interface TaskRunOptions extends LoadTaskOptions {
  /** Files that the model was trained on: what the data share with them is counted, and scored without. */
  trainedOn?: readonly string[];
  modelDirectory: string;
  task: TaskName;
  files: string[];
  /** Indices of examples, such as those that training shares: scores without them are given beside. */
  leaveOut?: readonly number[];
  signal?: AbortSignal;
}

/** One example as a report shows it. */
export type EvaluatedExample = ShownItem;

export interface TaskEvaluation {
  scores: TaskScores;
  /** Without the examples of `leaveOut`, where that names some and leaves some. */
  scoresWithout?: TaskScores;
  /** What each item adds to the scores, for tests of significance; empty where the task does not say. */
  items: ItemGroup[];
  examples: EvaluatedExample[];
  /** What a report shows: the examples, or what several of them are judged as together, such as a question with its contexts. */
  shown: ShownItems;
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
  const { modelDirectory, files, leaveOut: _, signal: __, trainedOn: ___, ...settings } = options;
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
    const scoreWithout: Parameters<typeof evaluateOverlap>[3] = ({ keep }) =>
      task.score(keep(examples), keep(predictions), model).metrics;
    const overlap =
      trainedOn.length === 0
        ? undefined
        : await evaluateOverlap(
            await task.read(trainedOn, model.options, false),
            trainedOn,
            examples,
            scoreWithout,
            warn,
          );
    const left = new Set(options.leaveOut);
    const wrong = [...left].find((index) => !(index in examples));
    if (wrong !== undefined) {
      const message = `example ${wrong} is to be left out of ${examples.length}`;
      throw new BiobertError({ code: "internal", message });
    }
    const kept = [...examples.keys()].filter((index) => !left.has(index));
    return {
      ...(overlap === undefined ? {} : { overlap }),
      ...(judged.length === 0 ? {} : { calibration: calibrationOf(judged) }),
      scores: task.score(examples, predictions, model),
      ...(left.size === 0 || kept.length === 0
        ? {}
        : {
            scoresWithout: task.score(
              kept.map((i) => examples[i]!),
              kept.map((i) => predictions[i]),
              model,
            ),
          }),
      items: task.items?.(examples, predictions, model) ?? [],
      examples: examples.map((example, i) => ({
        id: example.id,
        file: example.file,
        line: example.line,
        ...task.show(example, predictions[i], model),
      })),
      shown: shownItems(task, examples, predictions, model),
      unit: task.unit,
      options: model.options,
      model: describeModel(model),
      warnings: [...found, ...warnings],
    };
  });
}

export interface PredictTaskOptions extends TaskRunOptions {
  /** What is made of the predictions beside: "bioasq" a file of exact answers. */
  format?: "jsonl" | "bioasq";
  /** With `format: "bioasq"`, a BioASQ file whose questions are all written, with the new answers where there are some. */
  addTo?: string;
}

export interface TaskPredictions {
  /** For each example its id and what the task says of it. */
  predictions: Record<string, unknown>[];
  /** The answer file, where one was asked for. */
  file?: string;
  warnings: Warning[];
}

/**
 * Predictions for files of the task, whose labels may be missing.
 * @throws BiobertError those of reading files and models; `usage` for a format that the task has no predictions in; `interrupted` when
 *   the signal fires.
 */
export function predictTask({ format = "jsonl", addTo, ...options }: PredictTaskOptions): Promise<TaskPredictions> {
  return withTask(options, false, async (model, examples, found) => {
    const { task } = model;
    if (format === "bioasq" && task.bioAsqAnswers === undefined) {
      throw new BiobertError({ code: "usage", message: `${task.name} gives no answers that BioASQ has a place for` });
    }
    const into =
      format !== "bioasq" || addTo === undefined
        ? undefined
        : { text: await readText(addTo, { stripBom: true, requireContent: true }), file: addTo };
    const { predictions, warnings } = await model.predict(examples, { files: options.files, signal: options.signal });
    return {
      predictions: examples.map((example, i) => ({ id: example.id, ...task.toJson(example, predictions[i]) })),
      ...(format === "bioasq"
        ? { file: encodeBioAsqAnswers(task.bioAsqAnswers!(examples, predictions, model), into) }
        : {}),
      warnings: [...found, ...warnings],
    };
  });
}
