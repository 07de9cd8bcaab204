// What an evaluation found, small enough for an event and a report: tables are cut where they are no longer read.

import { calibrationOf, mostConfused } from "../metrics/index.ts";
import {
  furthestItems,
  shownItems,
  type AnyTask,
  type EncodedInput,
  type JudgedExamples,
  type Shown,
  type ShownItem,
  type TaskContext,
  type TaskExample,
  type TaskScores,
} from "../tasks/index.ts";
import type { ScoreDetails } from "./events.ts";

const ERRORS = 30;
const WRONG = 40;
const FURTHEST = 20;
const TEXT = 400;
/** A confusion table of more labels is no table to look at: it has those that are confused most. */
const CONFUSED_LABELS = 40;

function cut(text: string): string {
  return text.length > TEXT ? `${text.slice(0, TEXT)}…` : text;
}

/** Its id says where it is. */
function forEvent({ file: _, line: __, ...item }: ShownItem): Shown & { id: string } {
  return { ...item, text: cut(item.text) };
}

/** The details of scores, with the first wrong examples or the numbers that are furthest off, and the calibration where the task has probabilities. */
export function scoreDetails(
  task: AnyTask,
  scores: TaskScores,
  found: JudgedExamples<TaskExample, EncodedInput, unknown>,
  context: TaskContext<Record<string, unknown>>,
): ScoreDetails {
  const { protocol, byLabel, confusion, errors, counts } = scores;
  const { examples, predictions } = found;
  const confidences = task.confidences?.(found, context) ?? [];
  const { unit, items } = shownItems(task, examples, predictions, context);
  const judged = items.filter(({ right }) => right !== undefined);
  const wrong = judged.filter(({ right }) => !right);
  const furthest = furthestItems(items, FURTHEST).map(forEvent);
  return {
    protocol,
    counts,
    unit,
    examples: judged.length,
    wrongCount: wrong.length,
    wrong: wrong.slice(0, WRONG).map(forEvent),
    ...(furthest.length === 0 ? {} : { furthest }),
    ...(byLabel === undefined ? {} : { byLabel }),
    ...(confusion === undefined ? {} : { confusion: mostConfused(confusion, CONFUSED_LABELS) }),
    ...(errors === undefined
      ? {}
      : {
          errors: errors
            .slice(0, ERRORS)
            .map((error) => (error.example === undefined ? error : { ...error, example: cut(error.example) })),
        }),
    ...(confidences.length === 0 ? {} : { calibration: calibrationOf(confidences) }),
  };
}
