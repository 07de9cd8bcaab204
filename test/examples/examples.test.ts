// Every example runs, learns what its few lines of data say, and shows it: nothing that a reader copies is out of date.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";

const root = join(import.meta.dirname, "..", "..", "examples");
const log = vi.spyOn(console, "log").mockImplementation(() => {});
beforeEach(() => void log.mockClear());
afterAll(() => log.mockRestore());

/** What the examples export, each a part of it. */
interface Found {
  scores: { protocol: string; metrics: Record<string, number> };
  text: string;
  entities: { type: string; start: number; end: number }[];
  pairs: number;
  relations: unknown[];
  predictions: unknown[];
  answers: unknown;
  file: string;
  macroF1: number;
  map: number;
}

/** Runs an example, as `node examples/NAME.mjs` does, and gives what it exports and what it printed. */
async function run(name: string): Promise<{ found: Found; printed: string }> {
  const found = (await import(join(root, `${name}.mjs`))) as Found;
  return { found, printed: log.mock.calls.map((words) => words.join(" ")).join("\n") };
}

describe("examples", () => {
  it("ner: entities of raw text, where they stand", async () => {
    const { found, printed } = await run("ner");
    expect(found.scores.metrics.f1).toBeGreaterThan(90);
    const { entities, text } = found;
    expect(entities.map(({ type, start, end }) => [type, text.slice(start, end)])).toEqual([
      ["Gene", "TARV1"],
      ["Disease", "renal fibrosis"],
      ["Disease", "Hepatic failure"],
      ["Gene", "MOLK2"],
    ]);
    expect(printed).toMatch(/Gene\t13-18\tTARV1\t[01]\.\d{3}/);
  });

  it("relation: the one of two pairs that is a relation", async () => {
    const { found } = await run("relation");
    expect(found.scores.metrics.f1).toBeGreaterThan(80);
    expect(found.pairs).toBe(2);
    expect(found.relations).toMatchObject([{ label: "inhibits", first: 0, second: 2 }]);
  });

  it("qa: answers pooled over snippets, as a BioASQ file, and out of raw texts", async () => {
    const { found } = await run("qa");
    expect(found.scores.protocol).toBe("bioasq-phase-b");
    expect(found.scores.metrics.lenientAccuracy).toBeGreaterThan(50);
    const { questions } = JSON.parse(found.file) as {
      questions: { id: string; type: string; exact_answer: string[][] }[];
    };
    expect(questions.map(({ type }) => type)).toEqual(["factoid", "factoid", "list"]);
    for (const { exact_answer: answers } of questions) expect(answers[0]).toEqual([expect.any(String)]);
    expect((found.answers as unknown[])[0]).toMatchObject({ document: "note 2", text: "SORN4" });
  });

  it("yes-no: an answer to a question without one, as JSON and as a BioASQ file", async () => {
    const { found } = await run("yes-no");
    expect(found.scores.metrics.accuracy).toBeGreaterThanOrEqual(50);
    expect(found.predictions).toMatchObject([{ id: "new-1", label: "yes" }]);
    expect(JSON.parse(found.answers as string)).toEqual({
      questions: [{ id: "new-1", type: "yesno", body: "Does tarbinol lower heart rate?", exact_answer: "yes" }],
    });
  });

  it("multiple-choice: accuracy with its interval, and options chosen", async () => {
    const { found } = await run("multiple-choice");
    expect(found.scores.metrics).toMatchObject({ accuracy: 100, accuracyHard: 100, chance: 25 });
    expect(found.predictions).toMatchObject([{ texts: ["liver"] }, { texts: ["lung"] }]);
  });

  it("classification: labels of sentences and of documents", async () => {
    const { found } = await run("classification");
    expect(found.scores.metrics.microF1).toBeGreaterThan(90);
    expect(found.scores.metrics.documentMicroF1).toBeGreaterThan(90);
    expect(found.predictions).toMatchObject([{ labels: ["angiogenesis"] }, { labels: ["invasion"] }]);
  });

  it("document-embedding: SciDocs' scores of vectors", async () => {
    const { found } = await run("document-embedding");
    expect(found.macroF1).toBe(100);
    expect(found.map).toBeGreaterThan(75);
  });

  it("are all in the list of examples/README.md, and all run here", () => {
    const scripts = readdirSync(root).filter((name) => name.endsWith(".mjs") && name !== "support.mjs");
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const own = readFileSync(import.meta.filename, "utf8");
    expect(scripts.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
    expect(scripts.filter((name) => !own.includes(`run("${name.replace(".mjs", "")}")`))).toEqual([]);
  });
});
