// Grid search: every point is trained, the held-out metric decides, what is done is not done again, test data choose nothing.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { taskNamed } from "../../src/tasks/index.ts";
import {
  searchHyperparameters,
  searchPoints,
  searchTable,
  type SearchEvent,
  type SearchOptions,
  type SearchResult,
  type SearchTrial,
} from "../../src/training/index.ts";
import { changeState } from "../support/checkpoint.ts";
import { tinyTaskSpace, tinyTexts } from "../support/tiny-task.ts";

const space = tinyTaskSpace("search");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));
const lines = tinyTexts(24, 5).map((text, i) => `${text}\t${["a", "b", "c"][(i * 7) % 3]!}`);
const train = space.write("train.tsv", lines.slice(0, 16));
const dev = space.write("dev.tsv", lines.slice(16));

function optionsFor(out: string, changes: Partial<SearchOptions> = {}): SearchOptions {
  const {
    learningRate: _,
    batchSize: __,
    epochs: ___,
    ...rest
  } = space.options(out, { trainFiles: [train], devFiles: [dev] });
  return { ...rest, space: { learningRates: [5e-3, 1e-4], batchSizes: [8], epochs: [1, 2] }, ...changes };
}

async function search(options: SearchOptions): Promise<{ events: SearchEvent[]; result: SearchResult }> {
  const events: SearchEvent[] = [];
  const run = searchHyperparameters(taskNamed("classification"), options);
  for (;;) {
    const next = await run.next();
    if (next.done) return { events, result: next.value };
    events.push(next.value);
  }
}

const ends = (events: readonly SearchEvent[]) => events.flatMap((event) => (event.type === "trial-end" ? [event] : []));

describe("a search", () => {
  it("trains every point, keeps the best one's model alone, and does nothing a second time", async () => {
    const options = optionsFor("grid");
    const { events, result } = await search(options);
    expect(ends(events).map(({ trial, of }) => [trial, of])).toEqual([1, 2, 3, 4].map((trial) => [trial, 4]));
    expect(result.rows).toHaveLength(4);
    const selections = result.rows.map(({ selection }) => selection);
    expect(selections).toEqual([...selections].sort((a, b) => b - a));
    expect(result.best).toEqual(result.rows[0]);
    const [winner] = result.best.trials;
    expect(winner!.selectedBy).toBe("accuracy");
    expect(winner!.metrics["accuracy"]).toBe(winner!.selection);
    expect(existsSync(join(result.modelDirectory, "model.safetensors"))).toBe(true);
    const folders = readdirSync(options.outputDirectory).filter((name) => name.startsWith("rate-"));
    expect(folders).toEqual([winner!.name]);

    const again = await search(options);
    expect(ends(again.events).map(({ known }) => known)).toEqual([true, true, true, true]);
    expect(again.events.filter(({ type }) => type === "trial-event")).toEqual([]);
    expect(again.result).toEqual(result);

    // Another seed is another search; a larger space trains what is new.
    const wider = await search({ ...options, space: { ...options.space, epochs: [1, 2, 3] } });
    expect(
      ends(wider.events)
        .filter(({ known }) => known !== true)
        .map(({ result: { epochs } }) => epochs),
    ).toEqual([3, 3]);
    const other = await search({ ...options, space: { ...options.space, epochs: [1] }, seed: 4 });
    expect(ends(other.events).some(({ known }) => known)).toBe(false);
  });

  it("goes on within a trial where it was stopped, to the same results", async () => {
    const whole = await search(optionsFor("whole", { keepModels: "all" }));
    const stop = new AbortController();
    const options = optionsFor("stopped", { keepModels: "all" });
    const run = searchHyperparameters(taskNamed("classification"), { ...options, signal: stop.signal });
    await expect(
      (async () => {
        for await (const event of run) {
          const step = event.type === "trial-event" && event.event.type === "step" ? event.event.step : 0;
          if (event.type === "trial-event" && event.trial === 2 && step === 3) stop.abort();
        }
      })(),
    ).rejects.toMatchObject({ code: "interrupted" });
    const { name } = searchPoints(options.space, options.seed)[1]!;
    const checkpoint = join(options.outputDirectory, name, "checkpoint.safetensors");
    await changeState(checkpoint, (state) => ({ ...state, seconds: 1e9 }));
    const { events, result } = await search(options);
    expect(ends(events).map(({ known }) => known === true)).toEqual([true, false, false, false]);
    const seconds = ends(events).map(({ result: { seconds: own } }) => own > 1e9);
    expect(seconds, "the time before it was stopped counts").toEqual([false, true, false, false]);
    const starts = events.flatMap((event) =>
      event.type === "trial-event" && event.event.type === "start" ? [event.event] : [],
    );
    expect(starts[0]).toMatchObject({ resumedFromStep: 3 });
    const numbers = ({ rows }: SearchResult) => rows.map((row) => row.trials.map(({ seconds: _, ...trial }) => trial));
    expect(numbers(result)).toEqual(numbers(whole.result));
    const bytes = (from: SearchResult) => readFileSync(join(from.modelDirectory, "model.safetensors"));
    expect(bytes(result).equals(bytes(whole.result))).toBe(true);
  });

  it("judges a model that is kept at its last epoch by that epoch, and another tokenizer's trials are its own", async () => {
    const options = optionsFor("last", {
      keep: "last",
      space: { learningRates: [1e-3], batchSizes: [8], epochs: [3] },
    });
    const { result } = await search(options);
    const [trial] = result.rows[0]!.trials;
    const events = readFileSync(join(space.folder, "last", trial!.name, "biobert.json"), "utf8");
    expect(JSON.parse(events).heads[0].training.recipe.keep).toBe("last");
    expect(trial).toMatchObject({ bestEpoch: 3, selection: trial!.metrics[trial!.selectedBy] });
    const patient = await search(
      optionsFor("patient", {
        keep: "last",
        patience: 1,
        minimumImprovement: 100,
        space: { learningRates: [1e-3], batchSizes: [8], epochs: [5] },
      }),
    );
    expect(patient.result.rows[0]!.trials[0], "patience ended it").toMatchObject({ epochs: 5, bestEpoch: 2 });
    const other = join(space.folder, "other-start");
    cpSync(options.modelDirectory, other, { recursive: true });
    const file = join(other, "tokenizer_config.json");
    const settings = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
    writeFileSync(file, JSON.stringify({ ...settings, do_lower_case: settings["do_lower_case"] === false }));
    await expect(search({ ...options, modelDirectory: other })).rejects.toMatchObject({ code: "checkpoint-mismatch" });
  });

  it("refuses before anything is trained where a search with other options tried or began one of the points", async () => {
    const points = { learningRates: [1e-4, 5e-3], batchSizes: [8], epochs: [1] };
    const options = optionsFor("other-options", { space: points });
    await search(options);
    const stop = new AbortController();
    const begun = optionsFor("begun", { space: points, signal: stop.signal });
    await expect(
      (async () => {
        for await (const event of searchHyperparameters(taskNamed("classification"), begun))
          if (event.type === "trial-event" && event.event.type === "step") stop.abort();
      })(),
    ).rejects.toMatchObject({ code: "interrupted" });
    const changes = { weightDecay: 0.1, signal: new AbortController().signal };
    for (const one of [options, begun]) {
      const events: SearchEvent[] = [];
      const running = async () => {
        for await (const event of searchHyperparameters(taskNamed("classification"), { ...one, ...changes }))
          events.push(event);
      };
      await expect(running()).rejects.toMatchObject({
        code: "checkpoint-mismatch",
        place: { file: one.outputDirectory },
        message: expect.stringContaining("rate-1e-4-batch-8-epochs-1-seed-3"),
      });
      expect(events).toEqual([]);
    }
  });

  it("lets a point that diverges lose", async () => {
    const { result } = await search(
      optionsFor("wild", { space: { learningRates: [1e38, 1e-4], batchSizes: [8], epochs: [1] } }),
    );
    expect(result.best.learningRate).toBe(1e-4);
    expect(result.rows[1]!.trials[0]).toMatchObject({ learningRate: 1e38, diverged: true });
    await expect(
      search(optionsFor("wilder", { space: { learningRates: [1e38], batchSizes: [8], epochs: [1] } })),
    ).rejects.toMatchObject({
      code: "training-diverged",
    });
  });

  it("refuses a space that is none, data without a held-out part, and results that are not its own", async () => {
    await expect(search(optionsFor("none", { devFiles: [] }))).rejects.toMatchObject({ code: "usage" });
    expect(() => searchPoints({ learningRates: [], batchSizes: [8], epochs: [1] }, 1)).toThrow(/no learningRates/);
    expect(() => searchPoints({ learningRates: [1, 1], batchSizes: [8], epochs: [1] }, 1)).toThrow(/twice/);
    // Equal seeds would count as independent ones.
    const one = { learningRates: [1e-4], batchSizes: [8], epochs: [1] };
    await expect(search(optionsFor("none", { space: { ...one, seeds: [1, 2, 1] } }))).rejects.toMatchObject({
      code: "usage",
      message: "the search space has the same of seeds twice",
    });
    await expect(search(optionsFor("none", { space: { ...one, seeds: [] } }))).rejects.toMatchObject({
      code: "usage",
      message: "the search space has no seeds",
    });
    const options = optionsFor("damaged");
    const path = space.write("damaged-search.json", ["{"]);
    await search(options);
    writeFileSync(join(options.outputDirectory, "search.json"), readFileSync(path));
    await expect(search(options)).rejects.toMatchObject({
      code: "input-format",
      place: { file: join(options.outputDirectory, "search.json") },
    });
  });
});

it("ranks combinations by the mean over their seeds", () => {
  const trial = (learningRate: number, seed: number, selection: number, diverged?: true): SearchTrial => ({
    learningRate,
    batchSize: 8,
    epochs: 1,
    seed,
    name: `${learningRate}-${seed}`,
    selectedBy: "f1",
    selection,
    metrics: {},
    bestEpoch: 1,
    seconds: 1,
    ...(diverged === undefined ? {} : { diverged }),
  });
  const rows = searchTable([
    trial(1, 1, 70),
    trial(1, 2, 60),
    trial(2, 1, 66),
    trial(2, 2, 66),
    trial(3, 1, 90),
    trial(3, 2, 0, true),
  ]);
  expect(rows.map(({ learningRate, selection }) => [learningRate, selection])).toEqual([
    [2, 66],
    [1, 65],
    [3, -Infinity],
  ]);
  const names = searchPoints({ learningRates: [5e-5, 0.1], batchSizes: [16], epochs: [3], seeds: [1, 2] }, 9).map(
    ({ name }) => name,
  );
  expect(names[0]).toBe("rate-5e-5-batch-16-epochs-3-seed-1");
  expect(new Set(names).size).toBe(4);
});
