// Training in stages: the encoder goes on, the head only where it is the same one, and the model says where it comes from.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTensors, sha256OfFiles, type HeadTraining } from "../../src/data/index.ts";
import type { FineTuneOptions, TrainingEvent } from "../../src/training/index.ts";
import { fakeLog, fakeRooms, run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const space = tinyTaskSpace("stages");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));
const texts = tinyTexts(16, 6);
const classes = space.write(
  "classes.tsv",
  texts.map((text, i) => `${text}\t${["a", "b"][i % 2]!}`),
);
const relations = space.write(
  "relations.tsv",
  texts.map((text, i) => `@GENE$ ${text} @DISEASE$\t${i % 2}`),
);
const questions = space.write(
  "questions.jsonl",
  texts.map((text, i) =>
    JSON.stringify({ id: `q${i}`, question: texts[(i + 3) % 16]!, context: text, answers: [text.split(" ")[1]!] }),
  ),
);
const options = (out: string, changes: Partial<FineTuneOptions>) =>
  space.options(out, { devFiles: [], keep: "last", epochs: 1, learningRate: 1e-3, ...changes });
const directory = (out: string) => join(space.folder, out);

async function trained(task: string, own: FineTuneOptions): Promise<TrainingEvent[]> {
  const { events, error } = await trainTask(task, own);
  if (error !== undefined) throw error;
  return events;
}

const warningsOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === "warning" ? [event] : []));
const trainingOf = (out: string) =>
  (JSON.parse(readFileSync(join(directory(out), "biobert.json"), "utf8")) as { heads: { training: HeadTraining }[] })
    .heads[0]!.training;
const tensorsOf = async (out: string) => (await readTensors(join(directory(out), "model.safetensors"))).tensors;

beforeAll(async () => {
  await trained("classification", options("first", { trainFiles: [classes] }));
});

/** A rate of almost nothing: what is trained is where it began. */
const STILL = { learningRate: 1e-12, weightDecay: 0 };

describe("a stage after another", () => {
  it("of the same task and labels keeps encoder and head", async () => {
    const events = await trained(
      "classification",
      options("same", { trainFiles: [classes], modelDirectory: directory("first"), after: true, ...STILL }),
    );
    expect(warningsOf(events).map(({ code }) => code)).toEqual(["stage-head-kept"]);
    const [before, after] = [await tensorsOf("first"), await tensorsOf("same")];
    for (const [name, { data }] of after)
      expect(Math.abs(Number(data[0]) - Number(before.get(name)!.data[0])), `${name}`).toBeLessThan(1e-6);
  });

  it("of another task with a head of the same shape keeps the encoder alone", async () => {
    const events = await trained(
      "relation",
      options("other", { trainFiles: [relations], modelDirectory: directory("first"), after: true, ...STILL }),
    );
    const [note] = warningsOf(events).filter(({ code }) => code === "stage-head-new");
    expect(note!.message).toBe(
      "goes on from a model for classification (a, b): its encoder is kept, a new head for relation (0, 1) begins",
    );
    const [before, after] = [await tensorsOf("first"), await tensorsOf("other")];
    const differs = (name: string): number =>
      Math.max(
        ...[...after.get(name)!.data].map((value, i) => Math.abs(Number(value) - Number(before.get(name)!.data[i]))),
      );
    expect(differs("bert.encoder.layer.0.attention.self.query.weight")).toBeLessThan(1e-6);
    expect(differs("classifier.weight")).toBeGreaterThan(1e-3);
  });

  it("writes the chain of stages with hashes into the model, the first one first", async () => {
    await trained(
      "qa",
      options("second", { trainFiles: [questions], modelDirectory: directory("first"), after: true }),
    );
    await trained(
      "relation",
      options("third", { trainFiles: [relations], modelDirectory: directory("second"), after: true }),
    );
    const training = trainingOf("third");
    expect(training.stages!.map(({ task }) => task)).toEqual(["classification", "qa"]);
    const [first, second] = training.stages!;
    expect(first).toMatchObject({
      labels: ["a", "b"],
      training: { sha256: { train: await sha256OfFiles([classes]) } },
    });
    expect(first!.training!.sha256.start).toBe(await sha256OfFiles([join(space.start, "model.safetensors")]));
    expect(second!.training!.sha256.start).toBe(await sha256OfFiles([join(directory("first"), "model.safetensors")]));
    expect(training.sha256.start).toBe(await sha256OfFiles([join(directory("second"), "model.safetensors")]));
    expect("stages" in second!.training!).toBe(false);
    expect(trainingOf("first").stages).toBeUndefined();
  });

  it("resumes to the same bits", async () => {
    const own = { trainFiles: [relations], modelDirectory: directory("first"), epochs: 2, dropout: 0.1 };
    await trained("relation", options("whole", own));
    const stop = new AbortController();
    await trainTask(
      "relation",
      { ...options("parts", own), signal: stop.signal },
      (event) => event.type === "step" && event.step === 3 && stop.abort(),
    );
    await trained("relation", options("parts", { ...own, resume: true }));
    const bytes = (out: string) => readFileSync(join(directory(out), "model.safetensors"));
    expect(bytes("parts").equals(bytes("whole"))).toBe(true);
  });

  it("asks for a model that was fine-tuned, where it is said to be one", async () => {
    const { error } = await trainTask("relation", options("none", { trainFiles: [relations], after: true }));
    expect(error).toMatchObject({ code: "model-task", place: { file: space.start } });
  });
});

it("--after takes the place of --model", async () => {
  const log = fakeLog();
  const argv = ["fine-tune", "qa", "--train", "t", "--out", directory("flag")];
  expect((await run([...argv, "--after", "squad"], { rooms: fakeRooms({ log }) })).code).toBe(0);
  expect(log.training).toMatchObject({ modelDirectory: "squad", after: true });
  expect(await run([...argv, "--after", "squad", "--model", "m"], { rooms: fakeRooms({}) })).toMatchObject({
    code: 2,
    err: expect.stringContaining("both name a start"),
  });
  expect(await run(argv, { rooms: fakeRooms({}) })).toMatchObject({
    code: 2,
    err: expect.stringContaining("nothing to start from"),
  });
});
