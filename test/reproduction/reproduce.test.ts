// `biobert reproduce` from the command line to the record, on small data written here: a tagged corpus of one's own, and ten folds in the
// registry's layout; found again, stopped and gone on with, refused, searched, collected.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { machineName } from "../../src/data/index.ts";
import { readItemsFile, readResultRecord, type ResultRecordV2 } from "../../src/evaluation/index.ts";
import { summarizeFolds } from "../../src/metrics/index.ts";
import { run } from "../cli/harness.ts";
import { temporaryFolder, tinySentences, writeConll, writeTinyStart } from "../support/tiny-model.ts";

const folder = temporaryFolder("reproduce");
const start = writeTinyStart(join(folder, "start"), { config: { num_hidden_layers: 1 } });
const data = join(folder, "data");
const train = writeConll(join(folder, "train.tsv"), tinySentences(60, 1));
const test = writeConll(join(folder, "test.tsv"), tinySentences(30, 2));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ten folds of pairs: an association is said or denied. */
function writeFolds(): void {
  const sentence = (i: number, fold: number): string =>
    `@GENE$ ${i % 2 === 0 ? "causes" : "was not found in"} @DISEASE$ of ${["women", "children", "families"][i % 3]!} in series ${fold * 100 + i} .`;
  for (let fold = 1; fold <= 10; fold++) {
    const place = join(data, "euadr", String(fold));
    mkdirSync(place, { recursive: true });
    const rows = Array.from({ length: 24 }, (_, i) => `${sentence(i, fold)}\t${i % 2 === 0 ? 1 : 0}`);
    writeFileSync(join(place, "train.tsv"), `${rows.slice(0, 16).join("\n")}\n`);
    writeFileSync(
      join(place, "test.tsv"),
      `index\tsentence\tlabel\n${rows
        .slice(16)
        .map((row, i) => `${i}\t${row}`)
        .join("\n")}\n`,
    );
  }
}

const shared = ["--model", start, "--threads", "1", "--set", "maxLength=48"];
const ner = (out: string, ...more: string[]): string[] => [
  "reproduce",
  "bc4chemd",
  ...shared,
  ...["--train", train, "--test", test, "--set", "epochs=5", "--set", "learningRate=5e-3", "--set", "batchSize=8"],
  ...["--out", join(folder, out), ...more],
];
const recordOf = (out: string): ResultRecordV2 =>
  readResultRecord(JSON.parse(readFileSync(join(folder, out, "record.json"), "utf8")));
const eventsOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("reproduce on files of one's own", () => {
  let first: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    first = await run(ner("ner", "--seeds", "1,2"));
  });

  it("trains every seed, scores it and makes one record of them", () => {
    expect(first.code).toBe(0);
    const record = recordOf("ner");
    expect(record.seeds).toEqual([1, 2]);
    expect(record.protocol).toBe("ner-exact-entity");
    const values = record.runs!.map(({ metrics }) => metrics["f1"]!);
    expect(record.metrics["f1"]).toBeCloseTo((values[0]! + values[1]!) / 2, 10);
    expect(record.spread!["f1"]).toEqual(summarizeFolds(values));
    for (const value of values) expect(value).toBeGreaterThan(20);
    expect(new Set(record.runs!.map(({ modelSha256 }) => modelSha256)).size).toBe(2);
    for (const each of record.runs!) {
      expect(each.steps).toBe(40);
      expect(each.machine).toBe(machineName());
      expect(each.commit).toBe(record.commit);
      expect(each.curves!.loss!.map(([step]) => step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(each.curves!.loss!.at(-1)![1]).toBeLessThan(each.curves!.loss![0]![1]);
    }
    expect(record.recipe).toMatchObject({ id: "bc4chemd", settings: { epochs: 5, learningRate: 5e-3, maxLength: 48 } });
    expect(record.recipe!.changed).toContain("epochs=5");
  });

  it("keeps no text and no folder of this machine in record and items", () => {
    for (const file of ["record.json", "items.json"]) {
      const text = readFileSync(join(folder, "ner", file), "utf8");
      expect(text).not.toContain(folder);
      expect(text).not.toContain("BRCA1");
    }
    expect(recordOf("ner").command).toMatch(/^biobert reproduce bc4chemd --seeds 1,2 --set /);
  });

  it("keeps the items of all seeds, which add up to the scores", () => {
    const items = readItemsFile(JSON.parse(readFileSync(join(folder, "ner", "items.json"), "utf8")));
    expect(items.seeds).toEqual([1, 2]);
    const { runs } = items.groups[0]!.metrics["f1"]!;
    const f1 = runs.map((own) => {
      const [gold, found, right] = own.reduce((sum, item) => sum.map((value, i) => value + item[i]!), [0, 0, 0]);
      return (200 * right!) / (gold! + found!);
    });
    recordOf("ner").runs!.forEach(({ metrics }, i) => expect(f1[i]).toBeCloseTo(metrics["f1"]!, 10));
  });

  it("tells its events in order, with the recipe's estimate before the first step", () => {
    const types = eventsOf(first.out).map(({ type }) => type as string);
    expect(types.indexOf("estimate")).toBeGreaterThan(types.indexOf("data"));
    expect(types.indexOf("estimate")).toBeLessThan(types.indexOf("training"));
    expect(types.filter((type) => type === "score")).toHaveLength(2);
    expect(types.at(-1)).toBe("record");
    const measured = eventsOf(first.out).find((event) => event["type"] === "estimate" && event["basis"] === "measured");
    expect(measured!["seconds"]).toBeGreaterThan(0);
  });

  it("finds finished seeds again, adds one, and leaves neither checkpoint nor a second training", async () => {
    const before = recordOf("ner");
    const { code, out } = await run(ner("ner", "--seeds", "1,2,3"));
    expect(code).toBe(0);
    const states = eventsOf(out).flatMap((event) => (event["type"] === "run" ? [event["state"]] : []));
    expect(states).toEqual(["found", "found", "started"]);
    expect(recordOf("ner").runs!.slice(0, 2)).toEqual(before.runs);
    expect(readdirSync(join(folder, "ner", "seed-1")).sort()).toEqual(
      expect.arrayContaining([
        "evaluation.html",
        "events.jsonl",
        "items.json",
        "model.safetensors",
        "report.html",
        "run.json",
      ]),
    );
    expect(existsSync(join(folder, "ner", "seed-1", "checkpoint.safetensors"))).toBe(false);
  });

  it("refuses a folder with runs of other settings, naming them", async () => {
    const { code, err } = await run([...ner("ner", "--seeds", "1"), "--set", "learningRate=1e-3"]);
    expect(code).toBe(1);
    expect(err).toMatch(/error\[checkpoint-mismatch\].*training\.learningRate was 0\.005 and is 0\.001/);
  });

  it("stops at Ctrl-C with 130 and goes on to the same model", async () => {
    const stop = new AbortController();
    const argv = ner("stopped", "--seeds", "1", "--json");
    let steps = 0;
    const stdout = {
      text: "",
      write(text: string, done?: (error?: Error | null) => void) {
        this.text += text;
        if (text.includes('"type":"step"') && ++steps === 5) stop.abort();
        done?.();
        return true;
      },
    };
    const { code, err } = await run(argv, { stdout: stdout as never, signal: stop.signal });
    expect(code).toBe(130);
    expect(err).toContain("To go on: biobert reproduce bc4chemd");
    expect(existsSync(join(folder, "stopped", "seed-1", "run.json"))).toBe(false);
    const again = await run(argv);
    expect(again.code).toBe(0);
    expect(again.out).toContain('"resumedFromStep":5');
    const [whole, resumed] = [recordOf("ner").runs![0]!, recordOf("stopped").runs![0]!];
    expect(resumed.modelSha256).toBe(whole.modelSha256);
    expect(resumed.metrics).toEqual(whole.metrics);
    expect(resumed.steps).toBe(40);
    expect(resumed.curves).toEqual(whole.curves);
  });

  it("says how long it takes and stops, with --estimate, and goes on from there", async () => {
    const { code, out } = await run(ner("estimated", "--seeds", "1", "--estimate"));
    expect(code).toBe(0);
    expect(eventsOf(out).some((event) => event["type"] === "estimate" && event["basis"] === "measured")).toBe(true);
    expect(existsSync(join(folder, "estimated", "record.json"))).toBe(false);
    expect(existsSync(join(folder, "estimated", "seed-1", "checkpoint.safetensors"))).toBe(true);
  });

  it("searches the recipe's grid on dev, prints its points the best first and goes on where it stopped", async () => {
    const dev = writeConll(join(folder, "dev.tsv"), tinySentences(24, 3));
    const argv = [
      "reproduce",
      "bc4chemd",
      ...shared,
      "--train",
      train,
      "--dev",
      dev,
      "--search",
      "--out",
      join(folder, "searched"),
    ];
    const { code, out } = await run(argv, { terminal: true });
    expect(code).toBe(0);
    const rows = out.split("\n").filter((line) => /^\s+0\.000[25]/.test(line));
    expect(rows).toHaveLength(4);
    const values = rows.map((line) => Number(line.trim().split(/\s+/)[3]));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(out).toMatch(
      /Next {4}biobert reproduce bc4chemd --set learningRate=\S+ --set batchSize=32 --set epochs=\d+/,
    );
    const again = await run(argv);
    expect(eventsOf(again.out).filter(({ type }) => type === "training")).toEqual([]);
    expect(eventsOf(again.out).filter(({ type }) => type === "tried")).toHaveLength(4);
  });

  it("says what cannot be had and how to get it", async () => {
    const { code, err } = await run(["reproduce", "i2b2-2010", "--model", start]);
    expect(code).toBe(1);
    expect(err).toMatch(/error\[unsupported\].*i2b2.*\n.*Register/);
    expect((await run(["reproduce", "bc4chemd", "--model", start, "--train", train])).err).toContain(
      "--train and --test together",
    );
  });

  it("makes the same record out of finished runs, and refuses those that were trained otherwise", async () => {
    const runs = [1, 2].map((seed) => join(folder, "ner", `seed-${seed}`));
    const record = join(folder, "collected.json");
    const settings = [
      "--set",
      "maxLength=48",
      "--set",
      "epochs=5",
      "--set",
      "learningRate=5e-3",
      "--set",
      "batchSize=8",
    ];
    const collected = await run(["reproduce", "bc4chemd", ...settings, "--collect", ...runs, "--record", record]);
    expect(collected.err).toBe("");
    const made = readResultRecord(JSON.parse(readFileSync(record, "utf8")));
    expect(made.runs).toEqual(recordOf("ner").runs!.slice(0, 2));
    // Items of the seeds that are given, for compare; a record has none.
    const items = join(folder, "collected-items.json");
    const onlyRuns = join(folder, "collected-2.json");
    const collectItems = (...paths: string[]) =>
      run(["reproduce", "bc4chemd", ...settings, "--collect", ...paths, "--record", onlyRuns, "--items", items]);
    expect((await collectItems(...runs)).err).toBe("");
    const collectedItems = readItemsFile(JSON.parse(readFileSync(items, "utf8")));
    expect(collectedItems.seeds).toEqual([1, 2]);
    const all = readItemsFile(JSON.parse(readFileSync(join(folder, "ner", "items.json"), "utf8")));
    for (const [g, { metrics }] of collectedItems.groups.entries())
      for (const [name, { runs: added }] of Object.entries(metrics))
        expect(added).toEqual(all.groups[g]!.metrics[name]!.runs.slice(0, 2));
    rmSync(onlyRuns);
    expect((await collectItems(record)).err).toMatch(/error\[input-format\]: .*collected\.json: no directory of a run/);
    expect(existsSync(onlyRuns)).toBe(false);
    // What an earlier version finished has its curves in its events alone.
    const old = join(folder, "old");
    cpSync(runs[0]!, old, { recursive: true });
    const { curves: _, ...without } = JSON.parse(readFileSync(join(old, "run.json"), "utf8")) as Record<
      string,
      unknown
    >;
    writeFileSync(join(old, "run.json"), JSON.stringify(without));
    const ofOld = await run(["reproduce", "bc4chemd", ...settings, "--collect", old]);
    expect(readResultRecord(JSON.parse(ofOld.out)).runs).toEqual(made.runs!.slice(0, 1));
    const twice = await run(["reproduce", "bc4chemd", ...settings, "--collect", runs[0]!, runs[0]!]);
    expect(twice.err).toContain("seed 1 is given twice");
    const evaluation = join(folder, "seed1.eval.json");
    const { createdAt, runs: own, ...rest } = made;
    writeFileSync(
      evaluation,
      JSON.stringify({ ...rest, createdAt, seeds: [1], metrics: own![0]!.metrics, runs: undefined, spread: undefined }),
    );
    const other = await run(["reproduce", "bc4chemd", "--collect", `${evaluation}=${runs[0]}`]);
    expect(other.code).toBe(1);
    expect(other.err).toMatch(/trained with learningRate 0\.005; the recipe bc4chemd says 0\.0002/);
    // What the recipe does not say must not have been done.
    const balanced = join(folder, "balanced.json");
    const { recipe } = made;
    writeFileSync(
      balanced,
      JSON.stringify({ ...made, recipe: { ...recipe, settings: { ...recipe!.settings, classWeights: "balanced" } } }),
    );
    const unlike = await run(["reproduce", "bc4chemd", ...settings, "--collect", balanced]);
    expect(unlike.err).toContain('trained with classWeights "balanced"; the recipe bc4chemd says "none"');
    writeFileSync(balanced, JSON.stringify({ ...made, options: { ...made.options, type: "Gene" } }));
    const typed = await run(["reproduce", "bc4chemd", ...settings, "--collect", balanced]);
    expect(typed.err).toContain('its option type was "Gene"; the recipe bc4chemd says');
    const fitting = await run([
      "reproduce",
      "bc4chemd",
      ...settings,
      "--without-times",
      "--collect",
      `${evaluation}=${runs[0]}`,
    ]);
    const single = readResultRecord(JSON.parse(fitting.out));
    expect(single.seeds).toEqual([1]);
    const { metrics, curves } = own![0]!;
    expect(single.runs![0]).toEqual({ seed: 1, metrics, modelSha256: made.model.sha256, steps: 40, curves });
  });

  it("joins seeds of today to a record of earlier ones, and refuses one of another recipe or start", async () => {
    const settings = ["maxLength=48", "epochs=5", "learningRate=5e-3", "batchSize=8"].flatMap((one) => ["--set", one]);
    const collect = (...paths: string[]) => run(["reproduce", "bc4chemd", ...settings, "--collect", ...paths]);
    const [one, two, three] = [1, 2, 3].map((seed) => join(folder, "ner", `seed-${seed}`));
    const earlier = join(folder, "earlier.json");
    writeFileSync(earlier, (await collect(one!, two!)).out);
    const whole = readResultRecord(JSON.parse((await collect(one!, two!, three!)).out));
    const joined = readResultRecord(JSON.parse((await collect(three!, earlier)).out));
    expect({ ...joined, createdAt: "" }).toEqual({ ...whole, createdAt: "" });
    expect(joined.seeds).toEqual([1, 2, 3]);
    expect(new Set(joined.runs!.map((one) => one.machine))).toEqual(new Set([machineName()]));
    // A busy machine's times are left out; the earlier record keeps its own.
    const untimed = readResultRecord(JSON.parse((await collect(earlier, three!, "--without-times")).out));
    expect(untimed.runs!.map((one) => "trainingSeconds" in one)).toEqual([true, true, false]);
    expect((await collect(earlier, two!)).err).toContain("seed 2 is given twice");
    // The only fold of a set with folds is a whole run, too; several have test files of their own.
    const oneFold = [1, 2].map((seed) => {
      const place = join(folder, "one-fold", `seed-${seed}`);
      cpSync([one, two][seed - 1]!, place, { recursive: true });
      const file = join(place, "run.json");
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), fold: 1 }));
      return place;
    });
    const foldRecord = join(folder, "one-fold.json");
    writeFileSync(foldRecord, (await collect(oneFold[0]!)).out);
    const both = readResultRecord(JSON.parse((await collect(...oneFold)).out));
    const added = readResultRecord(JSON.parse((await collect(foldRecord, oneFold[1]!)).out));
    expect({ ...added, createdAt: "" }).toEqual({ ...both, createdAt: "" });
    expect(added.runs!.map(({ folds }) => folds!.map(({ fold }) => fold))).toEqual([[1], [1]]);
    const otherwise = await run(["reproduce", "bc4chemd", "--collect", earlier]);
    expect(otherwise.err).toMatch(/trained with \w+ .*; the recipe bc4chemd says/);
    const content = JSON.parse(readFileSync(earlier, "utf8"));
    const other = join(folder, "other-start.json");
    writeFileSync(other, JSON.stringify({ ...content, recipe: { ...content.recipe, startSha256: "f".repeat(64) } }));
    expect((await collect(other, three!)).err).toContain("began with other weights");
  });

  it("compares two reproductions: one with itself is equal, item by item", async () => {
    const out = join(folder, "ner");
    const { code, out: text } = await run(["compare", out, out, "--samples", "200", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ metric: "f1", items: 30, bootstrap: { difference: 0 }, verdict: "equal" });
    const said = await run(["compare", out, out, "--samples", "200"]);
    expect(said.out).toMatch(/A and B are equal: .*; differences up to \d+\.\d\d are not ruled out/);
    const single = await run([
      "compare",
      join(out, "seed-1"),
      `${join(out, "seed-2")},${join(out, "seed-1", "items.json")}`,
      "--samples",
      "200",
    ]);
    expect(single.out).toMatch(/A {2}\d.*1 run.*\nB {2}\d.*2 runs/);
    expect(single.out).toMatch(/verdict {5}\S/);
    const kept = join(folder, "kept", "items.json.gz");
    expect((await run(ner("ner", "--seeds", "1,2", "--items", kept))).code).toBe(0);
    const unpacked = JSON.parse(gunzipSync(readFileSync(kept)).toString("utf8"));
    expect(unpacked).toEqual(JSON.parse(readFileSync(join(out, "items.json"), "utf8")));
    expect((await run(["compare", out, kept, "--samples", "200", "--json"])).out).toContain('"verdict": "equal"');
    // Without ids the same items are known again by the digest, and others refused.
    const bare = join(folder, "kept", "bare.json.gz");
    expect((await run(ner("ner", "--seeds", "1,2", "--items", bare, "--without-ids"))).code).toBe(0);
    const { groups } = readItemsFile(JSON.parse(gunzipSync(readFileSync(bare)).toString("utf8")));
    expect(groups[0]).toMatchObject({ ids: [], idsSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await run(["compare", out, bare, "--samples", "200", "--json"])).out).toContain('"verdict": "equal"');
    const turned = { ...unpacked, groups: [{ ...unpacked.groups[0], ids: unpacked.groups[0].ids.toReversed() }] };
    writeFileSync(join(folder, "kept", "turned.json"), JSON.stringify(turned));
    const refused = await run(["compare", bare, join(folder, "kept", "turned.json")]);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain("others or in another order");
  });
});

describe("reproduce on ten folds of the registry", () => {
  const argv = (...more: string[]): string[] => [
    "reproduce",
    "euadr",
    ...shared,
    "--any-counts",
    "--data",
    data,
    "--set",
    "epochs=1",
    "--seeds",
    "1,2",
    "--out",
    join(folder, "folds"),
    ...more,
  ];
  let first: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    writeFolds();
    first = await run(argv());
  });

  it("scores each fold and gives means over folds by seed", () => {
    expect(first.err).not.toContain("error[");
    expect(first.code).toBe(0);
    const record = recordOf("folds");
    for (const own of record.runs!) {
      expect(own.folds!.map(({ fold }) => fold)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(own.metrics["f1"]).toBeCloseTo(summarizeFolds(own.folds!.map(({ metrics }) => metrics["f1"]!)).mean, 10);
      expect(own.steps).toBe(10);
    }
    expect(record.metrics["f1"]).toBeCloseTo(
      summarizeFolds(record.runs!.map(({ metrics }) => metrics["f1"]!)).mean,
      10,
    );
    expect(record.overlap).toMatchObject({ documents: 0, texts: 0, sentences: 0, examples: 0 });
  });

  it("joins the items of the folds", () => {
    const items = readItemsFile(JSON.parse(readFileSync(join(folder, "folds", "items.json"), "utf8")));
    expect(items.groups[0]!.ids).toHaveLength(80);
    expect(items.groups[0]!.ids[0]).toMatch(/^fold-1\//);
    expect(items.groups[0]!.metrics["f1"]!.runs).toHaveLength(2);
  });

  it("prints measured beside published with the difference, what differs and the record", async () => {
    const { out, err } = await run(argv(), { terminal: true });
    const record = recordOf("folds");
    const { mean, standardDeviation } = record.spread!["f1"]!;
    expect(out).toContain(`${mean.toFixed(2)} ± ${standardDeviation.toFixed(2)} (2 seeds)`);
    expect(out).toContain("79.74");
    expect(out).toContain(`${mean < 79.74 ? "−" : "+"}${Math.abs(mean - 79.74).toFixed(2)}`);
    expect(out).toMatch(/Differs {2}weights: all-MiniLM-L6-v2/);
    expect(out).toMatch(/Record {3}.*record\.json/);
    expect(err).toContain("finished before");
  });

  it("counts what test shares with training and gives the score without it", async () => {
    const shared10 = join(folder, "overlapping");
    for (let fold = 1; fold <= 10; fold++) {
      const place = join(shared10, "euadr", String(fold));
      mkdirSync(place, { recursive: true });
      const from = join(data, "euadr", String(fold));
      const rows = readFileSync(join(from, "train.tsv"), "utf8");
      // Short texts: counted, not refused.
      writeFileSync(join(place, "train.tsv"), `${rows}@GENE$ and @DISEASE$ .\t0\n`);
      writeFileSync(
        join(place, "test.tsv"),
        `${readFileSync(join(from, "test.tsv"), "utf8")}8\t@GENE$ and @DISEASE$ .\t0\n`,
      );
    }
    const out = join(folder, "shared");
    const { code } = await run([
      "reproduce",
      "euadr",
      ...shared,
      "--any-counts",
      "--data",
      shared10,
      "--set",
      "epochs=1",
      "--seeds",
      "1",
      "--out",
      out,
    ]);
    expect(code).toBe(0);
    const record = recordOf("shared");
    expect(record.overlap).toMatchObject({ documents: 0, texts: 0, sentences: 10, examples: 10 });
    const own = record.runs![0]!;
    expect(record.overlap!.metrics!["accuracy"]).toBeCloseTo(own.metricsWithoutOverlap!["accuracy"]!, 10);
    const [fold] = own.folds!;
    const right = Math.round((fold!.metrics["accuracy"]! * 9) / 100);
    const rightWithout = Math.round((fold!.metricsWithoutOverlap!["accuracy"]! * 8) / 100);
    expect([right, right - 1]).toContain(rightWithout);
    // A long sentence that both have is more than is known of the set.
    const long = "@GENE$ was one of twelve genes that were read in the whole family with @DISEASE$ .";
    writeFileSync(join(shared10, "euadr", "1", "train.tsv"), `${long}\t0\n${long.replace("twelve", "thirteen")}\t1\n`);
    writeFileSync(join(shared10, "euadr", "1", "test.tsv"), `index\tsentence\tlabel\n0\t${long}\t0\n`);
    const refused = await run([
      "reproduce",
      "euadr",
      ...shared,
      "--any-counts",
      "--data",
      shared10,
      "--seeds",
      "1",
      "--out",
      join(folder, "refused"),
    ]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/error\[data-overlap\]/);
  });

  it("refuses a copy of another version, unless told to take it, which the record says", async () => {
    const all = argv().filter((word) => word !== "--any-counts");
    const { code, err } = await run([...all, "--out", join(folder, "other-version")]);
    expect(code).toBe(1);
    expect(err).toContain("16 examples, but euadr train of fold 1 has 318");
    expect(err).toContain("--any-counts");
    const { recipe, command } = recordOf("folds");
    expect(recipe!.changed).toEqual(expect.arrayContaining(["any-counts"]));
    expect(command).toContain(" --any-counts");
  });

  it("tries the path with --smoke, and says that this is no result", async () => {
    const { code, out } = await run(
      ["reproduce", "euadr", ...shared, "--any-counts", "--data", data, "--smoke", "8", "--out", join(folder, "smoke")],
      { terminal: true },
    );
    expect(code).toBe(0);
    expect(out).toContain("the numbers mean nothing");
    const record = recordOf("smoke");
    expect(record.recipe!.changed).toContain("smoke=8");
    expect(record.runs![0]!.folds).toHaveLength(2);
  });

  it("searches nothing where there is no dev split", async () => {
    const { code, err } = await run(argv("--search"));
    expect(code).toBe(1);
    expect(err).toContain("error[unsupported]");
  });
});

describe("reproduce on documents to embed", () => {
  const document = (id: number, words: string): Record<string, unknown> => ({
    corpus_id: id,
    doc_id: id,
    title: words,
    abstract: `${words} in families .`,
  });
  const argv = (...more: string[]): string[] => [
    "reproduce",
    "scirepeval-citations",
    ...["--model", start, "--threads", "1", "--any-counts", "--data", data, "--out", join(folder, "embedded"), ...more],
  ];
  beforeAll(() => {
    mkdirSync(join(data, "SciRepEval-sample"), { recursive: true });
    const records = Array.from({ length: 6 }, (_, i) => ({
      query: document(i, `severe breast cancer of BRCA1 ${i}`),
      pos: document(100 + i, `severe breast cancer of BRCA1 carriers ${i}`),
      neg: document(200 + i, "the long arm of the chromosome"),
    }));
    writeFileSync(join(data, "SciRepEval-sample", "specter_small.json"), JSON.stringify(records));
  });

  it("scores vectors without training, keeps items by query, and finds the run again", async () => {
    const first = await run(argv());
    expect(first.err).not.toContain("error[");
    expect(first.code).toBe(0);
    const record = recordOf("embedded");
    expect(record.protocol).toBe("ranking-map-ndcg");
    expect(record.metrics["map"]).toBeGreaterThan(50);
    expect(record.runs![0]).not.toHaveProperty("trainingSeconds");
    expect(record.model.parameters).toBeGreaterThan(1000);
    const items = readItemsFile(JSON.parse(readFileSync(join(folder, "embedded", "items.json"), "utf8")));
    const { runs } = items.groups[0]!.metrics["map"]!;
    expect((100 * runs[0]!.reduce((sum, [, score]) => sum + score!, 0)) / 6).toBeCloseTo(record.metrics["map"]!, 8);
    const again = await run(argv());
    expect(eventsOf(again.out).some((event) => event["type"] === "run" && event["state"] === "found")).toBe(true);
    expect((await run(argv("--set", "epochs=2"))).err).toContain("trains nothing");
  });

  it("tries it on the first queries alone", async () => {
    const { code } = await run(argv("--out", join(folder, "embedded-smoke"), "--smoke", "4"));
    expect(code).toBe(0);
    const record = recordOf("embedded-smoke");
    expect(record.dataset.counts["queries"]).toBe(4);
    expect(record.command).toBe("biobert reproduce scirepeval-citations --seeds 1 --smoke 4 --any-counts");
  });
});
