// Which head a model directory has: said twice there, in `config.json` for everybody and by the manifest's heads; and
// which task it is for.

import { formatHeadConfig, parseHeadDescription, parseLabels, type HeadDescription } from "../bert/index.ts";
import { BiobertError } from "../core/index.ts";
import type { ModelFiles, ModelHead } from "../data/index.ts";
import { checkOptions, taskList, taskOfHead, type AnyTask } from "../tasks/index.ts";

/** The head that is asked for, where a directory has several or another one would be a mistake. */
export interface WantedHead {
  /** Its name in the manifest. */
  head?: string;
  /** The name of its task. */
  task?: string;
}

export interface FoundHead {
  head: ModelHead;
  task: AnyTask;
  description: HeadDescription;
  /** The task's options, those of the training where the manifest has them. */
  options: Record<string, unknown>;
}

/** Whether a head is one beside that of config.json and the weights. */
export function isApart({ file, folder }: ModelHead): boolean {
  return file !== undefined || folder !== undefined;
}

/**
 * The head that the weights have, by `config.json`; `task` is the one that it is wanted for, for messages.
 * @throws BiobertError `model-task` where there is none; `model-config` when the manifest says other labels.
 */
export function describedHead(files: ModelFiles, task?: string): HeadDescription {
  const file = `${files.directory}/config.json`;
  const said = parseHeadDescription(files.config, file);
  // A class that is not known, but labels: whoever wrote it, a token classifier is what people have.
  const description = said ?? {
    architecture: "BertForTokenClassification",
    labels: parseLabels(files.config, file, task),
  };
  const { labels } = description;
  for (const head of files.manifest?.heads ?? []) {
    const { name, labels: own } = head;
    // A head in a file or folder of its own is not the one that config.json tells of.
    if (isApart(head)) continue;
    if (own.length === labels.length && own.every((label, id) => label === labels[id])) continue;
    throw new BiobertError({
      code: "model-config",
      message: `the labels of head "${name}" are ${shown(own)} here, but ${shown(labels)} in id2label of config.json`,
      place: { file: `${files.directory}/biobert.json` },
      hint: "Both name the classifier's rows in order: take both files from the directory that the weights came in.",
    });
  }
  return description;
}

/**
 * The head to run, with its task.
 * @throws BiobertError those of `describedHead`; `model-task` where the directory has no head of the task or name, or
 *   several that fit; `model-config` for a manifest that does not fit the weights or has options that the task does not.
 */
export function findHead(files: ModelFiles, wanted: WantedHead = {}): FoundHead {
  const description = describedHead(files, wanted.task);
  const heads = files.manifest?.heads ?? [];
  if (heads.length === 0) return withoutManifest(files, description, wanted);
  const file = `${files.directory}/biobert.json`;
  const fitting = heads.filter(({ name, task }) => (wanted.head ?? name) === name && (wanted.task ?? task) === task);
  const [head] = fitting;
  if (head === undefined || fitting.length > 1) {
    const asked = [
      wanted.task === undefined ? "" : ` for ${wanted.task}`,
      wanted.head === undefined ? "" : ` named ${wanted.head}`,
    ].join("");
    throw new BiobertError({
      code: "model-task",
      message: head === undefined ? `the model has no head${asked}` : `the model has ${fitting.length} heads${asked}`,
      place: { file },
      hint: `Its heads: ${heads.map(({ name, task }) => `${name} (${task})`).join(", ")}.`,
    });
  }
  const task = taskList.find(({ name }) => name === head.task);
  if (task === undefined) {
    throw new BiobertError({
      code: "model-task",
      message: `head "${head.name}" is for the task ${JSON.stringify(head.task)}, which this version does not have`,
      place: { file },
      hint: `Tasks: ${taskList.map(({ name }) => name).join(", ")}.`,
    });
  }
  const options = checkOptions<Record<string, unknown>>(task.options, head.options ?? {}, file);
  const { head: _, ...own } = task.head({ labels: head.labels, options });
  if (isApart(head)) return { head, task, description: own, options };
  if (own.architecture !== description.architecture || own.problem !== description.problem) {
    const called = ({ architecture, problem }: HeadDescription): string =>
      problem === undefined ? architecture : `${architecture} (${problem})`;
    throw new BiobertError({
      code: "model-config",
      message: `head "${head.name}" is for ${head.task}, which asks for ${called(own)}, but config.json says ${called(description)}`,
      place: { file },
      hint: "Take both files from the directory that the weights came in.",
    });
  }
  return { head, task, description, options };
}

/**
 * The `config.json` of a model with this head alone: the encoder's settings with the head's class, labels and problem.
 * @throws BiobertError those of `findHead`.
 */
export function configOfHead(files: ModelFiles, name: string): Record<string, unknown> {
  const { description } = findHead(files, { head: name });
  const told = ["architectures", "id2label", "label2id", "num_labels", "problem_type"];
  const encoder = Object.entries(files.config).filter(([key]) => !told.includes(key));
  return { ...Object.fromEntries(encoder), ...formatHeadConfig(description) };
}

/**
 * The heads of a directory for its manifest: those that it names, else the one of its config.json, where a task of this
 * version has such a head.
 * @throws BiobertError those of `describedHead`.
 */
export function headsOf(files: ModelFiles): ModelHead[] {
  if (files.manifest !== undefined && files.manifest.heads.length > 0) return files.manifest.heads;
  const description = describedHead(files);
  const task = taskOfHead(description);
  if (task === undefined) return [];
  const options = task.optionsOf?.(description);
  return [
    {
      name: "classifier",
      task: task.name,
      labels: [...description.labels],
      ...(options === undefined ? {} : { options }),
    },
  ];
}

function withoutManifest(files: ModelFiles, description: HeadDescription, wanted: WantedHead): FoundHead {
  const { architecture, labels } = description;
  const task = wanted.task === undefined ? taskOfHead(description) : taskList.find(({ name }) => name === wanted.task);
  if (task === undefined || task.architecture !== architecture || wanted.head !== undefined) {
    const lacks =
      wanted.head === undefined
        ? `for ${wanted.task ?? "any task of this version"}`
        : `named ${wanted.head}: it has no biobert.json to name one`;
    throw new BiobertError({
      code: "model-task",
      message: `the model has no head ${lacks}; its config.json says ${architecture}`,
      place: { file: files.directory },
      hint: `Fine-tune it first: npx biobert fine-tune ${wanted.task ?? "TASK"} --model DIR ...`,
    });
  }
  const options = checkOptions<Record<string, unknown>>(task.options, task.optionsOf?.(description) ?? {});
  return { head: { name: "classifier", task: task.name, labels: [...labels] }, task, description, options };
}

function shown(labels: readonly string[]): string {
  if (labels.length === 0) return "none";
  return labels.length > 20 ? `${labels.slice(0, 20).join(", ")}, ... (${labels.length} in all)` : labels.join(", ");
}
