// A tiny start and small files for any task, and the whole path over them: train, load, predict.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { taskNamed } from "../../src/tasks/index.ts";
import { fineTune, type FineTuneOptions, type FineTuneResult, type TrainingEvent } from "../../src/training/index.ts";
import { temporaryFolder, tinySentences, writeTinyStart } from "./tiny-model.ts";

/** Sentences of the tiny vocabulary, no two alike. */
export function tinyTexts(count: number, seed: number): string[] {
  const texts = new Set<string>();
  for (let more = 0; texts.size < count; more++) {
    for (const { tokens } of tinySentences(count, seed + 1000 * more))
      if (texts.size < count) texts.add(tokens.join(" "));
  }
  return [...texts];
}

/** A folder with a start, and what trains there; the caller removes the folder. */
export function tinyTaskSpace(name: string) {
  const folder = temporaryFolder(name);
  const start = writeTinyStart(join(folder, "start"), { config: { num_hidden_layers: 1 } });
  return {
    folder,
    start,
    write(file: string, lines: readonly string[]): string {
      const path = join(folder, file);
      writeFileSync(path, `${lines.join("\n")}\n`);
      return path;
    },
    /** Options that learn a few dozen examples by heart. */
    options: (out: string, changes: Partial<FineTuneOptions>): FineTuneOptions => ({
      modelDirectory: start,
      trainFiles: [],
      devFiles: [],
      outputDirectory: join(folder, out),
      epochs: 30,
      batchSize: 8,
      learningRate: 5e-3,
      warmupRatio: 0.1,
      weightDecay: 0.01,
      maxGradientNorm: 1,
      dropout: 0,
      seed: 3,
      threads: 1,
      accumulationSteps: 1,
      resume: false,
      maxLength: 64,
      checkpointEverySteps: 0,
      keep: "best",
      // Sentences of one small grammar are often alike.
      allowOverlap: true,
      ...changes,
    }),
  };
}

/** Trains to the end, or until it throws, and gives all events and the result. */
export async function trainTask(
  task: string,
  options: FineTuneOptions,
  listen?: (event: TrainingEvent) => void,
): Promise<{ events: TrainingEvent[]; result: FineTuneResult | undefined; error: unknown }> {
  const events: TrainingEvent[] = [];
  try {
    const run = fineTune(taskNamed(task), options);
    for (;;) {
      const next = await run.next();
      if (next.done) return { events, result: next.value, error: undefined };
      events.push(next.value);
      listen?.(next.value);
    }
  } catch (error) {
    return { events, result: undefined, error };
  }
}
