// `biobert fine-tune TASK --folds`, `--fold-folders`, `--search`: several trainings of one recipe, and a table of what came out.

import { join } from "node:path";
import { BiobertError } from "../core/index.ts";
import { ensureDirectory, writeFileAtomic } from "../data/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type {
  CrossValidation,
  CrossValidationEvent,
  FineTuneOptions,
  SearchEvent,
  SearchResult,
  SearchSpace,
} from "../training/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { type FineTuneFlags, resumeCommand, trainingOptions } from "./fine-tune-flags.ts";
import { interruptedError } from "./input.ts";
import { shellQuote } from "./options.ts";
import { print } from "./output.ts";
import { resolveModelArgument } from "./pull.ts";
import { formatDuration, tableLines } from "./terminal.ts";
import { TrainingDisplay } from "./training-display.ts";

/** Runs the folds or the search that the flags ask for. Errors: those of the library. */
export async function fineTuneMany(task: AnyTask, options: FineTuneFlags, context: CommandContext): Promise<number> {
  const settings = await trainingOptions(task, options, context);
  const training = { ...settings, modelDirectory: await resolveModelArgument(settings.modelDirectory, context) };
  await ensureDirectory(options.out);
  try {
    await (options.search === undefined ? crossValidate : search)(task, options, training, context);
  } catch (error) {
    if (!(error instanceof BiobertError && error.code === "interrupted")) throw error;
    throw interruptedError(`To go on: ${resumeCommand(context.argv)}`);
  }
  return EXIT.done;
}

/** Passes events on, to programs as JSON lines and to people as a moving line, and gives the result. */
async function follow<Event extends CrossValidationEvent | SearchEvent, Result>(
  run: AsyncGenerator<Event, Result>,
  asJson: boolean,
  context: CommandContext,
): Promise<Result> {
  const display = new TrainingDisplay(context);
  for (;;) {
    const next = await run.next().finally(() => display.clear());
    if (next.done) return next.value;
    const event = next.value;
    if (asJson) await print(context.stdout, `${JSON.stringify(event)}\n`);
    if (event.type === "fold-event" || event.type === "trial-event") display.show(event.event);
    else if (event.type === "fold-start") display.begin(`fold ${event.name} (${event.fold} of ${event.of})`);
    else if (event.type === "trial-start") display.begin(`trial ${event.trial} of ${event.of}: ${event.name}`);
  }
}

function showsJson(options: FineTuneFlags, context: CommandContext): boolean {
  return options.json || options.events === "-" || context.stdout.isTTY !== true;
}

async function crossValidate(
  task: AnyTask,
  options: FineTuneFlags,
  training: FineTuneOptions,
  context: CommandContext,
): Promise<void> {
  const room = await context.rooms.training();
  const folds = options.folds ?? (await room.readFoldFolders(options.foldFolders!));
  const result = await follow(room.crossValidate(task, { ...training, folds }), showsJson(options, context), context);
  await writeFileAtomic(
    join(options.out, "folds.json"),
    `${JSON.stringify({ formatVersion: 1, task: task.name, ...result }, undefined, 2)}\n`,
  );
  const { crossValidationReport } = await import("../evaluation/index.ts");
  await writeFileAtomic(
    join(options.out, "report.html"),
    crossValidationReport(result, { title: `${task.name}, ${result.folds.length} folds: ${options.out}` }),
  );
  if (!showsJson(options, context)) await print(context.stdout, await foldText(result, options.out));
}

async function foldText({ folds, summary, units }: CrossValidation, out: string): Promise<string> {
  const { metricText, unitOf } = await import("../evaluation/index.ts");
  const text = (value: number, id: string): string => metricText(value, unitOf(id, units));
  const right = (title: string) => ({ title, align: "right" as const });
  const names = Object.keys(summary);
  const cells = (texts: readonly string[]) => texts.map((text) => ({ text }));
  const rows = [
    ...folds.map(({ name, metrics }) => cells([`fold ${name}`, ...names.map((id) => text(metrics[id]!, id))])),
    cells(["mean", ...names.map((id) => text(summary[id]!.mean, id))]),
    cells(["sd", ...names.map((id) => text(summary[id]!.standardDeviation, id))]),
  ];
  const table = tableLines([{ title: "" }, ...names.map(right)], rows);
  return `${table.join("\n")}\n\nScores ${join(out, "folds.json")}\nReport ${join(out, "report.html")}\n`;
}

const AXES = { "learning-rate": "learningRates", "batch-size": "batchSizes", epochs: "epochs", seed: "seeds" } as const;

/** `learning-rate=1e-5,3e-5 batch-size=16` as a space; what is not named keeps its one value. */
function spaceOf(given: readonly string[], { learningRate, batchSize, epochs }: FineTuneOptions): SearchSpace {
  const space: Record<string, number[]> = { learningRates: [learningRate], batchSizes: [batchSize], epochs: [epochs] };
  for (const text of given) {
    const [name = "", values = ""] = text.split("=");
    const numbers = values.split(",").map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
    const axis = AXES[name as keyof typeof AXES] as string | undefined;
    const isWhole = name !== "learning-rate";
    const bad = numbers.find(
      (value) =>
        !(Number.isFinite(value) && (value > 0 || name === "seed") && (!isWhole || Number.isSafeInteger(value))),
    );
    if (axis !== undefined && bad === undefined) space[axis] = numbers;
    else {
      throw new BiobertError({
        code: "usage",
        message: `--search ${text} is no axis and its values`,
        hint: `Axes: ${Object.keys(AXES).join(", ")}; as in learning-rate=1e-5,3e-5.`,
      });
    }
  }
  return space as unknown as SearchSpace;
}

async function search(
  task: AnyTask,
  options: FineTuneFlags,
  training: FineTuneOptions,
  context: CommandContext,
): Promise<void> {
  const room = await context.rooms.training();
  const { learningRate: _, batchSize: __, epochs: ___, ...shared } = training;
  const run = room.searchHyperparameters(task, { ...shared, space: spaceOf(options.search!, training) });
  const result = await follow(run, showsJson(options, context), context);
  const { searchReport } = await import("../evaluation/index.ts");
  await writeFileAtomic(
    join(options.out, "report.html"),
    searchReport(result, { title: `Search for ${task.name}: ${options.out}` }),
  );
  if (!showsJson(options, context)) await print(context.stdout, searchText(result, task, options.out));
}

function searchText({ rows, modelDirectory }: SearchResult, task: AnyTask, out: string): string {
  const right = (title: string) => ({ title, align: "right" as const });
  const metric = rows[0]!.trials[0]!.selectedBy;
  const columns = ["learning rate", "batch", "epochs", `dev ${metric}`, "seeds", "best epoch", "time"].map(right);
  const table = tableLines(
    columns,
    rows.map(({ learningRate, batchSize, epochs, selection, trials }) =>
      [
        String(learningRate),
        String(batchSize),
        String(epochs),
        Number.isFinite(selection) ? selection.toFixed(2) : "diverged",
        String(trials.length),
        trials.map(({ bestEpoch }) => bestEpoch).join(" "),
        formatDuration(trials.reduce((sum, { seconds }) => sum + seconds, 0)),
      ].map((text) => ({ text })),
    ),
  );
  const next = `biobert evaluate ${task.name} --model ${shellQuote(modelDirectory)} --data TEST_FILE`;
  return `${table.join("\n")}\n\nTrials ${join(out, "search.json")}\nReport ${join(out, "report.html")}\nModel  ${modelDirectory}\nNext   ${next}\n`;
}
