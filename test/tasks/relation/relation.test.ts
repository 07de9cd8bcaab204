// Relations: every layout that prepared files have, the classes that count, and the numbers by hand.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkOptions, relationTask, type RelationOptions } from "../../../src/tasks/index.ts";
import { temporaryFolder } from "../../support/tiny-model.ts";

const folder = temporaryFolder("relation");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function file(text: string, name = `file-${count++}.tsv`): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const optionsOf = (given: Record<string, unknown> = {}): RelationOptions => checkOptions(relationTask.options, given);
const options = optionsOf();
const ONE = "@GENE$ raises the risk of @DISEASE$ .";
const TWO = "No link of @GENE$ with @DISEASE$ was seen .";

describe("reading", () => {
  it.each([
    ["sentence and label, as BioBERT's training files", `${ONE}\t1\n${TWO}\t0\n`],
    ["a header and an index, as its test files", `index\tsentence\tlabel\n0\t${ONE}\t1\n1\t${TWO}\t0\n`],
    ["an id and no header, as BLURB's", `11.T1.T2\t${ONE}\t1\r\n11.T1.T3\t${TWO}\t0\r\n`],
    ["columns in another order", `label\textra\tsentence\n1\tx\t${ONE}\n0\ty\t${TWO}\n`],
  ])("takes %s", async (_name, text) => {
    const { examples, warnings } = await relationTask.read([file(text)], options, true);
    expect(examples.map(({ text: sentence, labels }) => [sentence, labels])).toEqual([
      [ONE, ["1"]],
      [TWO, ["0"]],
    ]);
    expect(warnings).toEqual([]);
    expect(new Set(examples.map(({ id }) => id)).size).toBe(2);
  });

  it("takes files of different layouts together, and sentences without labels to predict", async () => {
    const files = [file(`${ONE}\t1\n`), file(`index\tsentence\tlabel\n7\t${TWO}\t0\n`)];
    const { examples } = await relationTask.read(files, options, true);
    expect(examples.map(({ id, line }) => [id, line])).toEqual([
      [expect.stringMatching(/^file-\d+\.tsv:1$/), 1],
      ["7", 2],
    ]);
    const bare = await relationTask.read([file(`${ONE}\n${TWO}\n`)], options, false);
    expect(bare.examples.map(({ labels }) => labels)).toEqual([undefined, undefined]);
  });

  it("takes an index before the sentence to predict for, with or without a header", async () => {
    for (const text of [
      `0\t${ONE}\n1\t${TWO}\n`,
      `4\tno markers\n9\t${TWO}\n`,
      `11.T1.T2\t${ONE}\n11.T1.T3\t${TWO}\n`,
      `index\tsentence\n11.T1.T2\t${ONE}\n`,
    ]) {
      const { examples } = await relationTask.read([file(text)], options, false);
      const [row] = text.split("\n").filter((line) => !line.startsWith("index"));
      expect(`${examples[0]!.id}\t${examples[0]!.text}`).toBe(row);
    }
    const labelled = await relationTask.read([file(`${ONE}\t1\n${TWO}\t0\n`)], options, false);
    expect(labelled.examples.map(({ text }) => text)).toEqual([ONE, TWO]);
  });

  it("refuses a header without a name for the label", async () => {
    const path = file(`sentence\tcategory\n${ONE}\t1\n${TWO}\t0\n`);
    await expect(relationTask.read([path], options, true)).rejects.toMatchObject({
      code: "input-format",
      place: { file: path, line: 1 },
      message: expect.stringContaining("none of its columns is called label, class, relation"),
    });
  });

  it.each([
    ["a row of another width", `${ONE}\t1\n${TWO}\n`, 2, /1 columns where the first line has 2/],
    ["an empty label", `${ONE}\t1\n${TWO}\t \n`, 2, /label is empty/],
    ["an empty sentence", `${ONE}\t1\n \t0\n`, 2, /text is empty/],
    ["four columns without names", `a\tb\tc\td\n`, 1, /4 columns/],
  ])("names the line of %s", async (_name, text, line, message) => {
    const path = file(text);
    const error = await relationTask.read([path], options, true).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "input-format",
      place: { file: path, line },
      message: expect.stringMatching(message),
    });
  });

  it("refuses a header without rows, and tells of ids that repeat and of sentences without marked entities", async () => {
    await expect(relationTask.read([file("index\tsentence\tlabel\n")], options, true)).rejects.toMatchObject({
      code: "input-empty",
    });
    const { warnings } = await relationTask.read([file(`a\t${ONE}\t1\na\tno markers\t0\n`)], options, true);
    expect(warnings.map(({ code, place }) => [code, place?.line])).toEqual([
      ["id-repeated", 2],
      ["relation-markers", 2],
    ]);
  });
});

describe("scoring", () => {
  const labels = ["CPR:3", "CPR:4", "false"];
  const gold = ["CPR:3", "CPR:3", "CPR:4", "false", "false", "false"];
  const found = ["CPR:3", "CPR:4", "CPR:4", "CPR:3", "false", "false"];
  const examples = gold.map((label, i) => ({ id: String(i), text: `sentence ${i}`, labels: [label] as const }));
  const predictions = found.map((label) => ({ labels: [label] }));

  it("counts the classes that are a relation together, and prints the others beside", () => {
    const scores = relationTask.score(examples, predictions, { labels, options });
    // Of 3 relations 2 are right; 4 are predicted; of 3 sentences without one, one has one predicted.
    expect(scores.metrics["precision"]).toBeCloseTo(50, 10);
    expect(scores.metrics["recall"]).toBeCloseTo(200 / 3, 10);
    expect(scores.metrics["f1"]).toBeCloseTo(400 / 7, 10);
    expect(scores.metrics["macroF1"]).toBeCloseTo((50 + 200 / 3) / 2, 10);
    expect(scores.metrics["specificity"]).toBeCloseTo(200 / 3, 10);
    expect(scores.metrics["accuracy"]).toBeCloseTo(400 / 6, 10);
    expect(scores.metrics["allClassMacroF1"]).toBeCloseTo((50 + 200 / 3 + 80) / 3, 10);
    expect(scores.confusion!.counts).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 2],
    ]);
    expect(scores.errors).toEqual([
      { gold: "CPR:3", predicted: "CPR:4", count: 1, example: "sentence 1" },
      { gold: "false", predicted: "CPR:3", count: 1, example: "sentence 3" },
    ]);
  });

  it("takes the classes that are named, refuses one that there is not, and labels that are no relation at all", () => {
    const scores = relationTask.score(examples, predictions, { labels, options: optionsOf({ scored: ["CPR:4"] }) });
    expect(scores.metrics).toMatchObject({ precision: 50, recall: 100 });
    expect(() =>
      relationTask.score(examples, predictions, { labels, options: optionsOf({ scored: ["CPR:9"] }) }),
    ).toThrow(/CPR:9 is not a class/);
    expect(() => relationTask.labels([{ id: "", text: "", labels: ["false"] }], options)).toThrow(
      /none of the classes/,
    );
  });

  it("has no specificity where every sentence has a relation", () => {
    const scores = relationTask.score(examples.slice(0, 3), predictions.slice(0, 3), { labels, options });
    expect(scores.metrics).not.toHaveProperty("specificity");
  });
});
