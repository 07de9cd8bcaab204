// Classes of unequal size: sampled to equal numbers, or weighted in the loss. Weights "balanced" are those of scikit-learn,
// examples / (classes x examples of the class) (King and Zeng 2001); sampling down is what biobert-pytorch does for BioASQ's
// yes/no questions.

import { BiobertError, Random } from "../core/index.ts";
import { lengthBatches } from "../data/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { IGNORED_LABEL } from "../tasks/index.ts";
import type { EpochPlan } from "./loop.ts";

/** "down": each epoch draws as many of every class as the rarest has; "up": as many as the commonest, again and again. */
export type Balance = "down" | "up";

/** What each label counts for in the loss: all alike to their rarity, or by name; a label that is not named counts 1. */
export type ClassWeights = "balanced" | Readonly<Record<string, number>>;

/** How many there are of each class. */
export function classCounts(classes: ArrayLike<number>, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (let i = 0; i < classes.length; i++) {
    const own = classes[i]!;
    if (own >= 0 && own < count) counts[own]!++;
  }
  return counts;
}

/**
 * A weight for each label; `counts` says how many there are of each. Where an example may have any number of labels, `examples` is
 * their number, and "balanced" makes the examples with a label count as much as those without it (PyTorch's `pos_weight`).
 * @throws BiobertError `usage` for a label that there is not, or a weight that is not above 0 and finite.
 */
export function resolveClassWeights(
  weights: ClassWeights,
  labels: readonly string[],
  counts: readonly number[],
  examples?: number,
): number[] {
  if (weights === "balanced") {
    const present = counts.filter((count) => count > 0).length;
    const all = counts.reduce((sum, count) => sum + count, 0);
    const weightOf = (count: number): number =>
      examples === undefined ? all / (present * count) : (examples - count) / count;
    return counts.map((count) => (count === 0 || count === examples ? 1 : weightOf(count)));
  }
  for (const [label, weight] of Object.entries(weights)) {
    if (!labels.includes(label)) {
      throw new BiobertError({
        code: "usage",
        message: `a class weight is given for ${JSON.stringify(label)}, which is no label of the training data`,
        hint: `Labels: ${labels.join(", ")}.`,
      });
    }
    if (!(Number.isFinite(weight) && weight > 0)) {
      throw new BiobertError({
        code: "usage",
        message: `the class weight of ${label} is ${weight}, not a number above 0`,
      });
    }
  }
  return labels.map((label) => weights[label] ?? 1);
}

/** What a batch's loss counts: each label that is not left out by its weight, so that the mean is PyTorch's weighted one. */
export function weightedCount(labels: HostTensor, weights: readonly number[]): number {
  let counted = 0;
  for (const label of labels.data as Int32Array) if (label !== IGNORED_LABEL) counted += weights[label] ?? 0;
  return counted;
}

/** Where draws are taken from: examples in groups that are drawn from evenly, and how many draws make an epoch. */
export interface DrawSource {
  groups: readonly (readonly number[])[];
  size: number;
}

/**
 * The examples by class: "down" makes an epoch of as many of each as the rarest class has, "up" of as many as the commonest.
 * @throws BiobertError `usage` where fewer than two classes have an example.
 */
export function balancedSource(classes: readonly number[], balance: Balance): DrawSource {
  const groups = new Map<number, number[]>();
  classes.forEach((own, index) => {
    const members = groups.get(own);
    if (members === undefined) groups.set(own, [index]);
    else members.push(index);
  });
  if (groups.size < 2) {
    throw new BiobertError({
      code: "usage",
      message: "the training data have one class only: there is nothing to balance",
      hint: "Leave --balance out.",
    });
  }
  const sizes = [...groups.values()].map(({ length }) => length);
  const each = balance === "down" ? Math.min(...sizes) : Math.max(...sizes);
  return { groups: [...groups.values()], size: each * groups.size };
}

/**
 * `wanted` draws, as many from each group, but for one where they do not divide evenly; of these the `turn`-th group and those after
 * it have one more. Each example of a group is drawn as often as any other of it, but for one. The n-th copy of an example (from 0)
 * is its index plus n times `stride`.
 */
export function drawEvenly(
  { groups }: Pick<DrawSource, "groups">,
  wanted: number,
  { random, stride, turn = 0 }: { random: Random; stride: number; turn?: number },
): number[] {
  const [each, left] = [Math.floor(wanted / groups.length), wanted % groups.length];
  return groups.flatMap((members, group) => {
    const place = (((group - turn) % groups.length) + groups.length) % groups.length;
    const count = each + (place < left ? 1 : 0);
    return Array.from({ length: Math.ceil(count / members.length) }, (_, copy) =>
      random.shuffle([...members]).map((index) => index + copy * stride),
    )
      .flat()
      .slice(0, count);
  });
}

/**
 * Epochs in which every class has the same number of examples. Which ones of a class are drawn changes from epoch to epoch. The same
 * seed and epoch give the same draw.
 * @throws BiobertError `usage` where fewer than two classes have an example.
 */
export function balancedPlan(
  classes: readonly number[],
  lengths: readonly number[],
  { balance, batchSize, seed }: { balance: Balance; batchSize: number; seed: number },
): EpochPlan {
  const source = balancedSource(classes, balance);
  return {
    batchCount: Math.ceil(source.size / batchSize),
    batches(epoch) {
      // A stream of its own: that of the batches' make-up is (seed, epoch).
      const random = new Random(seed, 0x62616c00 + epoch);
      const drawn = drawEvenly(source, source.size, { random, stride: classes.length });
      const own = drawn.map((draw) => lengths[draw % classes.length]!);
      return lengthBatches(own, { batchSize, seed, epoch }).map((batch) => batch.map((index) => drawn[index]!));
    },
  };
}
