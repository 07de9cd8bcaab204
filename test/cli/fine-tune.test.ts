import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BiobertError } from "../../src/core/index.ts";
import { optimizerNames, scheduleNames } from "../../src/optim/index.ts";
import { summarizeFoldScores } from "../../src/metrics/index.ts";
import {
  type CrossValidation,
  type CrossValidationEvent,
  searchTable,
  type NerTrainingOptions,
  type NerTrainingResult,
  type SearchEvent,
  type SearchResult,
  type TrainingEvent,
} from "../../src/training/index.ts";
import { fakeLog, fakeRooms, fakeTraining, run, temporaryFolder } from "./harness.ts";

const argv = (out: string, ...more: string[]) => [
  "fine-tune",
  "ner",
  "--model",
  "m",
  "--train",
  "a.tsv",
  "b.tsv",
  "--out",
  out,
  ...more,
];
const eventsIn = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainingEvent);

describe("fine-tune ner", () => {
  it("passes every flag to the training room", async () => {
    const log = fakeLog();
    const flags =
      "--dev d.tsv --epochs 3 --batch-size 16 --optimizer lamb --learning-rate 2e-4 --schedule cosine --layer-decay 0.9 --freeze embeddings,3 --warmup 0.2 --weight-decay 0.02 --clip 0.5 --dropout 0 --seed 7 --threads 2 --device webgpu --accumulate 4 --max-memory 1.5GiB --type Disease --resume --max-length 128 --checkpoint-every 50 --epochs-select last";
    const out = temporaryFolder();
    const { code } = await run(argv(out, ...flags.split(" ")), { rooms: fakeRooms({ log }) });
    expect(code).toBe(0);
    expect(log.training).toMatchObject({
      modelDirectory: "m",
      trainFiles: ["a.tsv", "b.tsv"],
      devFiles: ["d.tsv"],
      outputDirectory: out,
      epochs: 3,
      batchSize: 16,
      optimizer: "lamb",
      learningRate: 2e-4,
      schedule: "cosine",
      layerDecay: 0.9,
      freeze: { embeddings: true, layers: 3 },
      warmupRatio: 0.2,
      weightDecay: 0.02,
      maxGradientNorm: 0.5,
      dropout: 0,
      seed: 7,
      threads: 2,
      device: "webgpu",
      accumulationSteps: 4,
      maxMemory: 1.5 * 2 ** 30,
      typeName: "Disease",
      resume: true,
      maxLength: 128,
      checkpointEverySteps: 50,
      keep: "last",
      command: `biobert ${argv(out, ...flags.split(" "))
        .join(" ")
        .replace(" --resume", "")}`,
    });
  });

  it("offers the optimisers and schedules there are, and says what each is for", async () => {
    const { out } = await run(["fine-tune", "ner", "--help"]);
    const words = out.replace(/\s+/g, " ");
    for (const names of [optimizerNames, scheduleNames]) {
      expect(words).toContain(`choices: ${names.map((name) => `"${name}"`).join(", ")}`);
    }
    for (const name of optimizerNames) expect(words).toContain(`${name} is `);
    const wrong = await run(argv(temporaryFolder(), "--optimizer", "sgd"));
    expect(wrong.code).toBe(2);
  });

  it.each([
    ["embeddings", { embeddings: true, layers: 0 }],
    ["4", { embeddings: false, layers: 4 }],
    ["embeddings,4", { embeddings: true, layers: 4 }],
    ["", undefined],
    ["head", undefined],
    ["embeddings,", undefined],
    ["embeddings4", undefined],
    ["4,embeddings", undefined],
    ["-1", undefined],
    ["1.5", undefined],
  ])("--freeze %s", async (text, freeze) => {
    const log = fakeLog();
    const { code, err } = await run(argv(temporaryFolder(), `--freeze=${text}`), { rooms: fakeRooms({ log }) });
    expect(code, `said ${err}`).toBe(freeze === undefined ? 2 : 0);
    expect(log.training?.freeze).toEqual(freeze);
  });

  it.each([
    ["2GB", 2e9],
    ["1500M", 1.5e9],
    ["2gib", 2 * 2 ** 30],
    ["800 kb", undefined],
    ["123456", 123_456],
    ["2XB", undefined],
    ["iB", undefined],
    ["0", undefined],
    ["-1GB", undefined],
    ["", undefined],
  ])("--max-memory %s", async (text, maxMemory) => {
    const log = fakeLog();
    const { code, err } = await run(argv(temporaryFolder(), `--max-memory=${text}`), { rooms: fakeRooms({ log }) });
    expect(code, `said ${err}`).toBe(maxMemory === undefined ? 2 : 0);
    expect(log.training?.maxMemory).toEqual(maxMemory);
  });

  it("searches all values of an axis that is named twice", async () => {
    let space: unknown;
    const rooms = fakeRooms();
    const training = async () => ({
      ...(await rooms.training()),
      // eslint-disable-next-line require-yield
      async *searchHyperparameters(_task: unknown, options: { space: unknown }): AsyncGenerator<never, never> {
        space = options.space;
        throw new BiobertError({ code: "usage", message: "enough" });
      },
    });
    const axes = ["learning-rate=1e-5", "learning-rate=2e-5,3e-5", "batch-size=4"];
    await run(argv(temporaryFolder(), "--dev", "d", "--search", ...axes), { rooms: { ...rooms, training } });
    expect(space).toEqual({ learningRates: [1e-5, 2e-5, 3e-5], batchSizes: [4], epochs: [8] });
  });

  it("shows a search's scores in their unit, with their spread over seeds", async () => {
    const trials = [0.8123, 0.8223].map((selection, seed) => ({
      ...{ name: `seed-${seed}`, seed, learningRate: 1e-5, batchSize: 4, epochs: 2, bestEpoch: 2, seconds: 1 },
      ...{ selectedBy: "pearson", selection, metrics: { pearson: selection } },
      units: { pearson: "correlation" as const },
    }));
    const rooms = fakeRooms();
    const training = async () => ({
      ...(await rooms.training()),
      // eslint-disable-next-line require-yield
      async *searchHyperparameters(): AsyncGenerator<SearchEvent, SearchResult> {
        const rows = searchTable(trials);
        return { rows, best: rows[0]!, modelDirectory: "m/seed-1" };
      },
    });
    const out = temporaryFolder();
    const { out: text } = await run(argv(out, "--dev", "d", "--search", "seed=0,1"), {
      rooms: { ...rooms, training },
      terminal: true,
    });
    expect(text).toMatch(/dev Pearson correlation/);
    expect(text).toContain("0.8173 ± 0.0071");
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("0.8173 ± 0.0071");
  });

  describe("a run of several trainings", () => {
    const events = async (signal?: AbortSignal): Promise<TrainingEvent[]> => {
      const all: TrainingEvent[] = [];
      const options = { learningRate: 1, resume: false, signal } as unknown as NerTrainingOptions;
      for await (const event of fakeTraining(options)) all.push(event);
      return all;
    };
    const roomsWith = (more: object) => {
      const rooms = fakeRooms();
      return { ...rooms, training: async () => ({ ...(await rooms.training()), ...more }) };
    };

    it("has a report of each fold, with its events, that the page of all names", async () => {
      async function* crossValidate(): AsyncGenerator<CrossValidationEvent, CrossValidation> {
        const folds = ["1", "2"].map((name) => ({ name, metrics: { f1: 79 }, modelDirectory: `m/fold-${name}` }));
        for (const [i, result] of folds.entries()) {
          const { name } = result;
          yield { type: "fold-start", fold: i + 1, of: 2, name };
          for (const event of await events()) yield { type: "fold-event", fold: i + 1, name, event };
          yield { type: "fold-end", fold: i + 1, of: 2, result };
        }
        return { folds, summary: summarizeFoldScores(folds.map(({ metrics }) => metrics)) };
      }
      const out = temporaryFolder();
      const { code } = await run(argv(out, "--folds", "2", "--seed", "7"), { rooms: roomsWith({ crossValidate }) });
      expect(code).toBe(0);
      const page = readFileSync(join(out, "report.html"), "utf8");
      for (const [name, link] of [...page.matchAll(/<a href="([^"]+)">([^<]+)</g)].map(([, path, text]) => [
        text,
        path,
      ])) {
        expect(name).toMatch(/^fold [12]$/);
        const html = readFileSync(join(out, link!), "utf8");
        expect(html).toContain("<dt>Last F1 on its fold</dt><dd>79.00<small>after epoch 2</small>");
        expect(html, "a fold chooses nothing").not.toMatch(/Best F1|best so far|Development data/);
        expect(html).toContain('<th scope="row">seed</th><td>7</td>');
        expect(html).toContain(`<th scope="row">fold</th><td>${name!.slice(5)} of 2</td>`);
      }
      expect(page.match(/<a href=/g)).toHaveLength(2);
      const log = readFileSync(join(out, "fold-2", "events.jsonl"), "utf8")
        .trimEnd()
        .split("\n");
      expect(log.map((line) => JSON.parse(line) as TrainingEvent)).toEqual(await events());
    });

    it.each([
      ["failed", new BiobertError({ code: "disk-full", message: "no space left" }), 1, "failed before its end: "],
      [
        "was stopped",
        new BiobertError({ code: "interrupted", message: "stopped" }),
        130,
        "was stopped before its end.",
      ],
    ])("has a page of the folds that are finished where it %s", async (_, error, exitCode, why) => {
      async function* crossValidate(): AsyncGenerator<CrossValidationEvent, CrossValidation> {
        for (const name of ["1", "2"]) {
          yield { type: "fold-start", fold: Number(name), of: 3, name };
          for (const event of await events()) {
            if (name === "2" && event.type === "end") throw error;
            yield { type: "fold-event", fold: Number(name), name, event };
          }
          yield { type: "fold-end", fold: 1, of: 3, result: { name, metrics: { f1: 79 }, modelDirectory: "m" } };
        }
        throw new Error("not reached");
      }
      const out = temporaryFolder();
      const { code } = await run(argv(out, "--folds", "3"), { rooms: roomsWith({ crossValidate }) });
      expect(code).toBe(exitCode);
      const page = readFileSync(join(out, "report.html"), "utf8");
      expect(page).toContain(`This run ${why}`);
      expect(page).toContain("1 of 3 trainings are finished");
      expect(page).toMatch(/<th scope="row">fold 1<\/th>\s*<td[^>]*>79\.00<\/td>/);
      expect([...page.matchAll(/<a href="([^"]+)">/g)].map(([, path]) => path)).toEqual([
        "fold-1/report.html",
        "fold-2/report.html",
      ]);
      expect(readFileSync(join(out, "fold-2", "report.html"), "utf8")).toContain("stopped before its end");
    });

    it("has a report of each trial, of those that lost or diverged, too, and of one that was stopped", async () => {
      const shared = { learningRate: 1e-5, batchSize: 4, epochs: 2, seed: 1 };
      const found = { selectedBy: "f1", selection: 79, metrics: { f1: 79 }, bestEpoch: 2, seconds: 1 };
      const stop = new AbortController();
      async function* searchHyperparameters(): AsyncGenerator<SearchEvent, SearchResult> {
        const trials = ["won", "lost", "diverged"].map((name) => ({
          ...{ ...shared, ...found, name },
          ...(name === "diverged" ? { diverged: true as const } : {}),
        }));
        for (const [i, result] of trials.entries()) {
          const about = { trial: i + 1, name: result.name };
          yield { type: "trial-start", ...about, of: 3, point: { ...shared, batchSize: 4 + i } };
          for (const event of await events()) {
            if (result.diverged && event.type === "end") break;
            if (stop.signal.aborted && event.type === "end")
              throw new BiobertError({ code: "interrupted", message: "stopped" });
            yield { type: "trial-event", ...about, event };
          }
          yield { type: "trial-end", trial: i + 1, of: 3, result };
        }
        const rows = searchTable(trials.slice(0, 2));
        return { rows, best: rows[0]!, modelDirectory: "m/won" };
      }
      const rooms = roomsWith({ searchHyperparameters });
      const out = temporaryFolder();
      const { code } = await run(argv(out, "--dev", "d", "--search", "batch-size=4,5,6"), { rooms });
      expect(code).toBe(0);
      const page = readFileSync(join(out, "report.html"), "utf8");
      expect([...page.matchAll(/<a href="([^"]+)">/g)].map(([, path]) => path)).toEqual([
        "reports/won.html",
        "reports/lost.html",
        "reports/diverged.html",
      ]);
      const reportOf = (name: string) => readFileSync(join(out, "reports", `${name}.html`), "utf8");
      expect(reportOf("lost")).toContain("<dt>Best F1 on dev</dt><dd>79.00");
      expect(reportOf("lost")).toContain('<th scope="row">batchSize</th><td>5</td>');
      expect(reportOf("lost")).not.toContain("diverged");
      expect(reportOf("diverged")).toContain("This training diverged");
      expect(existsSync(join(out, "lost")), "the folder of a model that was removed stays away").toBe(false);
      stop.abort();
      const stopped = temporaryFolder();
      expect((await run(argv(stopped, "--dev", "d", "--search", "seed=1"), { rooms })).code).toBe(130);
      expect(readFileSync(join(stopped, "reports", "won.html"), "utf8")).toContain("stopped before its end");
    });
  });

  it("says that there is nothing to resume from", async () => {
    async function* training(options: NerTrainingOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
      return yield* fakeTraining({ ...options, resume: false });
    }
    const out = temporaryFolder();
    const warned = { type: "warning", code: "checkpoint-missing", message: expect.stringContaining(out) };
    const events = eventsIn((await run(argv(out, "--resume"), { rooms: fakeRooms({ training }) })).out);
    expect(events).toContainEqual(warned);
    expect(eventsIn(readFileSync(join(out, "events.jsonl"), "utf8"))).toContainEqual(warned);
    expect(eventsIn((await run(argv(out), { rooms: fakeRooms({ training }) })).out)).not.toContainEqual(warned);
    expect(eventsIn((await run(argv(out, "--resume"))).out), "gone on with").not.toContainEqual(warned);
  });

  it("keeps the best epoch with --dev and the last without", async () => {
    const log = fakeLog();
    await run(argv(temporaryFolder(), "--dev", "d"), { rooms: fakeRooms({ log }) });
    expect(log.training?.keep).toBe("best");
    await run(argv(temporaryFolder()), { rooms: fakeRooms({ log }) });
    expect(log.training?.keep).toBe("last");
    const { code, err } = await run(argv(temporaryFolder(), "--epochs-select", "best"));
    expect(code).toBe(2);
    expect(err).toContain("error[usage]: --epochs-select best needs data to choose by");
    const nameless = await run(argv(temporaryFolder(), "--type", ""));
    expect(nameless).toMatchObject({ code: 2, err: expect.stringContaining("Expected a name, such as Disease.") });
  });

  it("writes events as JSON lines to a pipe, to the output folder and to --events", async () => {
    const out = join(temporaryFolder(), "new", "model");
    const copy = join(temporaryFolder(), "events.jsonl");
    const result = await run(argv(out, "--events", copy));
    const events = eventsIn(result.out);
    expect(events.map(({ type }) => type)).toEqual([
      "warning",
      "start",
      "step",
      "step",
      "evaluation",
      "step",
      "step",
      "evaluation",
      "end",
    ]);
    expect(eventsIn(readFileSync(join(out, "events.jsonl"), "utf8"))).toEqual(events);
    expect(eventsIn(readFileSync(copy, "utf8"))).toEqual(events);
    expect(result.err).toBe("");
  });

  it("shows people progress and what to do next, programs JSON also on a terminal", async () => {
    const out = temporaryFolder();
    const people = await run(argv(out), { terminal: true });
    expect(people.err).toMatch(/epoch 1\/2 {2}step 1\/4 {2}loss 2\.0000 {2}2,000 tokens\/s {2}ETA /);
    expect(people.err).toContain("epoch 2  dev precision 74.00  recall 84.00  f1 79.00  (best so far)");
    expect(people.err).toContain("warning[sentences-cut]: 1 sentence was cut");
    expect(people.out).toContain("Dev F1  79.00 (epoch 2)");
    expect(people.out).toContain(`biobert evaluate ner --model ${out} --data TEST_FILE`);
    const programs = await run(argv(temporaryFolder(), "--json"), { terminal: true });
    expect(eventsIn(programs.out)).toHaveLength(9);
  });

  it("writes a report with the curves, the configuration and the command", async () => {
    const out = temporaryFolder();
    await run(argv(out, "--learning-rate", "0.00025", "--type", "<Type>"));
    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html.match(/<svg /g)).toHaveLength(4);
    expect(html).toContain("<dd>79.00<small>after epoch 2</small></dd>");
    expect(html).toContain('<th scope="row">learningRate</th><td>0.00025</td>');
    expect(html).toContain('<th scope="row">train</th><td>a.tsv, b.tsv</td>');
    expect(html).toContain("&lt;Type&gt;");
    expect(html).not.toContain("<Type>");
  });

  it("stops on Ctrl-C at a checkpoint, with exit code 130 and the command that goes on", async () => {
    const out = temporaryFolder();
    const abort = new AbortController();
    async function* training(options: NerTrainingOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
      for await (const event of fakeTraining(options)) {
        yield event;
        if (event.type === "step" && event.step === 2) abort.abort();
      }
      return { lastEpoch: 1 };
    }
    const result = await run(argv(out, "--type", "a b"), { rooms: fakeRooms({ training }), signal: abort.signal });
    expect(result.code).toBe(130);
    expect(eventsIn(result.out).at(-1)).toEqual({ type: "checkpoint", step: 2, path: "checkpoint" });
    expect(result.err).toBe(
      `To go on: biobert fine-tune ner --model m --train a.tsv b.tsv --out ${out} --type 'a b' --resume\n`,
    );
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("This run was stopped before its end");
  });

  it("writes each event once where --events names the file in the output folder", async () => {
    const out = temporaryFolder();
    const path = join(out, "events.jsonl");
    const { out: said } = await run(argv(out, "--events", path));
    expect(eventsIn(readFileSync(path, "utf8"))).toEqual(eventsIn(said));
  });

  it("says in the report of a run that failed why it ended, and reports that failure whatever the report does", async () => {
    async function* training(options: NerTrainingOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
      for await (const event of fakeTraining(options)) {
        yield event;
        if (event.type === "step" && event.step === 3) break;
      }
      throw new BiobertError({
        code: "training-diverged",
        message: "the loss became <NaN>",
        hint: "Use a lower rate.",
      });
    }
    const out = temporaryFolder();
    const failed = await run(argv(out), { rooms: fakeRooms({ training }) });
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining("error[training-diverged]") });
    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html).toContain("This run stopped before its end: the loss became &lt;NaN&gt;");
    rmSync(join(out, "report.html"));
    mkdirSync(join(out, "report.html"));
    const both = await run(argv(out), { rooms: fakeRooms({ training }) });
    expect(both).toMatchObject({ code: 1, err: expect.stringContaining("error[training-diverged]") });
    expect(both.err).toContain("warning[report-unwritten]");
    const alone = await run(argv(out));
    expect(alone).toMatchObject({ code: 1, err: expect.stringContaining("error[file-unwritable]") });
  });

  it("leaves no empty folder of folds or a search that never began", async () => {
    for (const flags of [
      ["--folds", "3"],
      ["--dev", "d.tsv", "--search", "epochs=1,2"],
    ]) {
      const out = join(temporaryFolder(), "out");
      const { code, err } = await run(argv(out, ...flags));
      expect([code, err]).toEqual([1, expect.stringContaining("error[model-missing]")]);
      expect(existsSync(out)).toBe(false);
    }
  });

  it("joins the events of a resumed run to those before its checkpoint", async () => {
    const out = temporaryFolder();
    await run(argv(out));
    const path = join(out, "events.jsonl");
    // What a process killed in step 4 leaves: everything until then, and half a line.
    const before = readFileSync(path, "utf8").split("\n").slice(0, 6);
    writeFileSync(path, `${before.join("\n")}\n{"type":"step","st`);
    await run(argv(out, "--resume"));
    const events = eventsIn(readFileSync(path, "utf8"));
    const steps = events.flatMap((event) => (event.type === "step" ? [event.step] : []));
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(events.filter(({ type }) => type === "evaluation")).toHaveLength(2);
  });

  it("reports what the training room throws, and leaves no report of a run that never began", async () => {
    const out = join(temporaryFolder(), "model");
    // eslint-disable-next-line require-yield
    async function* training(): AsyncGenerator<TrainingEvent, NerTrainingResult> {
      throw new BiobertError({ code: "label-scheme", message: "I-X follows O", place: { file: "a.tsv", line: 12 } });
    }
    const { code, err } = await run(argv(out), { rooms: fakeRooms({ training }) });
    expect(code).toBe(1);
    expect(err).toBe("error[label-scheme]: a.tsv:12: I-X follows O\n");
    expect(existsSync(out)).toBe(false);
  });

  it("finds out that it cannot write before it trains", async () => {
    const log = fakeLog();
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const { code, err } = await run(argv(join(file, "model")), { rooms: fakeRooms({ log }) });
    expect(code).toBe(1);
    expect(err).toContain("error[file-unwritable]: ");
    expect(log.training).toBeUndefined();
  });
});
