// The tool that holds our spans against the transformers pipeline's must itself tell a difference from an agreement.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const tool = fileURLToPath(new URL("../../reference/pipeline_compare.mjs", import.meta.url));
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "biobert-compare-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

type Spans = [start: number, end: number][];

/** Compares one text; ours in UTF-16 units, the pipeline's in code points. */
function compare(
  text: string,
  ours: Spans,
  theirs: Spans,
  more: object = {},
): { status: number | null; report: string } {
  const span = ([start, end]: [number, number]) => ({ type: "D", start, end, score: 0.5 });
  const entities = theirs.map(span);
  const files = [
    { id: "1", text },
    { id: "1", entities: ours.map((at) => ({ ...span(at), mention: text.slice(...at) })) },
    { id: "1", entities, word_entities: entities, cut: null, doubtful: [], ...more },
  ].map((document, index) => {
    const file = join(directory, `${index}.jsonl`);
    writeFileSync(file, `${JSON.stringify(document)}\n`);
    return file;
  });
  const { status, stdout } = spawnSync(process.execPath, [tool, ...files], { encoding: "utf8" });
  return { status, report: stdout };
}

describe("reference/pipeline_compare.mjs", () => {
  it("converts code points", () => {
    const { status, report } = compare("😀 gout", [[3, 7]], [[2, 6]]);
    expect(status).toBe(0);
    expect(report).toContain("1 documents, 1 with the same spans");
  });

  it("fails on a difference without a cause", () => {
    expect(compare("had gout", [[4, 8]], []).status).toBe(1);
    expect(compare("had gout", [], [[4, 8]]).status).toBe(1);
    expect(compare("had gout", [[4, 8]], [[3, 8]]).status).toBe(1);
  });

  it.each<[string, string, Spans, Spans, object]>([
    ["combining marks", "goute\u0301", [[0, 6]], [[0, 5]], {}],
    ["a word joined", "old go\u00adut", [[4, 9]], [[0, 9]], { word_entities: [{ type: "D", start: 4, end: 9 }] }],
    ["a tie", "had gout", [[4, 8]], [], { doubtful: [{ start: 4, end: 8, margin: 1e-5 }] }],
    ["a text cut off", "had gout", [[4, 8]], [], { cut: 3 }],
  ])("explains %s", (_name, text, ours, theirs, more) => {
    const { status, report } = compare(text, ours, theirs, more);
    expect(status).toBe(0);
    expect(report).toContain("1 documents, 0 with the same spans");
  });
});
