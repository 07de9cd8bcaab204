// Folds to cross-validate over: examples cut into them, or as a corpus is published (GAD, EU-ADR: one folder a fold). What belongs
// together is in one fold, so that no fold is tested on what it was trained on; classes are spread evenly (Kohavi 1995).

import { BiobertError, Random } from "../core/index.ts";
import { comparedTexts, listFolders, longSentences, type ComparedExample } from "../data/index.ts";

/** One of the folds that training data are cut into. */
export interface Fold {
  /** 1 to `count`: this one is held out, the others are trained on. */
  number: number;
  count: number;
  /** Of the cut into folds, which does not change with the seed of the training. Default 1. */
  seed?: number;
}

/**
 * The fold of each example, 0 to `count` - 1. Examples of one document or one question, or with one text or one sentence of 12 words or more,
 * share a fold. Of the folds a group goes to the one that has least of its classes, then the one that has least at all, so that classes and sizes are even. The same
 * examples, classes and seed give the same folds.
 * @throws BiobertError `usage` for fewer than 2 folds, or more than there are groups.
 */
export function assignFolds(
  examples: readonly ComparedExample[],
  { count, seed, classes }: { count: number; seed: number; classes?: readonly (string | undefined)[] },
): Int32Array {
  const groups = groupsOf(examples);
  if (!Number.isInteger(count) || count < 2 || count > groups.length) {
    const of = `${examples.length} examples in ${groups.length} groups (examples of one document, question or text stay together)`;
    throw new BiobertError({
      code: "usage",
      message: `${count} folds cannot be made of ${of}`,
      hint: "Give a number of folds of at least 2 and at most the number of groups.",
    });
  }
  // Shuffled, then the large ones first: what comes last fills up what is uneven.
  const ordered = new Random(seed, 0x666f6c64).shuffle(groups).sort((a, b) => b.length - a.length);
  const names = [...new Set(classes ?? [])];
  const ids = new Map(names.map((name, id) => [name, id]));
  const perClass = Array.from({ length: count }, () => new Float64Array(names.length));
  const sizes = new Float64Array(count);
  const folds = new Int32Array(examples.length);
  for (const group of ordered) {
    const own = group.map((index) => ids.get(classes?.[index]) ?? -1).filter((id) => id >= 0);
    const loadOf = (fold: number): number => own.reduce((sum, id) => sum + perClass[fold]![id]!, 0);
    let best = 0;
    for (let fold = 1; fold < count; fold++) {
      const difference = loadOf(fold) - loadOf(best);
      if (difference < 0 || (difference === 0 && sizes[fold]! < sizes[best]!)) best = fold;
    }
    for (const id of own) perClass[best]![id]!++;
    sizes[best]! += group.length;
    for (const index of group) folds[index] = best;
  }
  return folds;
}

/** Examples that belong together, as lists of their indices, in the order of their first ones. */
function groupsOf(examples: readonly ComparedExample[]): number[][] {
  const parents = examples.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = index; parents[at] !== root;) [at, parents[at]] = [parents[at]!, root];
    return root;
  };
  const first = new Map<string, number>();
  examples.forEach((example, index) => {
    const texts = comparedTexts(example);
    // The snippets of one question have one answer.
    const { questionId } = example as { questionId?: string };
    const keys = [
      ...(example.documentId === undefined ? [] : [`d ${example.documentId}`]),
      ...(questionId === undefined ? [] : [`q ${questionId}`]),
      ...(texts.length === 1 ? [`t ${texts[0]!}`] : []),
      ...texts.flatMap((text) => longSentences(text, example)).map((sentence) => `s ${sentence}`),
    ];
    for (const key of keys) {
      const other = first.get(key);
      if (other === undefined) first.set(key, index);
      else {
        const [a, b] = [rootOf(other), rootOf(index)];
        parents[Math.max(a, b)] = Math.min(a, b);
      }
    }
  });
  const groups = new Map<number, number[]>();
  examples.forEach((_, index) => {
    const root = rootOf(index);
    const members = groups.get(root);
    if (members === undefined) groups.set(root, [index]);
    else members.push(index);
  });
  return [...groups.values()];
}

/** A fold as it is published: its folder's name and its files. */
export interface FoldFiles {
  name: string;
  train: string;
  test: string;
}

const ENDINGS = ["tsv", "jsonl", "csv", "txt", "json"].flatMap((ending) => [ending, `${ending}.gz`]);

/**
 * The folds of a folder that has one folder each with `train.tsv` and `test.tsv` (or another ending), by their numbers where names
 * are numbers.
 * @throws BiobertError `input-empty` where there is none, `file-not-found` for a fold that lacks one of its files.
 */
export async function readFoldFolders(directory: string): Promise<FoldFiles[]> {
  const folders = await listFolders(directory);
  const found = folders.flatMap(({ name, files }): FoldFiles[] => {
    const fileOf = (part: string): string | undefined =>
      ENDINGS.map((ending) => `${part}.${ending}`).find((file) => files.includes(file));
    const [train, test] = [fileOf("train"), fileOf("test")];
    if (train === undefined && test === undefined) return [];
    if (train === undefined || test === undefined) {
      throw new BiobertError({
        code: "file-not-found",
        message: `the fold ${name} has no ${train === undefined ? "train" : "test"} file`,
        place: { file: `${directory}/${name}` },
        hint: `Each fold's folder has train.tsv and test.tsv, or other endings: ${ENDINGS.join(", ")}.`,
      });
    }
    return [{ name, train: `${directory}/${name}/${train}`, test: `${directory}/${name}/${test}` }];
  });
  if (found.length > 1) return found.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  throw new BiobertError({
    code: "input-empty",
    message: found.length === 0 ? "there is no fold" : "there is only one fold",
    place: { file: directory },
    hint: "A folder of folds has a folder for each (1, 2, …) with train.tsv and test.tsv in it.",
  });
}
