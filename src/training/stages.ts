// Training in stages: a model that was fine-tuned before is a start. Its encoder is kept, as BioBERT's question answering goes on
// from SQuAD (Lee et al. 2020, section 3.3); its head, too, where it is for the same task and labels, else a new one begins.

import { parseHeadDescription, type HeadDescription } from "../bert/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
import type { ModelFiles, ModelHead, TrainingStage } from "../data/index.ts";

export interface Stage {
  /** Whether the start's head is gone on with. */
  keepsHead: boolean;
  /** The trainings that the start came from, the first one first. */
  stages: TrainingStage[];
  warnings: Warning[];
}

/** What the head to train is. */
export interface WantedStage {
  task: string;
  head: HeadDescription;
  /** The start must have been fine-tuned. */
  required: boolean;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, i) => label === b[i]);
}

function called(task: string, labels: readonly string[]): string {
  const shown = labels.length > 8 ? `${labels.slice(0, 8).join(", ")}, … (${labels.length})` : labels.join(", ");
  return labels.length === 0 ? task : `${task} (${shown})`;
}

/** The stages before a head's training and that training itself. */
function stagesOf({ task, labels, training }: ModelHead): TrainingStage[] {
  if (training === undefined) return [{ task, labels }];
  const { stages = [], ...own } = training;
  return [...stages, { task, labels, training: own }];
}

/**
 * What a start has been trained for, and whether its head serves.
 * @throws BiobertError `model-task` where the start must have been fine-tuned and has no head.
 */
export function stageOf(files: ModelFiles, wanted: WantedStage): Stage {
  const { task, head, required } = wanted;
  const heads = (files.manifest?.heads ?? []).filter(({ file }) => file === undefined);
  const found = heads.find((one) => one.task === task && isSame(one.labels, head.labels)) ?? heads[0];
  const described = parseHeadDescription(files.config, `${files.directory}/config.json`);
  if (found === undefined && described === undefined) {
    if (!required) return { keepsHead: true, stages: [], warnings: [] };
    throw new BiobertError({
      code: "model-task",
      message: "the model to go on from has no head: it has not been fine-tuned",
      place: { file: files.directory },
      hint: "Give a fine-tuned model's directory to --after, or this one to --model.",
    });
  }
  const fits =
    described !== undefined &&
    described.architecture === head.architecture &&
    described.problem === head.problem &&
    isSame(described.labels, head.labels);
  const keepsHead = fits && (found === undefined || found.task === task);
  const before = found === undefined ? called(described!.architecture, described!.labels) : called(found.task, found.labels);
  const message = keepsHead
    ? `goes on from a model for ${before}: its encoder and its head are kept`
    : `goes on from a model for ${before}: its encoder is kept, a new head for ${called(task, head.labels)} begins`;
  const stages = found === undefined ? [{ task: described!.architecture, labels: [...described!.labels] }] : stagesOf(found);
  return { keepsHead, stages, warnings: [{ code: keepsHead ? "stage-head-kept" : "stage-head-new", message }] };
}
