// The events of a training that goes on, kept with those before it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TrainingLog } from "../../src/cli/training-log.ts";
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
