// docs/results.md is what the records of results/ say, word for word; records hold no text and no folder; a page of made-up records says
// means, differences, times and what is missing.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readResultRecord, type ResultRecordV2 } from "../../src/evaluation/index.ts";
import {
  collectPeer,
  collectRuns,
  type FinishedRun,
  measuredRecipes,
  recordOfRuns,
  recipeNamed,
  resolveRecipe,
  resultsPage,
  resultsPicture,
} from "../../src/reproduction/index.ts";
import { run } from "../cli/harness.ts";
import { temporaryFolder } from "../support/tiny-model.ts";

const root = join(import.meta.dirname, "..", "..");
const configs = join(root, "configs");
const folder = temporaryFolder("results");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const finished = (seed: number, f1: number, more: Partial<FinishedRun> = {}): FinishedRun => ({
  formatVersion: 1,
  seed,
  settings: {},
  protocol: "ner-exact-entity",
  metrics: { precision: f1 + 1, recall: f1 - 1, f1 },
  units: { precision: "percent", recall: "percent", f1: "percent" },
  counts: { sentences: 940 },
  testSha256: "a".repeat(64),
  weights: { file: "model.safetensors", sha256: String(seed).repeat(64), parameters: 22_000_000, precision: "fp32" },
  steps: 10,
  trainingSeconds: 600,
  evaluationSeconds: 10,
  ...more,
});
const facts = {
  command: "biobert reproduce ncbi-disease --seeds 1,2",
  machine: { cpu: "a CPU", cores: 2, os: "Linux 6", node: "v20.19.0", onnxruntime: "1.30.0" },
};

async function recordOf(runs: FinishedRun[], changed: string[] = []): Promise<ResultRecordV2> {
  const resolved = resolveRecipe(await recipeNamed("ncbi-disease", configs));
  const overlap = { documents: 0, texts: 0, sentences: 2, examples: 2 };
  return recordOfRuns({ ...resolved, changed }, runs, { overlap, facts });
}

it("lists published and measured correlations on one scale", async () => {
  const { code, out } = await run(["reproduce", "--list"], { packageRoot: root });
  expect(code).toBe(0);
  const [, published] = /^biosses +\S+ +Pearson correlation +(\S+)/m.exec(out) ?? [];
  expect(Number(published)).toBeLessThan(1);
});

async function pageOf(record: ResultRecordV2, peer?: unknown): Promise<string> {
  const results = join(folder, "results");
  mkdirSync(join(results, "pytorch"), { recursive: true });
  writeFileSync(join(results, "ncbi-disease.json"), JSON.stringify(record));
  if (peer !== undefined) writeFileSync(join(results, "pytorch", "ncbi-disease.json"), JSON.stringify(peer));
  return resultsPage(await measuredRecipes(configs, results));
}

/** A script's output for one seed. */
function scriptOutput(seed: number, f1: number): string {
  const path = join(folder, `torch-${seed}.json`);
  const predictions = [{ entities: [2, 1, 1] }, { entities: [0, 1, 0] }];
  const history = [
    { epoch: 1, loss: 1, seconds: 500 },
    { epoch: 2, loss: 0.5, seconds: 400 },
  ];
  writeFileSync(
    path,
    JSON.stringify({
      metrics: { f1 },
      arguments: { seed, threads: 2, model: "/somewhere/model" },
      history,
      torch: "2.15.0",
      predictions,
    }),
  );
  return path;
}

describe("docs/results.md", () => {
  it("is what the records in results/ say", async () => {
    const page = resultsPage(await measuredRecipes(configs, join(root, "results")));
    expect(readFileSync(join(root, "docs", "results.md"), "utf8")).toBe(page);
    expect((await run(["reproduce", "--write-page", "--check"])).out).toBe("docs/results.md is up to date\n");
    const picture = resultsPicture(await measuredRecipes(configs, join(root, "results")));
    expect(readFileSync(join(root, "docs", "images", "results.svg"), "utf8")).toBe(picture);
  });

  it("draws published and measured scores to one scale, and says them to who cannot see it", async () => {
    await pageOf(await recordOf([finished(1, 84), finished(2, 86)]));
    const picture = resultsPicture(await measuredRecipes(configs, join(folder, "results")));
    expect(picture).toContain("NCBI-disease, F1: BERT, published 85.63, ");
    expect(picture).toMatch(/BioBERT, published 89\.71, measured 85\.00\./);
    const place = (pattern: RegExp): number => Number(pattern.exec(picture)![1]);
    const at = { 0: place(/x="([\d.]+)"[^>]*>0</), 100: place(/x="([\d.]+)"[^>]*>100</) };
    const percent = (x: number): number => (100 * (x - at[0])) / (at[100] - at[0]);
    const [, left, right] = /class="spread" x1="([\d.]+)" x2="([\d.]+)"/.exec(picture)!;
    expect(percent(Number(left))).toBeCloseTo(85 - Math.SQRT2, 1);
    expect(percent(Number(right))).toBeCloseTo(85 + Math.SQRT2, 1);
    expect(percent(place(/class="ours" x="([\d.]+)" y="\d+" width="10" height="10"><title>/) + 5)).toBeCloseTo(85, 1);
    expect(percent(place(/class="bert" cx="([\d.]+)" cy="\d+" r="5"><title>/))).toBeCloseTo(85.63, 1);
  });

  it("stands on records without folders of a machine", () => {
    const results = join(root, "results");
    for (const name of readdirSync(results).filter((file) => file.endsWith(".json"))) {
      const text = readFileSync(join(results, name), "utf8");
      expect(readResultRecord(JSON.parse(text)).recipe!.id).toBe(name.replace(/\.json$/, ""));
      expect(text).not.toMatch(/"[^"]*(?:\/home\/|\/root\/|\/tmp\/|\/Users\/)/);
    }
  });

  it("gives mean, deviation, best and the difference to the published BioBERT number", async () => {
    const page = await pageOf(await recordOf([finished(1, 84), finished(2, 86)]));
    const row = page.split("\n").find((line) => line.startsWith("| [NCBI-disease]"))!;
    expect(row).toContain("**85.00 ± 1.41 (2 seeds)**");
    expect(row).toContain("| 86.00 |");
    expect(row).toContain("| −4.71 |");
    expect(row).toContain("| 85.63 |");
    expect(row).toContain("89.71 (v1.1 (+PubMed))");
    expect(row).toContain("10 min / not run");
    expect(page).toMatch(/- \*\*NCBI-disease\*\*: weights: all-MiniLM-L6-v2/);
    expect(page).toMatch(/\| NCBI-disease \| 0 \| 0 \| 2 \| 85\.00 \| not counted \|/);
    expect(page).not.toContain("Training one seed");
  });

  it("puts PyTorch's scores and time beside, and sums the time of rows that both ran", async () => {
    const recipe = await recipeNamed("ncbi-disease", configs);
    const given = { script: "reference/ner_recipe.py", machine: "a CPU, 2 cores" };
    const { record: peer, items } = await collectPeer(recipe, [scriptOutput(1, 83), scriptOutput(2, 85)], given);
    expect(JSON.stringify(peer)).not.toContain("/somewhere");
    expect(items!.groups[0]).toEqual({
      unit: "sentences",
      ids: [],
      metrics: {
        f1: {
          statistic: "micro-f1",
          runs: [
            [
              [2, 1, 1],
              [0, 1, 0],
            ],
            [
              [2, 1, 1],
              [0, 1, 0],
            ],
          ],
        },
      },
    });
    const page = await pageOf(await recordOf([finished(1, 84, { threads: 2 })]), peer);
    const row = page.split("\n").find((line) => line.startsWith("| [NCBI-disease]"))!;
    expect(row).toContain("84.00 ± 1.41 (2 seeds)");
    expect(row).toContain("10 min / 15 min");
    expect(page).toContain(
      "Training one seed of each of the 1 row that both ran and that were timed alike: 10 min here, 15 min in PyTorch (1.50x), one after the other on a CPU, 2 cores, which did nothing else, with 2 threads each.",
    );
    // Losses stand beside each other epoch by epoch: of ours the means of the curve's points in each.
    expect(page).toContain("| NCBI-disease |  | 1.00, 0.500 |");
    const points: [number, number][] = [
      [1, 3],
      [4, 1],
      [6, 0.5],
      [9, 0.25],
    ];
    const curves = { loss: points };
    const drawn = await pageOf(await recordOf([finished(1, 84, { curves }), finished(2, 84)]), peer);
    expect(drawn).toContain("| NCBI-disease | 2.00, 0.375 | 1.00, 0.500 |");
    // Seconds of other threads or another machine are left out where some were taken alike, and are compared with none.
    const elsewhere = finished(2, 84, { threads: 2, machine: "another CPU, 2 cores", trainingSeconds: 60 });
    const mixed = await pageOf(await recordOf([finished(1, 84, { threads: 2 }), elsewhere]), peer);
    expect(mixed).toContain("10 min here, 15 min in PyTorch (1.50x)");
    for (const odd of [finished(1, 84, { threads: 1 }), elsewhere]) {
      const apart = await pageOf(await recordOf([odd]), peer);
      expect(apart).toMatch(/\| (10 min|60 s) \/ 15 min \|/);
      expect(apart).not.toContain("Training one seed");
    }
    await expect(collectPeer(recipe, [scriptOutput(1, 83), scriptOutput(1, 83)], given)).rejects.toMatchObject({
      code: "input-format",
    });
    // A record made earlier counts as the outputs it was made of; what it has no predictions of makes no items.
    const earlier = join(folder, "earlier-peer.json");
    writeFileSync(earlier, JSON.stringify((await collectPeer(recipe, [scriptOutput(2, 85)], given)).record));
    const joined = await collectPeer(recipe, [earlier, scriptOutput(1, 83)], given);
    expect(joined.record).toEqual(peer);
    expect(joined.items).toBeUndefined();
    await expect(
      collectPeer(recipe, [earlier], { ...given, script: "reference/other_recipe.py" }),
    ).rejects.toMatchObject({ code: "input-format", place: { file: earlier } });
    const { record: untimed } = await collectPeer(recipe, [scriptOutput(1, 83)], { ...given, withoutTimes: true });
    const machine = "a CPU, 2 cores";
    expect(untimed.runs[0]).toEqual({ seed: 1, metrics: { f1: 83 }, threads: 2, machine, lossByEpoch: [1, 0.5] });
    // Joined on another machine, each run keeps its own.
    const moved = await collectPeer(recipe, [earlier, scriptOutput(1, 83)], { ...given, machine: "another" });
    expect(moved.record.runs.map((one) => one.machine)).toEqual(["another", machine]);
    const half = await collectPeer(recipe, [earlier, scriptOutput(1, 83)], { ...given, withoutTimes: true });
    expect(half.record.runs.map((one) => "trainingSeconds" in one)).toEqual([false, true]);
  });

  it("shows the test between both sides, and none of other sides, metrics or data", async () => {
    const results = join(folder, "compared");
    mkdirSync(join(results, "comparisons"), { recursive: true });
    writeFileSync(
      join(results, "ncbi-disease.json"),
      JSON.stringify(await recordOf([finished(1, 84), finished(2, 86)])),
    );
    const about = { task: "ner", dataset: { id: "ncbi-disease", split: "test" } };
    const itemsOf = (system: string, seeds: number[], right: number): string => {
      const runs = seeds.map(() => Array.from({ length: 50 }, (_, i) => [2, 2, i < right ? 2 : 1]));
      const metrics = { f1: { statistic: "micro-f1", runs }, recall: { statistic: "micro-f1", runs } };
      const path = join(folder, `${system.split(/[ ,]/)[0]}.items.json`);
      const groups = [{ unit: "sentences", ids: [], metrics }];
      writeFileSync(path, JSON.stringify({ formatVersion: 1, ...about, system, seeds, groups }));
      return path;
    };
    const [theirs, ours] = [itemsOf("PyTorch 2.15.0", [1], 30), itemsOf("biobert, all-MiniLM-L6-v2", [1, 2], 42)];
    const file = join(results, "comparisons", "ncbi-disease.json");
    const compare = (a: string, b: string, ...more: string[]) =>
      run(["compare", a, b, "--samples", "500", "--record", file, ...more]);
    expect((await compare(theirs, ours)).code).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain(folder);
    const page = resultsPage(await measuredRecipes(configs, results));
    const row = page.split("\n").find((line) => line.startsWith("| [NCBI-disease]"))!;
    expect(row).toMatch(/\| \+12\.00 \(\S+ to \S+\), better \(seeds: 2 and 1\) \|/);
    expect(page).toContain("paired bootstrap");
    const refusal = () => measuredRecipes(configs, results).then(resultsPage);
    await compare(ours, theirs);
    await expect(refusal()).rejects.toMatchObject({ code: "input-format", place: { file } });
    await compare(theirs, ours, "--metric", "recall");
    await expect(refusal()).rejects.toMatchObject({ message: expect.stringContaining("a comparison by recall") });
    writeFileSync(file, '{"formatVersion": 1}');
    await expect(refusal()).rejects.toMatchObject({ message: expect.stringContaining("not a comparison") });
  });

  it("takes no trial for a result, no record of another recipe, and none of no recipe", async () => {
    await expect(pageOf(await recordOf([finished(1, 84)], ["smoke=48"]))).rejects.toMatchObject({
      code: "input-format",
      message: expect.stringContaining("--smoke"),
    });
    const record = await recordOf([finished(1, 84)]);
    await expect(pageOf({ ...record, recipe: { ...record.recipe!, id: "bc2gm" } })).rejects.toMatchObject({
      code: "input-format",
    });
    writeFileSync(join(folder, "results", "no-such-recipe.json"), "{}");
    await expect(pageOf(record)).rejects.toMatchObject({
      code: "input-format",
      message: expect.stringContaining("no recipe"),
    });
    rmSync(join(folder, "results", "no-such-recipe.json"));
  });

  it("leaves times out of a record where the machine did other work", async () => {
    const resolved = resolveRecipe(await recipeNamed("ncbi-disease", configs));
    const record = recordOfRuns(resolved, [finished(1, 84)], { facts, withoutTimes: true });
    expect(record.runs![0]).not.toHaveProperty("trainingSeconds");
    expect(await pageOf(record)).not.toMatch(/10 min/);
  });
});

describe("collectRuns", () => {
  it("takes a model that was trained as the recipe says, and none that was trained otherwise", async () => {
    const resolved = resolveRecipe(await recipeNamed("hoc", configs));
    const {
      runs: _,
      spread: __,
      recipe: ___,
      overlap: ____,
      ...record
    } = JSON.parse(readFileSync(join(configs, "..", "results", "hoc.json"), "utf8")) as Record<string, unknown>;
    const path = join(folder, "balanced.json");
    writeFileSync(path, JSON.stringify({ ...record, seeds: [1] }));
    const directory = join(folder, "balanced");
    mkdirSync(directory, { recursive: true });
    const collected = (trained: object) => {
      const training = { recipe: trained, sha256: { start: "a".repeat(64) } };
      writeFileSync(join(directory, "biobert.json"), JSON.stringify({ heads: [{ training }] }));
      return collectRuns(resolved, [{ path, directory }]);
    };
    const { runs } = await collected({ batchSize: 8, classWeights: "balanced" });
    expect(runs.map(({ seed }) => seed)).toEqual([1]);
    await expect(collected({ batchSize: 8, classWeights: { "inducing angiogenesis": 2 } })).rejects.toMatchObject({
      message: expect.stringContaining('the recipe hoc says "balanced"'),
    });
    await expect(collected({ batchSize: 16 })).rejects.toMatchObject({
      code: "input-format",
      message: expect.stringContaining("trained with batchSize 16"),
    });
  });
});

it("takes every record that is kept: seeds of another day can join it", async () => {
  const results = join(configs, "..", "results");
  for (const file of readdirSync(results).filter((name) => name.endsWith(".json"))) {
    const path = join(results, file);
    const { runs, task } = JSON.parse(readFileSync(path, "utf8")) as ResultRecordV2;
    if (task === "document-embedding" || runs!.some(({ folds = [] }) => folds.length > 1)) continue;
    const collected = await collectRuns(resolveRecipe(await recipeNamed(basename(file, ".json"), configs)), [{ path }]);
    expect([file, ...collected.runs.map(({ seed }) => seed)]).toEqual([file, ...runs!.map(({ seed }) => seed)]);
  }
});

describe("recordOfRuns", () => {
  it("refuses runs on different data, none at all, and means that no record can hold", async () => {
    await expect(recordOf([])).rejects.toMatchObject({ code: "input-empty" });
    await expect(recordOf([finished(1, 84), finished(2, 84, { testSha256: "b".repeat(64) })])).rejects.toMatchObject({
      code: "input-format",
    });
    await expect(recordOf([finished(1, 140)])).rejects.toMatchObject({ code: "input-format" });
  });

  it("hashes the list of several models, and keeps the only one's hash", async () => {
    const one = await recordOf([finished(1, 84)]);
    expect(one.model.sha256).toBe("1".repeat(64));
    const two = await recordOf([finished(1, 84), finished(2, 86)]);
    expect(two.model.sha256).not.toBe(one.model.sha256);
    expect(two.runs!.map(({ modelSha256 }) => modelSha256)).toEqual(["1".repeat(64), "2".repeat(64)]);
  });
});
