// What a finished run leaves in its directory, `run.json`: its settings, by which it is known again, and its scores.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { exists, readText, writeFileAtomic } from "../data/index.ts";
import { curvesSchema } from "../evaluation/index.ts";

const numbers = z.record(z.string(), z.number());
const units = z.record(z.string(), z.enum(["percent", "fraction", "correlation", "number"]));
const scores = z.object({
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  goldCount: z.number(),
  predictedCount: z.number(),
  correctCount: z.number(),
});

const runFileSchema = z.object({
  formatVersion: z.literal(1),
  seed: z.number().int(),
  fold: z.number().int().optional(),
  /** All that shapes the numbers; another run's differ. */
  settings: z.record(z.string(), z.unknown()),
  protocol: z.string(),
  metrics: numbers,
  units,
  metricsWithoutOverlap: numbers.optional(),
  byLabel: z.record(z.string(), scores).optional(),
  /** Of the test split. */
  counts: numbers,
  testSha256: z.string(),
  weights: z.object({
    file: z.string(),
    sha256: z.string(),
    parameters: z.number(),
    precision: z.enum(["fp32", "fp16", "int8"]),
  }),
  steps: z.number().optional(),
  trainingSeconds: z.number().optional(),
  threads: z.number().optional(),
  machine: z.string().optional(),
  /** Of the clone that ran. */
  commit: z.string().optional(),
  evaluationSeconds: z.number().optional(),
  bestEpoch: z.number().optional(),
  curves: curvesSchema.optional(),
});

/** A finished run. */
export type FinishedRun = z.infer<typeof runFileSchema>;

/** The file's name. */
export const RUN_FILE = "run.json";

/**
 * Reads the run that a directory holds; undefined where it holds none that is finished.
 * @throws BiobertError `input-format` for a file that is damaged; those of reading text.
 */
export async function readRun(directory: string): Promise<FinishedRun | undefined> {
  const file = `${directory}/${RUN_FILE}`;
  if (!(await exists(file))) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(await readText(file, { requireContent: true }));
  } catch (cause) {
    if (cause instanceof BiobertError) throw cause;
    json = undefined;
  }
  const parsed = runFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new BiobertError({
    code: "input-format",
    message: "not a finished run's file",
    place: { file },
    hint: "Remove its directory: the run is then made again.",
  });
}

/** Writes it, whole or not at all. Errors: those of writing. */
export async function writeRun(directory: string, run: FinishedRun): Promise<void> {
  await writeFileAtomic(`${directory}/${RUN_FILE}`, `${JSON.stringify(run, null, 2)}\n`);
}

/** Settings by their path, such as `training.learningRate`, each as JSON. */
function flat(value: unknown, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value) ?? "none"]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, path === "" ? key : `${path}.${key}`));
}

/**
 * A directory's run must be the one that is asked for.
 * @throws BiobertError `checkpoint-mismatch` naming the settings that differ.
 */
export function requireSameSettings(found: FinishedRun, settings: Record<string, unknown>, directory: string): void {
  const [before, now] = [new Map(flat(found.settings)), new Map(flat(JSON.parse(JSON.stringify(settings))))];
  const differing = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
  if (differing.length === 0) return;
  const shown = differing
    .slice(0, 3)
    .map((key) => `${key} was ${before.get(key) ?? "not set"} and is ${now.get(key) ?? "not set"}`);
  throw new BiobertError({
    code: "checkpoint-mismatch",
    message: `a finished run here has other settings: ${shown.join("; ")}${differing.length > 3 ? ", …" : ""}`,
    place: { file: directory },
    hint: "Give another --out, or remove this one.",
  });
}
