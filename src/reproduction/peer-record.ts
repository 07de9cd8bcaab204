// What the plain PyTorch scripts of `reference/` measured for a recipe: scores and seconds by seed, put together out of the files that
// they write, to stand beside our own in the table of results.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { readText } from "../data/index.ts";
import type { Recipe } from "./recipe.ts";

/** A peer's runs of one recipe. */
export const peerRecordSchema = z.strictObject({
  formatVersion: z.literal(1),
  recipe: z.string().min(1),
  /** The script, from the project's root. */
  script: z.string().min(1),
  /** Of what ran it, by name. */
  versions: z.record(z.string(), z.string()),
  machine: z.string().min(1),
  runs: z
    .array(
      z.strictObject({
        seed: z.number().int(),
        metrics: z.record(z.string(), z.number()),
        /** Of all updates together. */
        trainingSeconds: z.number().positive().optional(),
        threads: z.number().int().positive().optional(),
      }),
    )
    .min(1),
});

export type PeerRecord = z.infer<typeof peerRecordSchema>;

/** What a script of `reference/` writes for one seed. */
const scriptOutputSchema = z.object({
  metrics: z.record(z.string(), z.number()),
  arguments: z.object({ seed: z.number().int(), threads: z.number().int().optional() }),
  trainSeconds: z.number().positive().optional(),
  torch: z.string(),
  transformers: z.string().optional(),
});

/**
 * Puts the outputs of a reference script together.
 * @throws BiobertError `input-format` for a file that is not such an output or lacks the recipe's metric; those of reading text.
 */
export async function collectPeer(
  recipe: Recipe,
  files: readonly string[],
  { script, machine, withoutTimes = false }: { script: string; machine: string; withoutTimes?: boolean },
): Promise<PeerRecord> {
  const versions: Record<string, string> = {};
  const runs: PeerRecord["runs"] = [];
  for (const file of files) {
    const bad = (message: string, cause?: unknown): BiobertError =>
      new BiobertError({ code: "input-format", message, place: { file }, cause });
    let json: unknown;
    try {
      json = JSON.parse(await readText(file, { requireContent: true }));
    } catch (cause) {
      throw cause instanceof BiobertError ? cause : bad("not JSON", cause);
    }
    const output = scriptOutputSchema.safeParse(json);
    if (!output.success) throw bad(`not what a script of reference/ writes: ${z.prettifyError(output.error)}`);
    const { metrics, arguments: given, trainSeconds, torch, transformers } = output.data;
    if (!(recipe.metric in metrics)) throw bad(`it has no ${recipe.metric}, the recipe's metric`);
    versions["torch"] = torch;
    if (transformers !== undefined) versions["transformers"] = transformers;
    if (runs.some(({ seed }) => seed === given.seed)) throw bad(`seed ${given.seed} is given twice`);
    runs.push({
      seed: given.seed,
      metrics,
      ...(trainSeconds === undefined || withoutTimes ? {} : { trainingSeconds: trainSeconds }),
      ...(given.threads === undefined ? {} : { threads: given.threads }),
    });
  }
  const record = { formatVersion: 1, recipe: recipe.id, script, versions, machine, runs } satisfies PeerRecord;
  return peerRecordSchema.parse(record);
}
