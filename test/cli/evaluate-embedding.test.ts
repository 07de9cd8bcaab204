// `biobert evaluate document-embedding`: a small encoder and given vectors on SciDocs' files, and wrong use.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tinyTaskSpace } from "../support/tiny-task.ts";
import { run } from "./harness.ts";
import { SCIDOCS_PLACES } from "../support/scidocs-vectors.ts";

const space = tinyTaskSpace("embedding");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const scidocs = join(import.meta.dirname, "..", "..", "examples", "data", "scidocs");
const evaluate = (...argv: string[]) => run(["evaluate", "document-embedding", ...argv]);

describe("biobert evaluate document-embedding", () => {
  it("embeds SciDocs' papers and records the twelve columns", async () => {
    const place = join(space.folder, "results");
    const running = ["--model", space.start, "--scidocs", scidocs, "--threads", "1"];
    const { code, out } = await evaluate(...running, "--json", "--out", place);
    expect(code).toBe(0);
    const record = JSON.parse(out) as {
      metrics: Record<string, number>;
      dataset: unknown;
      model: { parameters: number };
    };
    expect(record).toMatchObject({
      task: "document-embedding",
      protocol: "scidocs-average",
      dataset: { id: "scidocs", split: "test", counts: { documents: 10 } },
      options: { pooling: "mean", long: "cut" },
    });
    const { average, ...columns } = record.metrics;
    expect(Object.keys(columns)).toHaveLength(12);
    expect(average).toBeCloseTo(Object.values(columns).reduce((sum, value) => sum + value, 0) / 12, 9);
    expect(record.model.parameters).toBeGreaterThan(1000);
    const html = readFileSync(join(place, "report.html"), "utf8");
    expect(html).toContain(`<dt>average</dt><dd>${average!.toFixed(2)}<small>percent</small>`);
    expect(html).toContain("document-embedding, 10 documents");
  });

  it("scores vectors that were made before", async () => {
    const lines = Object.entries(SCIDOCS_PLACES).map(([paper_id, x]) =>
      JSON.stringify({ paper_id, embedding: [x, 1] }),
    );
    const { code, out } = await evaluate("--vectors", space.write("vectors.jsonl", lines), "--scidocs", scidocs);
    expect(code).toBe(0);
    expect(out).toMatch(/average +100\.00 +percent/);
    const fewer = await evaluate("--vectors", space.write("fewer.jsonl", lines.slice(1)), "--scidocs", scidocs);
    expect(fewer).toMatchObject({ code: 1, err: expect.stringContaining('"p1" has no vector') });
  });

  it("says how to get a set that is not there, by its own flag", async () => {
    const { code, err } = await evaluate("--model", space.start, "--set", "ohsumed-embedding", "--root", space.folder);
    expect([code, err]).toEqual([1, expect.stringContaining("error[file-not-found]")]);
    expect(err).toMatch(/with --root or BIOBERT_DATA \(biobert datasets show ohsumed-embedding\)/);
  });

  it("says what is wrong with its use", async () => {
    const use = [
      [],
      ["--model", "m"],
      ["--scidocs", scidocs],
      ["--model", "m", "--vectors", "v", "--scidocs", scidocs],
      ["--vectors", "v", "--scidocs", scidocs, "--json"],
    ];
    for (const argv of use) expect({ argv, ...(await evaluate(...argv)) }).toMatchObject({ argv, code: 2, out: "" });
    expect(await evaluate("--model", space.start, "--set", "ncbi-disease")).toMatchObject({
      code: 2,
      err: expect.stringContaining("not for document-embedding"),
    });
  });
});
