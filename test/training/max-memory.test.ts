// A bound on memory changes how a training is run, not what comes of it: parts of a batch add up to the batch, a stopped run
// goes on to the same bits, and what was planned is said.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BiobertError } from "../../src/core/index.ts";
import type { NerTrainingOptions, TrainingEvent } from "../../src/training/index.ts";
import { tinyWorkspace, trainAll, writeTinyStart } from "../support/tiny-model.ts";

const space = tinyWorkspace("max-memory", { train: 40, dev: 8 });
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

// Wide enough for activations to weigh something beside the process.
const modelDirectory = writeTinyStart(join(space.folder, "wide"), {
  config: { num_hidden_layers: 2, hidden_size: 128, intermediate_size: 512 },
});
const options = (out: string, changes: Partial<NerTrainingOptions> = {}): NerTrainingOptions =>
  space.options(out, { modelDirectory, batchSize: 20, epochs: 1, devFiles: [], dropout: 0.1, ...changes });

type EventOf<Type extends TrainingEvent["type"]> = Extract<TrainingEvent, { type: Type }>;

function eventsOf<Type extends TrainingEvent["type"]>(events: readonly TrainingEvent[], type: Type): EventOf<Type>[] {
  return events.filter((event): event is EventOf<Type> => event.type === type);
}

/** The least bound that the error of a hopeless one names, in bytes. */
async function leastBound(): Promise<number> {
  const { error, events } = await trainAll(options("hopeless", { maxMemory: 1e6 }));
  expect(error).toBeInstanceOf(BiobertError);
  const { code, message, hint } = error as BiobertError;
  expect([code, events.some(({ type }) => type === "step")]).toEqual(["memory-bound", false]);
  expect(hint).toContain("--max-length");
  const [, megabytes] = /the least is (\d+) MB/.exec(message) ?? [];
  expect(message).toMatch(/the least is/);
  return Number(megabytes) * 1e6;
}

describe("--max-memory", () => {
  it("runs a batch in parts that come to the whole one, dropout on, and goes on to the same bits after a stop", async () => {
    const maxMemory = await leastBound();
    const whole = await trainAll(options("whole"));
    const bound = await trainAll(options("bound", { maxMemory }));
    expect([whole.error, bound.error]).toEqual([undefined, undefined]);
    expect(eventsOf(whole.events, "plan")).toEqual([]);

    const [told] = eventsOf(bound.events, "plan");
    expect(told!.plan.bytes).toBeLessThanOrEqual(maxMemory);
    expect(told!.plan.microBatchRows, "the batch is split").toBeLessThan(20);
    expect(told!.message).toContain(`${told!.plan.microBatchPieces} pieces`);

    const expected = eventsOf(whole.events, "step");
    const found = eventsOf(bound.events, "step");
    expect(found).toHaveLength(expected.length);
    found.forEach(({ loss, gradientNorm }, i) => {
      expect(Math.abs(loss / expected[i]!.loss - 1), `loss of step ${i + 1}`).toBeLessThan(1e-5);
      expect(Math.abs(gradientNorm / expected[i]!.gradientNorm - 1), `norm of step ${i + 1}`).toBeLessThan(1e-4);
    });
    const manifest = JSON.parse(readFileSync(join(space.folder, "bound", "biobert.json"), "utf8"));
    expect(manifest.heads[0].training.recipe).toMatchObject({ maxMemory, memoryPlan: told!.plan });

    const stop = new AbortController();
    const stopped = await trainAll(options("stopped", { maxMemory, signal: stop.signal }), ({ type }) => {
      if (type === "step") stop.abort();
    });
    expect((stopped.error as BiobertError).code).toBe("interrupted");
    const other = await trainAll(options("stopped", { resume: true }));
    expect((other.error as BiobertError).code, "other parts, other bits: not the same run").toBe("checkpoint-mismatch");
    const resumed = await trainAll(options("stopped", { maxMemory, resume: true }));
    expect(resumed.error).toBeUndefined();
    const weights = (out: string): Buffer => readFileSync(join(space.folder, out, "model.safetensors"));
    expect(weights("stopped").equals(weights("bound"))).toBe(true);
  });

  it("leaves a run as it is where everything fits, to the bit", async () => {
    const plain = await trainAll(options("plain"));
    const roomy = await trainAll(options("roomy", { maxMemory: 64e9 }));
    const [{ plan }] = eventsOf(roomy.events, "plan") as [EventOf<"plan">];
    expect(plan).toMatchObject({
      microBatchRows: 20,
      recompute: { attention: false, layers: 0 },
      memoryArena: true,
      extraWork: 0,
    });
    const losses = (events: readonly TrainingEvent[]) => eventsOf(events, "step").map(({ loss }) => loss);
    expect(losses(roomy.events)).toEqual(losses(plain.events));
  });

  it("keeps to its parts in the evaluation of held-out data", async () => {
    const maxMemory = await leastBound();
    const { events, error } = await trainAll(options("with-dev", { maxMemory, devFiles: space.options("x").devFiles }));
    expect(error).toBeUndefined();
    expect(eventsOf(events, "evaluation")).toHaveLength(1);
  });
});
