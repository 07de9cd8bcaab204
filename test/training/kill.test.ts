// `biobert fine-tune` killed outright in the middle of its work: what it left resumes to the bits of a run that was not.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import type { NerTrainingOptions, TrainingEvent } from "../../src/training/index.ts";
import { checkpointContent } from "../support/checkpoint.ts";
import { tinyWorkspace, trainAll } from "../support/tiny-model.ts";

const command = join(import.meta.dirname, "..", "..", "bin", "biobert.mjs");
const space = tinyWorkspace("kill", { train: 40, dev: 16 }, { num_hidden_layers: 1 });
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

function argumentsOf(options: NerTrainingOptions): string[] {
  const flags: Record<string, string | number> = {
    "--model": options.modelDirectory,
    "--train": options.trainFiles[0]!,
    "--dev": options.devFiles[0]!,
    "--out": options.outputDirectory,
    "--epochs": options.epochs,
    "--batch-size": options.batchSize,
    "--optimizer": options.optimizer ?? "adamw",
    "--learning-rate": options.learningRate,
    "--schedule": options.schedule ?? "linear",
    "--layer-decay": options.layerDecay ?? 1,
    "--warmup": options.warmupRatio,
    "--weight-decay": options.weightDecay,
    "--clip": options.maxGradientNorm,
    "--dropout": options.dropout,
    "--seed": options.seed,
    "--threads": 1,
    "--accumulate": options.accumulationSteps,
    "--type": options.typeName!,
    "--max-length": options.maxLength,
    "--checkpoint-every": options.checkpointEverySteps,
  };
  return ["fine-tune", "ner", ...Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)])];
}

/** Runs the command; kills it with no warning as soon as it tells of step `killAt`. */
async function runCommand(
  argv: string[],
  killAt?: number,
): Promise<{ events: TrainingEvent[]; code: number | null; signal: string | null; said: string }> {
  const child = spawn(process.execPath, [command, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const events: TrainingEvent[] = [];
  let said = "";
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as TrainingEvent;
    events.push(event);
    if (event.type === "step" && event.step === killAt) child.kill("SIGKILL");
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ended) => resolve(ended));
  });
  return { events, code, signal, said };
}

it.each<Partial<NerTrainingOptions>>([
  {},
  { optimizer: "bert-adam", layerDecay: 0.9 },
  { optimizer: "lamb", schedule: "cosine", batchSize: 4, accumulationSteps: 2 },
])("resumes after kill -9 to the bits of a run that was left alone, with %j", async (changes) => {
  const name = changes.optimizer ?? "adamw";
  const options = space.options(`killed-${name}`, { checkpointEverySteps: 2, epochs: 4, ...changes });
  const killed = await runCommand(argumentsOf(options), 8);
  expect(killed.signal, `said ${killed.said}`).toBe("SIGKILL");
  expect(readdirSync(options.outputDirectory)).toContain("checkpoint.safetensors");

  const resumed = await runCommand([...argumentsOf(options), "--resume"]);
  expect(resumed.code, `said ${resumed.said}`).toBe(0);
  const start = resumed.events.find((event) => event.type === "start");
  expect(start?.resumedFromStep).toBeGreaterThanOrEqual(4);
  expect(start?.resumedFromStep).toBeLessThan(20);

  // The model keeps the command that makes it, without --resume.
  const command = ["biobert", ...argumentsOf(options)].join(" ");
  const reference = space.options(`alone-${name}`, { epochs: 4, ...changes, command });
  expect((await trainAll(reference)).error).toBeUndefined();
  const [checkpoint, other] = await Promise.all(
    [options, reference].map(({ outputDirectory }) =>
      checkpointContent(join(outputDirectory, "checkpoint.safetensors")),
    ),
  );
  expect(checkpoint!.numbers.equals(other!.numbers)).toBe(true);
  expect(checkpoint!.state).toEqual(other!.state);
  for (const name of ["model.safetensors", "config.json", "biobert.json"]) {
    const [found, expected] = [options, reference].map(({ outputDirectory }) =>
      readFileSync(join(outputDirectory, name)),
    );
    expect(found!.equals(expected!), `with ${name}`).toBe(true);
  }
});
