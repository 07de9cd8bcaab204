// `biobert fine-tune multi`: what is wrong with the file of --tasks is said with the file and the head; a run that ends early has a
// report that says so.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BiobertError } from "../../src/core/index.ts";
import type {
  MultiTaskOptions,
  NerTrainingOptions,
  NerTrainingResult,
  TrainingEvent,
} from "../../src/training/index.ts";
import { fakeRooms, fakeTraining, run, temporaryFolder } from "./harness.ts";

const genes = { name: "genes", task: "ner", train: ["genes.tsv"] };
const relations = { name: "relations", task: "relation", train: ["relations.tsv"] };

it.each([
  ['two heads are named "genes"', [genes, { ...relations, name: "genes" }]],
  ["options of head genes: typ: Unrecognized key", [{ ...genes, options: { typ: "Gene" } }, relations]],
  ["options of head relations: cut: ", [genes, { ...relations, options: { cut: "middle" } }]],
  ['head genes: there is no task "nre"', [{ ...genes, task: "nre" }, relations]],
])("refuses a file: %s", async (message, heads) => {
  const folder = temporaryFolder();
  const tasks = join(folder, "tasks.json");
  writeFileSync(tasks, JSON.stringify({ heads }));
  const argv = ["fine-tune", "multi", "--model", "m", "--tasks", tasks, "--out", join(folder, "out")];
  const { code, err } = await run(argv);
  expect([code, err]).toEqual([1, expect.stringContaining(`error[input-format]: ${tasks}: ${message}`)]);
});

/** The command with a training that does `at` after each step. */
function command(at: (step: number) => void) {
  const folder = temporaryFolder();
  const tasks = join(folder, "tasks.json");
  writeFileSync(tasks, JSON.stringify({ heads: [genes, relations] }));
  const out = join(folder, "out");
  const rooms = fakeRooms();
  const training = async () => ({
    ...(await rooms.training()),
    async *fineTuneMultiTask(options: MultiTaskOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
      for await (const event of fakeTraining(options as unknown as NerTrainingOptions)) {
        yield event;
        if (event.type === "step") at(event.step);
      }
      return { lastEpoch: 2 };
    },
  });
  const argv = ["fine-tune", "multi", "--model", "m", "--tasks", tasks, "--out", out];
  return { argv, out, rooms: { ...rooms, training } };
}

it("leaves a report when it is stopped, and says how to go on", async () => {
  const abort = new AbortController();
  const { argv, out, rooms } = command((step) => step === 2 && abort.abort());
  const { code, err } = await run([...argv, "--events", join(out, "events.jsonl")], { rooms, signal: abort.signal });
  expect([code, err]).toEqual([130, expect.stringContaining(" --resume")]);
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("This run was stopped before its end");
  const lines = readFileSync(join(out, "events.jsonl"), "utf8").trimEnd().split("\n");
  expect(new Set(lines).size, "each event once").toBe(lines.length);
});

it("says in the report of a run that failed why it ended", async () => {
  const { argv, out, rooms } = command((step) => {
    if (step === 3) throw new BiobertError({ code: "disk-full", message: "no space is left", place: { file: "here" } });
  });
  expect(await run(argv, { rooms })).toMatchObject({ code: 1, err: expect.stringContaining("error[disk-full]") });
  const html = readFileSync(join(out, "report.html"), "utf8");
  expect(html).toContain("This run stopped before its end: here: no space is left");
});

it("leaves no empty folder of a run that never began", async () => {
  const { argv, out } = command(() => {});
  for (const flags of [[], ["--folds", "3"]]) {
    expect((await run([...argv, ...flags])).code).toBe(1);
    expect(existsSync(out)).toBe(false);
  }
});

it("writes a report with everything that the run was told", async () => {
  const folder = temporaryFolder();
  const tasks = join(folder, "tasks.json");
  writeFileSync(tasks, JSON.stringify({ heads: [genes, relations], temperature: 2 }));
  const out = join(folder, "out");
  const rooms = fakeRooms();
  const fineTuneMultiTask = (options: unknown) => fakeTraining(options as NerTrainingOptions);
  const training = async () => ({ ...(await rooms.training()), fineTuneMultiTask });
  const argv = ["fine-tune", "multi", "--model", "m", "--tasks", tasks, "--out", out, "--dropout", "0.3"];
  const { code } = await run([...argv, "--max-length", "99"], { rooms: { ...rooms, training } });
  expect(code).toBe(0);
  const html = readFileSync(join(out, "report.html"), "utf8");
  const options = [...html.matchAll(/<th scope="row">(\w+)<\/th><td>([^<]*)<\/td>/g)].map(([, ...both]) =>
    both.join("="),
  );
  expect(options).toEqual(
    expect.arrayContaining([
      "heads=genes (ner), relations (relation)",
      ...["temperature=2", "dropout=0.3", "maxLength=99", "optimizer=adamw", "warmup=0.1", `tasks=${tasks}`],
    ]),
  );
});
