// The events of a training that goes on, kept with those before it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { EventsFile, TrainingLog, trainingLogs } from "../../src/cli/fine-tune/log.ts";
import { KeptEvents } from "../../src/reproduction/kept-events.ts";
import type { TrainingEvent } from "../../src/training/index.ts";

it("goes on after more steps than a call takes arguments", async () => {
  const folder = mkdtempSync(join(tmpdir(), "biobert-training-log-"));
  try {
    const path = join(folder, "events.jsonl");
    const steps = Array.from({ length: 200_000 }, (_, i) => `${JSON.stringify({ type: "step", step: i + 1 })}\n`);
    writeFileSync(path, steps.join(""));
    const start = { type: "start", resumedFromStep: 199_999 } as TrainingEvent;
    const kept = new KeptEvents(folder);
    await kept.add(start);
    const log = new TrainingLog(path);
    await log.add(start);
    for (const { events } of [kept, log]) {
      expect(events).toHaveLength(200_000);
      expect([events[0], events.at(-1)]).toEqual([{ type: "step", step: 1 }, start]);
    }
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(200_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("keeps of several trainings what an earlier command wrote, each step once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "biobert-training-log-"));
  try {
    const path = join(folder, "events.jsonl");
    const of = (name: string, event: object) => ({ type: "fold-event", name, event: event as TrainingEvent });
    const step = (name: string, number: number) => of(name, { type: "step", step: number });
    const begun = (name: string, resumedFromStep?: number) => [
      { type: "fold-start", name },
      of(name, { type: "start", ...(resumedFromStep === undefined ? {} : { resumedFromStep }) }),
    ];
    const ended = (name: string) => ({ type: "fold-end", result: { name } });
    const write = async (goesOn: boolean, events: readonly { type: string }[]) => {
      const file = new EventsFile(path, goesOn);
      for (const event of events) await file.add(event);
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      return lines.map((line) => JSON.parse(line) as unknown);
    };
    await write(false, [
      ...begun("1"),
      step("1", 1),
      step("1", 2),
      ended("1"),
      ...begun("2"),
      step("2", 1),
      step("2", 2),
    ]);
    writeFileSync(path, `${readFileSync(path, "utf8")}{"type":"fold-ev`);
    // The first one is finished, the second one goes on from its first step.
    const again = [...begun("1", 2), ended("1"), ...begun("2", 1), step("2", 2), ended("2")];
    expect(await write(true, again)).toEqual([step("1", 1), step("1", 2), step("2", 1), ...again]);
    const known = { type: "trial-end", result: { name: "1" }, known: true };
    expect(await write(true, [known])).toHaveLength(4 + again.length);
    expect(await write(false, [known]), "another run").toEqual([known]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("is one log where --events names that of the run itself", async () => {
  const folder = mkdtempSync(join(tmpdir(), "biobert-training-log-"));
  try {
    const out = join(folder, "out");
    mkdirSync(out);
    symlinkSync(out, join(folder, "link"));
    const count = async (events?: string) =>
      (await trainingLogs({ out, ...(events === undefined ? {} : { events }) })).length;
    for (const same of [undefined, "-", `${out}/events.jsonl`, `${folder}/./out/../link/events.jsonl`])
      expect(await count(same), `${same}`).toBe(1);
    expect(await count(join(folder, "events.jsonl"))).toBe(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
