// Random cases for the scores, the same in both languages: reference/metrics_random.py is this file's twin.

import { Random } from "../../src/core/index.ts";

/** Numbers of a golden file of `reference/metrics_scores.py`: one line a case, `nan` where the reference gives none. */
export function goldenLines(text: string): number[][] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
}

const integers = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** Single labels; some labels occur on one side only. */
export function randomLabels(seed: number): { gold: string[]; predicted: string[] } {
  const random = new Random(seed, 1);
  const count = 1 + random.nextInteger(40);
  const kinds = 2 + random.nextInteger(5);
  const gold = integers(count, () => `c${random.nextInteger(kinds)}`);
  const predicted = gold.map((label) => (random.nextInteger(10) < 6 ? label : `c${random.nextInteger(kinds + 1)}`));
  return { gold, predicted };
}

/** Any number of labels an item, also none. */
export function randomLabelSets(seed: number): { gold: string[][]; predicted: string[][] } {
  const random = new Random(seed, 2);
  const count = 1 + random.nextInteger(25);
  const kinds = 2 + random.nextInteger(5);
  const gold: string[][] = [];
  const predicted: string[][] = [];
  for (let item = 0; item < count; item++) {
    const [mine, other]: string[][] = [[], []];
    for (let kind = 0; kind < kinds; kind++) {
      const has = random.nextInteger(10) < 3;
      if (has) mine!.push(`c${kind}`);
      if (has !== random.nextInteger(10) < 2) other!.push(`c${kind}`);
    }
    gold.push(mine!);
    predicted.push(other!);
  }
  return { gold, predicted };
}

/** Tag sequences, valid or not: half of the predictions are the gold tags with a few replaced. */
export function randomTags(seed: number): { gold: string[][]; predicted: string[][] } {
  const random = new Random(seed, 3);
  const tag = (): string => {
    const prefix = "BIO"[random.nextInteger(3)]!;
    return prefix === "O" ? "O" : `${prefix}-${"XYZ"[random.nextInteger(3)]}`;
  };
  const near = random.nextInteger(2) === 1;
  const gold: string[][] = [];
  const predicted: string[][] = [];
  const sentences = 1 + random.nextInteger(4);
  for (let sentence = 0; sentence < sentences; sentence++) {
    const mine = integers(1 + random.nextInteger(12), tag);
    gold.push(mine);
    predicted.push(mine.map((old) => (near && random.nextInteger(10) < 8 ? old : tag())));
  }
  return { gold, predicted };
}

/** Pairs of numbers; every second case has ties. */
export function randomNumbers(seed: number): { first: number[]; second: number[] } {
  const random = new Random(seed, 4);
  const count = 3 + random.nextInteger(30);
  const first: number[] = [];
  const second: number[] = [];
  for (let i = 0; i < count; i++) {
    const x = seed % 2 === 1 ? random.nextInteger(5) : random.nextFloat();
    first.push(x);
    second.push(seed % 2 === 1 ? x + random.nextInteger(5) : 0.5 * x + random.nextFloat());
  }
  return { first, second };
}

export interface RandomQuery {
  judged: Map<string, number>;
  scored: Map<string, number>;
}

/** Queries with relevances (every third case graded) and scores, some of them tied; some documents are in one of the two only. */
export function randomRankings(seed: number): RandomQuery[] {
  const random = new Random(seed, 5);
  const queries: RandomQuery[] = [];
  const count = 1 + random.nextInteger(4);
  for (let query = 0; query < count; query++) {
    const judged = new Map<string, number>();
    const scored = new Map<string, number>();
    const documents = 2 + random.nextInteger(20);
    for (let document = 0; document < documents; document++) {
      const name = `d${String(document).padStart(2, "0")}`;
      const relevance = seed % 3 === 0 ? random.nextInteger(4) : random.nextInteger(10) < 3 ? 1 : 0;
      const score = random.nextInteger(12) / 4;
      const kind = random.nextInteger(10);
      if (kind !== 0) judged.set(name, relevance);
      if (kind !== 1) scored.set(name, score);
    }
    if (judged.size > 0 && scored.size > 0) queries.push({ judged, scored });
  }
  return queries;
}
