// The same seed gives the same bits: on any number of threads, stopped and resumed wherever, killed at any moment.

import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BiobertError, VERSION } from "../../src/core/index.ts";
import { cpuModel, readTensors } from "../../src/data/index.ts";
import { engineVersion } from "../../src/engine/index.ts";
import { encodeSafetensors } from "../../src/formats/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import type { NerTrainingOptions, NerTrainingResult, TrainingEvent } from "../../src/training/index.ts";
import { changeState, checkpointContent } from "../support/checkpoint.ts";
import { tinyWorkspace, trainAll, writeConll, tinySentences, writeTinyStart } from "../support/tiny-model.ts";

const space = tinyWorkspace("resume", { train: 40, dev: 16 }, { num_hidden_layers: 1 });
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

/** 3 epochs of 5 steps. */
const STEPS = 15;
const options = (out: string, changes: Partial<NerTrainingOptions> = {}): NerTrainingOptions =>
  space.options(out, { checkpointEverySteps: 2, ...changes });

const modelOf = (out: string): Buffer => readFileSync(join(space.folder, out, "model.safetensors"));

/** The same model and checkpoint to the bit, told without printing them. */
async function expectSameFiles(out: string, other = "reference"): Promise<void> {
  expect(modelOf(out).equals(modelOf(other)), `model of ${out}`).toBe(true);
  const [found, expected] = await Promise.all(
    [out, other].map((name) => checkpointContent(join(space.folder, name, "checkpoint.safetensors"))),
  );
  expect(found!.numbers.equals(expected!.numbers), `checkpoint of ${out}`).toBe(true);
  expect(found!.state).toEqual(expected!.state);
}

/** What steps and evaluations say, time apart. */
function numbersOf(events: readonly TrainingEvent[]): unknown[] {
  return events
    .filter(({ type }) => type === "step" || type === "evaluation")
    .map((event) => ({ ...event, seconds: undefined }));
}

interface Moment {
  event: TrainingEvent;
  folder: string;
}

let reference: TrainingEvent[];
let result: NerTrainingResult;
/** The output folder as it lay on the disk at each event of the reference run. */
const moments: Moment[] = [];

beforeAll(async () => {
  const run = await trainAll(options("reference"), (event) => {
    if (event.type === "warning") return;
    const folder = `moment-${moments.length}`;
    cpSync(join(space.folder, "reference"), join(space.folder, folder), { recursive: true });
    moments.push({ event, folder });
  });
  if (run.result === undefined) throw run.error;
  reference = run.events;
  result = run.result;
});

describe("the same seed", () => {
  it("gives the same bits on two threads as on one, dropout on, in a model large enough to be cut among them", async () => {
    const wide = { num_hidden_layers: 1, hidden_size: 128, intermediate_size: 512 };
    const modelDirectory = writeTinyStart(join(space.folder, "wide-start"), { config: wide });
    const changes = { modelDirectory, batchSize: 20, epochs: 2 };
    const one = await trainAll(options("one-thread", { ...changes, threads: 1 }));
    const two = await trainAll(options("two-threads", { ...changes, threads: 2 }));
    expect(numbersOf(one.events)).toHaveLength(2 * 2 + 2);
    expect(numbersOf(two.events)).toEqual(numbersOf(one.events));
    await expectSameFiles("two-threads", "one-thread");
  });

  it("gives the same bits however often checkpoints are written, while another seed gives others", async () => {
    const { events } = await trainAll(options("rare", { checkpointEverySteps: 0 }));
    expect(numbersOf(events)).toEqual(numbersOf(reference));
    await expectSameFiles("rare");
    const other = await trainAll(options("other-seed", { seed: 8 }));
    expect(other.error).toBeUndefined();
    expect(numbersOf(other.events)).not.toEqual(numbersOf(reference));
    expect(modelOf("other-seed").equals(modelOf("reference"))).toBe(false);
  });
});

describe("a run that is stopped and resumed", () => {
  it("ends in the same bits, stopped before its first step, within epochs, at their ends and before the last step", async () => {
    const done: TrainingEvent[] = [];
    let from: number | undefined;
    for (const at of [0, 1, 5, 8, 14, Infinity]) {
      const stop = new AbortController();
      const {
        events,
        error,
        result: found,
      } = await trainAll(options("stopped", { resume: true, signal: stop.signal }), (event) => {
        if (event.type === "start" && at === 0) stop.abort();
        if (event.type === "step" && event.step === at) stop.abort();
      });
      const start = events.find((event) => event.type === "start");
      expect(start).toMatchObject({ steps: STEPS, ...(from === undefined ? {} : { resumedFromStep: from }) });
      done.push(...events);
      if (at === Infinity) {
        expect(error).toBeUndefined();
        expect(found, "the best epoch's scores, also of an epoch before the last stop").toEqual(result);
        break;
      }
      expect(error).toBeInstanceOf(BiobertError);
      expect((error as BiobertError).code).toBe("interrupted");
      expect(events.at(-1), "the last thing is a checkpoint").toMatchObject({ type: "checkpoint", step: at });
      from = at;
    }
    expect(numbersOf(done)).toEqual(numbersOf(reference));
    await expectSameFiles("stopped");
  });

  it("ends in the same bits, stopped in the evaluations of the first and of the last epoch", async () => {
    const done: TrainingEvent[] = [];
    for (const [from, at] of [
      [undefined, 5],
      [5, 15],
      [15, Infinity],
    ] as const) {
      const stop = new AbortController();
      const changes = { resume: true, signal: stop.signal };
      const {
        events,
        error,
        result: found,
      } = await trainAll(options("in-evaluation", changes), (event) => {
        // It fires when the event loop first turns: in the evaluation, after the epoch's last step.
        if (event.type === "step" && event.step === at) setImmediate(() => stop.abort());
      });
      const start = events.find(({ type }) => type === "start");
      expect(start?.type === "start" && start.resumedFromStep).toBe(from);
      done.push(...events);
      if (at === Infinity) {
        expect(error).toBeUndefined();
        expect(found).toEqual(result);
        break;
      }
      expect(error).toMatchObject({ code: "interrupted" });
      expect(events.at(-1)).toMatchObject({ type: "checkpoint", step: at });
      expect(events.at(-2), "the evaluation did not end").toMatchObject({ type: "step", step: at });
    }
    expect(numbersOf(done)).toEqual(numbersOf(reference));
    await expectSameFiles("in-evaluation");
  });

  it("ends in the same bits from whatever a killed run left on the disk", async () => {
    const kinds = moments.map(({ event }) => event.type);
    const chosen = [
      kinds.indexOf("start"),
      kinds.indexOf("checkpoint"), // within the first epoch
      kinds.indexOf("evaluation"), // its model is written, its checkpoint is not
      kinds.lastIndexOf("evaluation"),
      kinds.lastIndexOf("checkpoint"), // all is done but to say so
    ];
    for (const index of chosen) {
      const { event, folder } = moments[index]!;
      const { events, error } = await trainAll(options(folder, { resume: true }));
      expect(error, `resumed from ${JSON.stringify(event)}`).toBeUndefined();
      const start = events.find(({ type }) => type === "start");
      const from = start?.type === "start" ? (start.resumedFromStep ?? 0) : undefined;
      // What the reference did after that checkpoint; an evaluation of that very step was before it.
      const rest = reference.filter((item) => "step" in item && item.step > from!);
      expect(numbersOf(events)).toEqual(numbersOf(rest));
      await expectSameFiles(folder);
    }
  });
});

describe.each<[string, Partial<NerTrainingOptions>]>([
  ["BERT's Adam, a cosine and rates by depth", { optimizer: "bert-adam", schedule: "cosine", layerDecay: 0.8 }],
  [
    "LAMB, a constant rate and several batches an update",
    { optimizer: "lamb", schedule: "constant", batchSize: 4, accumulationSteps: 2 },
  ],
  [
    "evaluations within epochs and patience that ends it",
    { optimizer: "bert-adam", learningRate: 1e-2, evaluateEverySteps: 3, patience: 4, minimumImprovement: 30 },
  ],
  ["AdamW and frozen parts", { optimizer: "adamw", freeze: { embeddings: true, layers: 1 } }],
])("with %s", (name, changes) => {
  const folder = name.replaceAll(/\W+/g, "-");

  it("a run ends in the same bits, stopped after any step and resumed, also from an older checkpoint", async () => {
    const alone = await trainAll(options(`${folder}-alone`, changes));
    expect(alone.error).toBeUndefined();
    expect(modelOf(`${folder}-alone`).equals(modelOf("reference")), "as without these options").toBe(false);
    const done: TrainingEvent[] = [];
    for (let at = 1; at <= STEPS; at++) {
      const stop = new AbortController();
      const { events } = await trainAll(
        options(`${folder}-stopped`, { ...changes, resume: true, signal: stop.signal }),
        (event) => event.type === "step" && event.step === at && stop.abort(),
      );
      done.push(...events);
      if (at === 7)
        cpSync(join(space.folder, `${folder}-stopped`), join(space.folder, `${folder}-older`), { recursive: true });
    }
    const last = await trainAll(options(`${folder}-stopped`, { ...changes, resume: true }));
    expect(last.error).toBeUndefined();
    expect(numbersOf([...done, ...last.events])).toEqual(numbersOf(alone.events));
    await expectSameFiles(`${folder}-stopped`, `${folder}-alone`);
    const older = await trainAll(options(`${folder}-older`, { ...changes, resume: true }));
    expect(older.events.find(({ type }) => type === "start")).toMatchObject({ resumedFromStep: 7 });
    await expectSameFiles(`${folder}-older`, `${folder}-alone`);
  });
});

describe("a checkpoint", () => {
  const short = { devFiles: [], epochs: 1 };
  const resumed = async (changes: Partial<NerTrainingOptions> = {}): Promise<BiobertError> =>
    (await trainAll(options("checkpoint", { ...short, ...changes, resume: true }))).error as BiobertError;
  const path = join(space.folder, "checkpoint", "checkpoint.safetensors");
  beforeAll(async () => {
    const { error } = await trainAll(options("checkpoint", short));
    if (error !== undefined) throw error;
  });

  it.each<[string, Partial<NerTrainingOptions>]>([
    ["seed", { seed: 8 }],
    ["dropout", { dropout: 0.2 }],
    ["number of batches an update", { accumulationSteps: 2 }],
    ["dev file", { devFiles: [space.dev] }],
    ["optimiser", { optimizer: "lamb" }],
    ["schedule", { schedule: "constant" }],
    ["layer decay", { layerDecay: 0.9 }],
    ["frozen part", { freeze: { embeddings: true, layers: 0 } }],
  ])("of another %s is not gone on from", async (_what, changes) => {
    const error = await resumed(changes);
    expect(error).toMatchObject({ code: "checkpoint-mismatch", place: { file: path } });
  });

  it("of other data, other weights or another tokenizer is not gone on from", async () => {
    const train = writeConll(join(space.folder, "other.tsv"), tinySentences(40, 11));
    expect((await resumed({ trainFiles: [train] })).code).toBe("checkpoint-mismatch");
    const start = writeTinyStart(join(space.folder, "other-start"), { seed: 2 });
    expect((await resumed({ modelDirectory: start })).code).toBe("checkpoint-mismatch");
    cpSync(space.start, join(space.folder, "cased-start"), { recursive: true });
    writeFileSync(join(space.folder, "cased-start", "tokenizer_config.json"), '{"do_lower_case":false}');
    expect((await resumed({ modelDirectory: join(space.folder, "cased-start") })).code).toBe("checkpoint-mismatch");
  });

  it("belongs to options that are left out as to their defaults", async () => {
    const freeze = { embeddings: false, layers: 0 };
    const defaults = { optimizer: "adamw", schedule: "linear", layerDecay: 1, freeze } as const;
    const { error, events } = await trainAll(options("checkpoint", { ...short, ...defaults, resume: true }));
    expect(error).toBeUndefined();
    expect(events.find(({ type }) => type === "start")).toMatchObject({ resumedFromStep: 5 });
  });

  it("belongs to the options by their values, not by the order they are written in", async () => {
    const { outputDirectory, ...rest } = options("checkpoint", { ...short, resume: true });
    const turned = Object.fromEntries(Object.entries(rest).toReversed()) as Omit<NerTrainingOptions, "outputDirectory">;
    const { error, events } = await trainAll({ outputDirectory, ...turned });
    expect(error).toBeUndefined();
    expect(events.find(({ type }) => type === "start")).toMatchObject({ resumedFromStep: 5 });
  });

  it("of an earlier run is not lost without a word when --resume was forgotten", async () => {
    const { events } = await trainAll(options("checkpoint", short));
    const warnings = events.filter((event) => event.type === "warning" && event.code === "checkpoint-replaced");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ message: expect.stringContaining(path) });
    const again = await trainAll(options("checkpoint", { ...short, resume: true }));
    expect(JSON.stringify(again.events)).not.toContain("checkpoint-replaced");
  });

  it("of another version, engine or processor is gone on from with a warning that says which", async () => {
    const whole = readFileSync(path);
    const warningsAfter = async (environments: object[] | undefined): Promise<string[]> => {
      await changeState(path, (state) => ({ ...state, environments }));
      const { error, events } = await trainAll(options("checkpoint", { ...short, resume: true }));
      expect(error).toBeUndefined();
      const warnings = events.filter((event) => event.type === "warning" && event.code === "resume-environment");
      return warnings.map((event) => (event.type === "warning" ? event.message : ""));
    };
    const { environments } = JSON.parse((await readTensors(path)).metadata["state"]!) as {
      environments: Record<string, string>[];
    };
    expect(environments).toEqual([{ biobert: VERSION, onnxruntime: engineVersion(), cpu: cpuModel() }]);
    expect(await warningsAfter(environments)).toEqual([]);
    const older = { ...environments[0], biobert: "0.0.9", onnxruntime: "1.0.0" };
    const [message, ...others] = await warningsAfter([...environments, older]);
    expect(others).toEqual([]);
    expect(message).toContain(`biobert was 0.0.9, is ${VERSION}; ONNX Runtime was 1.0.0, is ${engineVersion()}`);
    expect(message).not.toContain("processor");
    expect((await warningsAfter([{ ...environments[0], cpu: "abacus" }]))[0]).toContain("processor was abacus");
    expect((await warningsAfter(undefined))[0]).toContain("not recorded");
    writeFileSync(path, whole);
  });

  it("keeps the time and the memory of the run until there", async () => {
    const whole = readFileSync(path);
    const end = async () => {
      const { error, events } = await trainAll(options("checkpoint", { ...short, resume: true }));
      expect(error).toBeUndefined();
      return events.at(-1);
    };
    const { metadata } = await readTensors(path);
    expect(JSON.parse(metadata["state"]!)).toMatchObject({
      seconds: expect.any(Number),
      peakMemoryBytes: expect.any(Number),
    });
    await changeState(path, (state) => ({ ...state, seconds: 1e9, peakMemoryBytes: 1e18 }));
    const last = await end();
    expect(last).toMatchObject({ type: "end", peakMemoryBytes: 1e18 });
    expect(last?.type === "end" && last.seconds).toBeGreaterThan(1e9);
    await changeState(path, ({ seconds: _, peakMemoryBytes: __, ...state }) => state);
    expect(await end(), "of an earlier version").toMatchObject({ seconds: expect.any(Number) });
    writeFileSync(path, whole);
  });

  it("that is truncated, garbage or of another size is damaged, and stays for its owner to look at", async () => {
    const whole = readFileSync(path);
    const state = (fields: object): string =>
      JSON.stringify({ formatVersion: 1, step: 2, fingerprint: "?", ...fields });
    const floats = (length: number): HostTensor => ({
      dtype: "float32",
      dims: [length],
      data: new Float32Array(length),
    });
    const fileOf = (metadata: Record<string, string>, length = 3): Buffer =>
      Buffer.concat([
        ...encodeSafetensors(new Map(["parameters", "first", "second"].map((key) => [key, floats(length)])), metadata),
      ]);
    const fingerprint = /"fingerprint\\":\\"(\w+)/.exec(whole.toString("latin1"))![1]!;
    for (const [what, bytes] of [
      ["empty", Buffer.alloc(0)],
      ["not safetensors", Buffer.from("this is no checkpoint at all")],
      ["state null", fileOf({ state: "null" })],
      ["no state", fileOf({})],
      ["a later format", fileOf({ state: state({ formatVersion: 2 }) })],
      ["no step", fileOf({ state: state({ step: undefined }) })],
      ["other sizes", fileOf({ state: state({ fingerprint }) })],
    ] as const) {
      writeFileSync(path, bytes);
      expect((await resumed()).code, `with ${what}`).toBe("checkpoint-damaged");
      expect(readFileSync(path).equals(bytes), `with ${what}`).toBe(true);
    }
    for (const length of [200, whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      expect(await resumed(), `${length} bytes`).toMatchObject({ code: "checkpoint-damaged", place: { file: path } });
    }
  });
});
