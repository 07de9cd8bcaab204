// `biobert fine-tune multi --tasks FILE`: several corpora on one encoder, a head for each.

import { dirname, isAbsolute, join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { BiobertError } from "../../core/index.ts";
import { readJson } from "../../data/index.ts";
import type { MultiTaskHead, MultiTaskOptions } from "../../training/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { configurationOf, type FineTuneFlags, trainingOptions, withTrainingFlags } from "./flags.ts";
import { followFolds } from "./many.ts";
import { shellQuote } from "../common/options.ts";
import { print } from "../common/output.ts";
import { resolveModelArgument } from "../pull.ts";
import { followTraining, printsEvents } from "./run.ts";
import { resumed } from "./start.ts";

const files = z.array(z.string().min(1)).min(1);

/** The file of `--tasks`; paths in it are taken from its folder. */
const schema = z.strictObject({
  /** 1: batches in proportion to the corpora; more: small ones more often. */
  temperature: z.number().positive().default(1),
  heads: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w-][\w.-]*$/, "expected letters, digits, hyphens, dots or underscores"),
        task: z.string().min(1),
        train: files,
        dev: files.optional(),
        test: files.optional(),
        dataset: z.string().optional(),
        options: z.record(z.string(), z.unknown()).optional(),
        maxLength: z.number().int().min(8).optional(),
        balance: z.enum(["down", "up"]).optional(),
        classWeights: z.union([z.literal("balanced"), z.record(z.string(), z.number().positive())]).optional(),
      }),
    )
    .min(2),
});

const HELP = `
The file of --tasks is JSON; its paths are taken from its folder, an unknown key is an error:
  {"temperature": 2,
   "heads": [
     {"name": "diseases", "task": "ner", "train": ["ncbi/train.tsv"], "dev": ["ncbi/dev.tsv"], "options": {"type": "Disease"}},
     {"name": "relations", "task": "relation", "train": ["chemprot/train.jsonl"], "dev": ["chemprot/dev.jsonl"], "maxLength": 128}]}
Each batch is of one corpus, in proportion to their sizes, or with a temperature above 1 small ones more often. The best epoch is that of the
highest mean over heads. Heads may also have "test" (files compared with train, so that nothing tested is trained on), "dataset" (the
registry's data set they are of: what its published split shares is let pass), "balance" ("down" or "up") and "classWeights" ("balanced",
or labels and their weights);
--balance and --class-weights balanced are for all heads that do not say it themselves. --folds K cuts each corpus, and --max-memory is
for all together. Afterwards: biobert predict relation --model DIR --head relations --data FILE`;

interface MultiFlags extends FineTuneFlags {
  tasks: string;
}

/** Flags of the command for a task that have no meaning for several corpora: why, and what to do. */
const NOT_SHARED: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  train: ["each head has training files of its own", "Name them in the file of --tasks, as train."],
  dev: ["each head has held-out files of its own", "Name them in the file of --tasks, as dev."],
  test: ["each head has test files of its own", "Name them in the file of --tasks, as test."],
  dataset: ["each head has a data set of its own", "Name it in the file of --tasks, as dataset."],
  after: [
    "several heads begin anew, whatever the start was trained for",
    "Give the fine-tuned model to --model: its encoder is kept.",
  ],
  foldFolders: ["published folds are of one corpus", "--folds K cuts every corpus into as many."],
  search: [
    "a search is of one corpus's settings, and what suits one does not suit all",
    "Search with fine-tune TASK, then train all with what was found.",
  ],
};

/** Adds `fine-tune multi`; `finish` hears its exit code. */
export function registerMultiTask(parent: Command, context: CommandContext, finish: (code: number) => void): void {
  const words = {
    name: "multi",
    summary: "several corpora on one encoder, with a head for each",
    files: "see below",
    unit: "examples",
    maxLength: 256,
  };
  const command = withTrainingFlags(parent.command("multi"), words, HELP).requiredOption(
    "--tasks <FILE>",
    "which corpora, a JSON file (see below)",
  );
  for (const name of Object.keys(NOT_SHARED))
    command.options.find((one) => one.attributeName() === name)!.hidden = true;
  command.action(async (options: MultiFlags) => {
    for (const [name, [why, hint]] of Object.entries(NOT_SHARED)) {
      if (command.getOptionValueSource(name) !== "cli") continue;
      const { long } = command.options.find((one) => one.attributeName() === name)!;
      throw new BiobertError({ code: "usage", message: `${long}: ${why}`, hint });
    }
    finish(await fineTuneMulti(options, context));
  });
}

async function readTasks(
  file: string,
  context: CommandContext,
): Promise<Pick<MultiTaskOptions, "heads" | "temperature">> {
  const json = await readJson(file, { hint: "See biobert fine-tune multi --help." });
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new BiobertError({
      code: "input-format",
      message: z.prettifyError(parsed.error),
      place: { file },
      hint: "See biobert fine-tune multi --help.",
    });
  }
  const placed = (paths: readonly string[] = []): string[] =>
    paths.map((path) => (isAbsolute(path) ? path : join(dirname(file), path)));
  const { temperature, heads } = parsed.data;
  refuseRepeated(
    heads.map(({ name }) => name),
    file,
  );
  const { taskList, checkOptions } = await context.rooms.tasks();
  for (const { name, task, options = {} } of heads) {
    const known = taskList.find((one) => one.name === task);
    if (known === undefined) {
      throw new BiobertError({
        code: "input-format",
        message: `head ${name}: there is no task ${JSON.stringify(task)}`,
        place: { file },
        hint: `Tasks: ${taskList.map((one) => one.name).join(", ")}.`,
      });
    }
    try {
      checkOptions(known.options, options, file);
    } catch (error) {
      if (!(error instanceof BiobertError)) throw error;
      throw new BiobertError({
        code: "input-format",
        message: `options of head ${name}: ${error.message}`,
        place: { file },
        hint: `Options of ${task}: ${Object.keys(known.options).join(", ") || "none"}.`,
        cause: error,
      });
    }
  }
  return {
    temperature,
    heads: heads.map(
      ({ name, task, train, dev, test, dataset, options, maxLength, balance, classWeights }): MultiTaskHead => ({
        name,
        task,
        trainFiles: placed(train),
        devFiles: placed(dev),
        testFiles: placed(test),
        ...(dataset === undefined ? {} : { dataset }),
        ...(options === undefined ? {} : { taskOptions: options }),
        ...(maxLength === undefined ? {} : { maxLength }),
        ...(balance === undefined ? {} : { balance }),
        ...(classWeights === undefined ? {} : { classWeights }),
      }),
    ),
  };
}

/** Heads are told by their names. */
function refuseRepeated(names: readonly string[], file: string): void {
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated === undefined) return;
  throw new BiobertError({
    code: "input-format",
    message: `two heads are named ${JSON.stringify(repeated)}`,
    place: { file },
    hint: "Give each head a name of its own: --head NAME asks for it by that.",
  });
}

async function fineTuneMulti(options: MultiFlags, context: CommandContext): Promise<number> {
  if (options.model === undefined)
    throw new BiobertError({ code: "usage", message: "there is nothing to start from", hint: "Give --model PATH." });
  if (options.classWeights !== undefined && options.classWeights.join() !== "balanced") {
    throw new BiobertError({
      code: "usage",
      message: "--class-weights: labels are a head's own",
      hint: 'Give their weights in the file of --tasks, as classWeights: {"yes": 1, "no": 2.5}; or --class-weights balanced for all heads.',
    });
  }
  const tasks = await readTasks(options.tasks, context);
  const hasDev = tasks.heads.some(({ devFiles }) => devFiles.length > 0);
  if (options.folds !== undefined && (hasDev || options.patience !== undefined || options.epochsSelect === "best")) {
    throw new BiobertError({
      code: "usage",
      message: "cross-validation scores each fold after its last epoch and chooses nothing by it",
      hint: "Leave dev out of the file of --tasks, and --patience and --epochs-select best out.",
    });
  }
  if (options.folds === undefined && !hasDev && (options.patience !== undefined || options.epochsSelect === "best")) {
    throw new BiobertError({
      code: "usage",
      message: "no head has dev files to choose by",
      hint: "Give each head a dev.",
    });
  }
  const taskWords = { options: {} } as Parameters<typeof trainingOptions>[0];
  const {
    trainFiles: _,
    devFiles: __,
    testFiles: ___,
    taskOptions: ____,
    ...shared
  } = await trainingOptions(taskWords, { ...options, train: [], dev: hasDev ? ["-"] : [], test: [] }, context);
  const training: MultiTaskOptions = {
    ...shared,
    ...tasks,
    modelDirectory: await resolveModelArgument(options.model, context),
  };
  const heads = tasks.heads.map(({ name, task }) => `${name} (${task})`).join(", ");
  const room = await context.rooms.training();
  if (options.folds !== undefined)
    return followFolds(room.crossValidateMultiTask({ ...training, folds: options.folds }), heads, options, context);
  const configuration = { heads, temperature: tasks.temperature ?? 1, ...configurationOf(options) };
  const run = () => resumed(room.fineTuneMultiTask(training), training);
  const words = { title: `Several corpora on one encoder: ${options.out}`, configuration };
  await followTraining(run, words, options, context);
  if (!printsEvents(options, context)) {
    const [{ name, task }] = tasks.heads as [MultiTaskHead];
    const next = `biobert evaluate ${task} --model ${shellQuote(options.out)} --head ${name} --data TEST_FILE`;
    await print(
      context.stdout,
      `Model   ${options.out}\nHeads   ${heads}\nReport  ${join(options.out, "report.html")}\nNext    ${next}\n`,
    );
  }
  return EXIT.done;
}
