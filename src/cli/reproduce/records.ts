// What `biobert reproduce` makes of runs that are there: a record of evaluations or of a peer's outputs, and the page of results.

import { dirname, join } from "node:path";
import { BiobertError } from "../../core/index.ts";
import { ensureDirectory, machineName, readText, writeFileAtomic } from "../../data/index.ts";
import type { RecordFacts, ResolvedRecipe } from "../../reproduction/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { commitOf, machineFacts } from "../common/machine.ts";
import { shellQuote } from "../common/options.ts";
import { print } from "../common/output.ts";
import { recordText } from "./text.ts";
import { keepItems } from "../common/result-files.ts";
import type { ReproductionRoom } from "../common/rooms.ts";

/** The flags that these take. */
export interface RecordFlags {
  collect: string[];
  pytorch: string[];
  script?: string;
  record?: string;
  items?: string;
  withoutIds: boolean;
  withoutTimes: boolean;
  check: boolean;
}

/** The command that measures the same again, without the folders of this machine. */
function commandOf(
  { SMOKE, ANY_COUNTS }: ReproductionRoom,
  { recipe, startId, changed }: ResolvedRecipe,
  seeds: readonly number[],
): string {
  const parts = ["biobert", "reproduce", recipe.id, "--seeds", seeds.join(",")];
  if (startId !== recipe.start) parts.push("--start", startId);
  const trial = changed.find((one) => one.startsWith(`${SMOKE}=`));
  if (trial !== undefined) parts.push("--smoke", trial.slice(`${SMOKE}=`.length));
  if (changed.includes(ANY_COUNTS)) parts.push("--any-counts");
  // A trial has one epoch without being told.
  for (const one of changed)
    if (one !== trial && one !== ANY_COUNTS && !(trial !== undefined && one === "epochs=1")) parts.push("--set", one);
  return parts.map(shellQuote).join(" ");
}

/** What a record says of this machine. */
export async function factsOf(
  room: ReproductionRoom,
  resolved: ResolvedRecipe,
  seeds: readonly number[],
  context: CommandContext,
): Promise<RecordFacts> {
  const commit = commitOf(context.packageRoot);
  return {
    command: commandOf(room, resolved, seeds),
    ...(commit === undefined ? {} : { commit }),
    machine: await machineFacts(),
  };
}

/** `--collect`: a record out of evaluations that are there. */
export async function collect(
  room: ReproductionRoom,
  resolved: ResolvedRecipe,
  flags: RecordFlags,
  context: CommandContext,
): Promise<number> {
  const given = flags.collect.map((text) => {
    const at = text.indexOf("=");
    return at < 0 ? { path: text } : { path: text.slice(0, at), directory: text.slice(at + 1) };
  });
  const { withoutTimes } = flags;
  const collected = await room.collectRuns(resolved, given, { withoutTimes, withItems: flags.items !== undefined });
  const { runs, startSha256, last, overlap, items } = collected;
  const facts = await factsOf(
    room,
    resolved,
    runs.map(({ seed }) => seed),
    context,
  );
  const record = room.recordOfRuns(resolved, runs, {
    ...(startSha256 === undefined ? {} : { startSha256 }),
    ...(overlap === undefined ? {} : { overlap }),
    // Where the runs say what they ran on, that is what the record is of.
    facts:
      last === undefined
        ? facts
        : { ...facts, machine: last.machine, ...(last.commit === undefined ? {} : { commit: last.commit }) },
  });
  const text = room.recordJson(record);
  if (items !== undefined) await keepItems(flags.items!, items, flags.withoutIds);
  if (flags.record === undefined) await print(context.stdout, text);
  else {
    await writeFileAtomic(flags.record, text);
    await print(context.stdout, `${recordText(resolved, record, room, flags.record).join("\n")}\n`);
  }
  return EXIT.done;
}

/** `--pytorch`: a peer's record out of what its script wrote. */
export async function collectPeer(
  room: ReproductionRoom,
  { recipe }: ResolvedRecipe,
  flags: RecordFlags,
  context: CommandContext,
): Promise<number> {
  if (flags.script === undefined || flags.record === undefined) {
    throw new BiobertError({
      code: "usage",
      message: "--pytorch needs the script and where the record goes",
      hint: `Such as --script reference/ner_recipe.py --record results/pytorch/${recipe.id}.json.`,
    });
  }
  const { record, items } = await room.collectPeer(recipe, flags.pytorch, {
    script: flags.script,
    machine: machineName(),
    withoutTimes: flags.withoutTimes,
  });
  await ensureDirectory(dirname(flags.record));
  await writeFileAtomic(flags.record, room.recordJson(record));
  if (flags.items !== undefined) {
    if (items === undefined) {
      throw new BiobertError({
        code: "input-format",
        message: `what ${flags.script} wrote has no predictions to make items of`,
      });
    }
    await keepItems(flags.items, items, flags.withoutIds);
  }
  await print(context.stdout, `${record.runs.length} seeds of ${flags.script}: ${flags.record}\n`);
  return EXIT.done;
}

/** `--write-page`: docs/results.md and its picture. */
export async function writePage(
  room: ReproductionRoom,
  configs: string,
  flags: RecordFlags,
  context: CommandContext,
): Promise<number> {
  const all = await room.measuredRecipes(configs, join(context.packageRoot, "results"));
  const docs = join(context.packageRoot, "docs");
  const files: [path: string, content: string][] = [
    [join(docs, "results.md"), room.resultsPage(all)],
    [join(docs, "images", "results.svg"), room.resultsPicture(all)],
  ];
  for (const [path, content] of files) {
    if (!flags.check) await writeFileAtomic(path, content);
    else if ((await readText(path)) !== content) {
      throw new BiobertError({
        code: "input-format",
        message: "this is not what the records say",
        place: { file: path },
        hint: "Write it anew: npx biobert reproduce --write-page.",
      });
    }
  }
  await print(context.stdout, `docs/results.md ${flags.check ? "is up to date" : "written"}\n`);
  return EXIT.done;
}
