// BioASQ's phase B measures against the official evaluator: on made-up files of every kind (test/metrics/golden/bioasq.jsonl, by
// reference/metrics_bioasq.py), and on the stored runs beside the corpora where BIOBERT_DATA names their folder.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type BioasqEdition,
  type BioasqQuestion,
  type BioasqResponse,
  officialBioasqMeasures,
  scoreBioasq,
  scoreBioasqBatches,
} from "../../src/metrics/index.ts";

type RawQuestion = Omit<BioasqQuestion, "exactAnswer"> & { exact_answer?: BioasqQuestion["exactAnswer"] };

const questionOf = ({ exact_answer, ...rest }: RawQuestion): BioasqQuestion => ({ ...rest, exactAnswer: exact_answer });
const measuresOf = (gold: RawQuestion[], system: RawQuestion[], edition: BioasqEdition) =>
  officialBioasqMeasures(scoreBioasq(gold.map(questionOf), system.map(questionOf), { edition }));
const rounded = (values: readonly number[]) => values.map((value) => Math.round(value * 1e12) / 1e12);

interface Case {
  golden: RawQuestion[];
  system: RawQuestion[];
  measures: Record<string, number[]>;
}

const cases = readFileSync(new URL("golden/bioasq.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

describe("the official evaluator's ten numbers", () => {
  it("are ours, in every edition", () => {
    const editions = new Set<string>();
    cases.forEach(({ golden, system, measures }, index) => {
      for (const [edition, expected] of Object.entries(measures)) {
        editions.add(edition);
        const ours = Object.values(measuresOf(golden, system, Number(edition) as BioasqEdition));
        expect(rounded(ours), `case ${index}, edition ${edition}`).toEqual(rounded(expected));
      }
    });
    expect([...editions].sort()).toEqual(["2", "3", "5", "8", "9"]);
  });

  it("differ between editions where synonyms are submitted", () => {
    const differing = cases.filter(({ measures }) => measures[3] && String(measures[3]) !== String(measures[5]));
    expect(differing.length).toBeGreaterThan(3);
  });
});

const yesNo = (id: string, exactAnswer?: string): BioasqQuestion => ({ id, type: "yesno", exactAnswer });
const factoid = (id: string, exactAnswer: string[][]): BioasqQuestion => ({ id, type: "factoid", exactAnswer });

describe("what the evaluator cannot say", () => {
  it("counts questions without a response as wrong before edition 9", () => {
    const gold = [yesNo("a", "yes"), yesNo("b", "no"), factoid("c", [["x"]])];
    const scores = scoreBioasq(gold, [{ id: "a", exactAnswer: "yes" }]);
    expect(scores.yesNo).toMatchObject({ accuracy: 50, count: 2, f1No: 0 });
    expect(scores.factoid).toMatchObject({ count: 1, meanReciprocalRank: 0 });
    expect(scores.unanswered).toBe(2);
    expect(scoreBioasq(gold, [{ id: "a", exactAnswer: "yes" }], { onlyAnswered: true }).yesNo.accuracy).toBe(100);
  });

  it("reads a flat list as one answer each, and says how many lists are too long", () => {
    const response: BioasqResponse = { id: "c", exactAnswer: ["u", "v", "w", "X", "y", "z"] };
    const scores = scoreBioasq([factoid("c", [["x"]])], [response]);
    expect(scores.factoid).toMatchObject({ strictAccuracy: 0, lenientAccuracy: 100, meanReciprocalRank: 25 });
    expect(scores.overlong).toBe(1);
  });

  it("pools batches by question, not by mean", () => {
    const batch = (prefix: string, answers: string[]) => ({
      gold: answers.map((_, i) => yesNo(`${prefix}${i}`, "yes")),
      responses: answers.map((exactAnswer, i) => ({ id: `${prefix}${i}`, exactAnswer })),
    });
    const { pooled, byBatch } = scoreBioasqBatches({ one: batch("a", ["yes"]), two: batch("b", ["no", "no", "yes"]) });
    expect(pooled.yesNo.accuracy).toBe(50);
    expect(Object.values(byBatch).map((scores) => Math.round(scores.yesNo.accuracy))).toEqual([100, 33]);
  });

  it("refuses an id given twice", () => {
    expect(() => scoreBioasq([yesNo("a", "yes"), yesNo("a", "no")], [])).toThrow(
      'question "a" is twice in the golden questions',
    );
    expect(() => scoreBioasq([yesNo("a", "yes")], [{ id: "a" }, { id: "a" }])).toThrow("twice in the system's answers");
  });
});

/** Runs stored beside the corpora, with what the evaluator printed; none where BIOBERT_DATA does not name their folder. */
function storedRuns(): [string, BioasqEdition, string, string, number[]][] {
  const root = process.env["BIOBERT_DATA"];
  const folder = join(root ?? "", "eval-golden", "bioasq");
  if (root === undefined || !existsSync(folder)) return [];
  const read = (...parts: string[]) => JSON.parse(readFileSync(join(folder, ...parts), "utf8"));
  const { measures } = read("factoid-4B1-squad_v2", "expected.json");
  const { results } = read("synthetic-5B2", "expected.json");
  const golden = (name: string) => join(root, "BioASQ", "golden", name.slice(0, 2), `${name}_golden.json`);
  const made = join(folder, "synthetic-5B2", "system.json");
  return [
    [
      "BioBERT on 4b-1",
      5,
      golden("4B1"),
      join(folder, "factoid-4B1-squad_v2", "BioASQform_BioASQ-answer.json"),
      Object.values(measures),
    ],
    ...([3, 5, 8] as const).flatMap((edition) =>
      Object.entries<number[]>(results[`e${edition}`]).map(
        ([by, numbers]) =>
          [`all kinds on 5b-2 by ${by}`, edition, golden("5B2"), made, numbers] as [
            string,
            BioasqEdition,
            string,
            string,
            number[],
          ],
      ),
    ),
  ];
}

it("scores stored runs as the evaluator did, where they are at hand", () => {
  for (const [name, edition, golden, system, expected] of storedRuns()) {
    const [gold, responses] = [golden, system].map(
      (file) => JSON.parse(readFileSync(file, "utf8")).questions as RawQuestion[],
    );
    expect(rounded(Object.values(measuresOf(gold!, responses!, edition))), `${name}, edition ${edition}`).toEqual(
      rounded(expected),
    );
  }
});
