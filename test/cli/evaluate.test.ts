import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { overlapLines } from "../../src/cli/evaluate/task.ts";
import { resultRecordSchema } from "../../src/evaluation/index.ts";
import { writeTinyStart } from "../support/tiny-model.ts";
import { fakeEvaluation, fakeRooms, run, temporaryFolder } from "./harness.ts";

/** A folder with a model's weights and a data file, as far as the record looks at them. */
function prepare() {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "model.safetensors"), "weights");
  writeFileSync(join(folder, "test.tsv"), "fever\tB\n");
  return { folder, argv: ["evaluate", "ner", "--model", folder, "--data", join(folder, "test.tsv")] };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

it("prints the scores without shared data in their own unit", async () => {
  const shared = { documents: 0, texts: 1, sentences: 1, sha256: "a".repeat(64), examples: 1 };
  const metrics = { pearson: 0.1486, accuracy: 81.234 };
  const [, left] = await overlapLines({ ...shared, metrics }, "texts", { pearson: "correlation", accuracy: "percent" });
  expect(left).toMatch(/ 0\.1486, accuracy 81\.23$/);
});

it("says which task a model without a head is to be trained for", async () => {
  const folder = temporaryFolder();
  const start = writeTinyStart(join(folder, "start"), { config: { num_hidden_layers: 1 } });
  const data = join(folder, "test.tsv");
  writeFileSync(data, "The @GENE$ and @DISEASE$.\t1\n");
  const { code, err } = await run(["evaluate", "relation", "--model", start, "--data", data]);
  expect([code, err]).toEqual([1, expect.stringContaining("npx biobert fine-tune relation --model DIR")]);
});

describe("evaluate ner", () => {
  it("prints the result record with --json", async () => {
    const { argv } = prepare();
    const { code, out, err } = await run([...argv, "--json", "--dataset", "ours", "--split", "held-out"]);
    expect(err).toBe("");
    expect(code).toBe(0);
    const record = resultRecordSchema.parse(JSON.parse(out));
    expect(record.metrics.precision).toBeCloseTo(100 / 3, 10);
    expect(record.metrics.recall).toBe(50);
    expect(record.metrics.f1).toBeCloseTo(40, 10);
    expect(record.metrics.tokenAccuracy).toBeCloseTo((100 * 4) / 7, 10);
    expect(record.metricsByType.Disease).toMatchObject({ goldCount: 2, predictedCount: 3, correctCount: 1 });
    expect(record.dataset).toEqual({
      id: "ours",
      split: "held-out",
      sha256: sha256("fever\tB\n"),
      counts: { entities: 2, sentences: 2, tokens: 7 },
    });
    expect(record.model).toMatchObject({
      variant: "model.safetensors",
      sha256: sha256("weights"),
      parameters: 123_456,
    });
    expect(record.seeds).toEqual([7]);
    expect(record.machine.node).toBe(process.version);
    expect(record.machine.onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
    expect(record.command).toContain("biobert evaluate ner --model ");
  });

  it("tells what is odd about the data on standard error, and scores it all the same", async () => {
    const { argv } = prepare();
    const place = { file: "test.tsv", line: 3 };
    const evaluateNer: typeof fakeEvaluation = async (options) => ({
      ...(await fakeEvaluation(options)),
      warnings: [{ code: "sentences-cut", message: "a long one", place }],
    });
    const rooms = fakeRooms();
    const evaluation = async () => ({ ...(await rooms.evaluation()), evaluateNer });
    const { code, out, err } = await run([...argv, "--json"], { rooms: { ...rooms, evaluation } });
    expect(err).toBe("warning[sentences-cut]: test.tsv:3: a long one\n");
    expect(code).toBe(0);
    expect(resultRecordSchema.parse(JSON.parse(out)).metrics.recall).toBe(50);
  });

  it("prints a summary that calls token accuracy by its name", async () => {
    const { argv } = prepare();
    const { out } = await run(argv);
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(["all, exact match", "33.33", "50.00", "40.00", "2", "3", "1"]);
    expect(out).toContain("token accuracy 57.14 (of all tokens; not comparable with F1)");
    expect(out).toMatch(/1 {2}too short +lung cancer +cancer/);
    expect(out).toMatch(/1 {2}spurious +fever/);
  });

  it("writes record and report to a folder or beside a .json file", async () => {
    const { folder, argv } = prepare();
    await run([...argv, "--out", join(folder, "results")]);
    await run([...argv, "--out", join(folder, "named.json")]);
    for (const name of ["results/result", "results/report", "named"]) {
      const html = name === "results/result" ? undefined : readFileSync(join(folder, `${name}.html`), "utf8");
      if (html !== undefined) expect(html).toContain("<dt>F1</dt><dd>40.00");
      if (name !== "results/report")
        resultRecordSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
    }
  });

  it("says in record and report how long it took and how much memory", async () => {
    const { folder, argv } = prepare();
    await run([...argv, "--out", join(folder, "timed")]);
    const record = resultRecordSchema.parse(JSON.parse(readFileSync(join(folder, "timed", "result.json"), "utf8")));
    expect(record).toMatchObject({ durationSeconds: expect.any(Number), peakMemoryBytes: expect.any(Number) });
    const html = readFileSync(join(folder, "timed", "report.html"), "utf8");
    expect(html).toMatch(/<th scope="row">Time<\/th><td>\d+\.\d s<\/td>/);
    expect(html).toMatch(/<th scope="row">Peak memory<\/th><td>\d+\.\d\d GB, of the process<\/td>/);
  });

  it("writes a report where raw abstracts alone are scored, in place of an older one", async () => {
    const { folder } = prepare();
    const pubtator = join(folder, "test.pubtator");
    writeFileSync(pubtator, "1|t|fever\n");
    const out = join(folder, "offsets");
    mkdirSync(out);
    writeFileSync(join(out, "report.html"), "of another evaluation");
    const { code } = await run(["evaluate", "ner", "--model", folder, "--pubtator", pubtator, "--out", out]);
    expect(code).toBe(0);
    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html).toContain("<dt>F1</dt><dd>68.57<small>percent</small>");
    expect(html).toContain("3 documents");
    expect(html).toContain("ner-exact-offset");
    expect(html).toContain('<th scope="row">Peak memory</th>');
  });

  it("adds strict offset scores from raw abstracts, or gives them alone", async () => {
    const { folder, argv } = prepare();
    const pubtator = join(folder, "test.pubtator");
    writeFileSync(pubtator, "1|t|fever\n");
    const both = JSON.parse((await run([...argv, "--pubtator", pubtator, "--json"])).out) as { metrics: object };
    expect(both.metrics).toMatchObject({
      f1: expect.closeTo(40),
      offsetPrecision: 80,
      offsetRecall: 60,
      offsetF1: 68.57,
    });
    const alone = await run(["evaluate", "ner", "--model", folder, "--pubtator", pubtator, "--json"]);
    expect(JSON.parse(alone.out)).toMatchObject({
      protocol: "ner-exact-offset",
      metrics: { f1: 68.57 },
      dataset: { counts: { documents: 3 } },
    });
  });

  it("wants something to evaluate on", async () => {
    const { code, err } = await run(["evaluate", "ner", "--model", "m"]);
    expect(code).toBe(2);
    expect(err).toContain("error[usage]: nothing to evaluate on");
  });

  it("reports a place that cannot be written to", async () => {
    const { folder, argv } = prepare();
    const { code, err } = await run([...argv, "--out", join(folder, "test.tsv", "results")]);
    expect(code).toBe(1);
    expect(err).toContain("error[file-unwritable]: ");
  });
});
