// `biobert fine-tune TASK --folds`, `--fold-folders`, `--search`: several trainings of one recipe, and a table of what came out.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BiobertError } from "../../core/index.ts";
import { ensureDirectory, writeFileAtomic } from "../../data/index.ts";
import type { ReportLink } from "../../evaluation/index.ts";
import type { AnyTask } from "../../tasks/index.ts";
import type {
  CrossValidation,
  CrossValidationEvent,
  FineTuneOptions,
  SearchEvent,
  SearchSpace,
} from "../../training/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { configurationOf, type FineTuneFlags, freshCommand, resumeCommand, trainingOptions } from "./flags.ts";
import { interruptedError } from "../common/input.ts";
import { shellQuote, warnOnce } from "../common/options.ts";
import { print } from "../common/output.ts";
import { PartReports } from "./part-reports.ts";
import { resolveModelArgument } from "../pull.ts";
import { formatDuration, tableLines } from "../common/terminal.ts";
import { TrainingDisplay } from "./display.ts";
import { EventsFile, eventsFileOf } from "./log.ts";
import { isInterruption, printsEvents, removeEmpty, said } from "./run.ts";

/** Runs the folds or the search that the flags ask for. Errors: those of the library. */
export async function fineTuneMany(task: AnyTask, options: FineTuneFlags, context: CommandContext): Promise<number> {
  const settings = await trainingOptions(task, options, context);
  const training = { ...settings, modelDirectory: await resolveModelArgument(settings.modelDirectory, context) };
  if (options.search !== undefined) return search(task, options, training, context);
  const room = await context.rooms.training();
  const folds = options.folds ?? (await room.readFoldFolders(options.foldFolders!));
  return followFolds(room.crossValidate(task, { ...training, folds }), task.name, options, context);
}

/** What came of several trainings, for a file to read in a browser and for a terminal. */
interface Outcome {
  html: string;
  table: readonly string[];
  /** What lies where, and what to do next. */
  places: readonly (readonly [name: string, text: string])[];
}

/** Follows trainings to their end, writes the report and says what came of them. Errors: those of the library. */
async function conclude<Event extends CrossValidationEvent | SearchEvent, Result>(
  run: AsyncGenerator<Event, Result>,
  title: string,
  options: FineTuneFlags,
  context: CommandContext,
  outcomeOf: (result: Result, reports: readonly ReportLink[]) => Promise<Outcome>,
): Promise<number> {
  const asJson = printsEvents(options, context);
  // A search goes on by itself.
  const goesOn = options.resume || (options.search !== undefined && (await hasContent(options.out)));
  const eventsFile = eventsFileOf(options);
  const file = eventsFile === undefined ? undefined : new EventsFile(eventsFile, goesOn);
  await ensureDirectory(options.out);
  const parts = new PartReports({
    out: options.out,
    title,
    configuration: configurationOf(options),
    command: freshCommand(context.argv),
  });
  let result: Result;
  try {
    result = await follow(run, asJson, parts, file, context);
  } catch (error) {
    const stopped = isInterruption(error);
    await parts.stop(stopped ? undefined : said(error)).catch((unwritten: unknown) => {
      // What ended the run is the error to hear of.
      warnOnce(context)({ code: "report-unwritten", message: `there is no report of this run: ${said(unwritten)}` });
    });
    await removeEmpty(options.out);
    if (!stopped) throw error;
    throw interruptedError(`To go on: ${resumeCommand(context.argv)}`);
  }
  const { html, table, places } = await outcomeOf(result, parts.links());
  const report = join(options.out, "report.html");
  await writeFileAtomic(report, html);
  const [first, ...others] = places.map(([name, text]) => `${name.padEnd(6)} ${text}`);
  const lines = [...table, "", first, `Report ${report}`, ...others];
  if (!asJson) await print(context.stdout, `${lines.join("\n")}\n`);
  return EXIT.done;
}

/** Follows a cross-validation: `folds.json` and the report in --out, a table on a terminal. Errors: those of the library. */
export function followFolds(
  run: AsyncGenerator<CrossValidationEvent, CrossValidation>,
  task: string,
  options: FineTuneFlags,
  context: CommandContext,
): Promise<number> {
  return conclude(run, task, options, context, async (result, reports) => {
    const { crossValidationReport, metricText, unitOf } = await import("../../evaluation/index.ts");
    const { folds, summary, units } = result;
    const file = join(options.out, "folds.json");
    await writeFileAtomic(file, `${JSON.stringify({ formatVersion: 1, task, ...result }, undefined, 2)}\n`);
    const names = Object.keys(summary);
    const row = (title: string, valueOf: (id: string) => number) =>
      [title, ...names.map((id) => metricText(valueOf(id), unitOf(id, units)))].map((text) => ({ text }));
    const rows = [
      ...folds.map(({ name, metrics }) => row(`fold ${name}`, (id) => metrics[id]!)),
      row("mean", (id) => summary[id]!.mean),
      row("sd", (id) => summary[id]!.standardDeviation),
    ];
    return {
      html: crossValidationReport(result, { title: `${task}, ${folds.length} folds: ${options.out}`, reports }),
      table: tableLines([{ title: "" }, ...names.map(right)], rows),
      places: [["Scores", file]],
    };
  });
}

async function hasContent(directory: string): Promise<boolean> {
  return (await readdir(directory).catch(() => [])).length > 0;
}

const right = (title: string) => ({ title, align: "right" as const });

/** Passes events on, to programs as JSON lines and to people as a moving line, and gives the result. */
async function follow<Event extends CrossValidationEvent | SearchEvent, Result>(
  run: AsyncGenerator<Event, Result>,
  asJson: boolean,
  parts: PartReports,
  file: EventsFile | undefined,
  context: CommandContext,
): Promise<Result> {
  const display = new TrainingDisplay(context);
  for (;;) {
    const next = await run.next().finally(() => display.clear());
    if (next.done) return next.value;
    const event = next.value;
    await file?.add(event);
    await parts.add(event);
    if (asJson) await print(context.stdout, `${JSON.stringify(event)}\n`);
    if (event.type === "fold-event" || event.type === "trial-event") display.show(event.event);
    else if (event.type === "fold-start") display.begin(`fold ${event.name} (${event.fold} of ${event.of})`);
    else if (event.type === "trial-start") display.begin(`trial ${event.trial} of ${event.of}: ${event.name}`);
  }
}

const AXES = { "learning-rate": "learningRates", "batch-size": "batchSizes", epochs: "epochs", seed: "seeds" } as const;

/** `learning-rate=1e-5,3e-5 batch-size=16` as a space; what is not named keeps its one value, an axis named twice has both values. */
function spaceOf(given: readonly string[], { learningRate, batchSize, epochs }: FineTuneOptions): SearchSpace {
  const space: Record<string, number[]> = { learningRates: [learningRate], batchSizes: [batchSize], epochs: [epochs] };
  const named = new Set<string>();
  for (const text of given) {
    const [name = "", values = ""] = text.split("=");
    const numbers = values.split(",").map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
    const axis = AXES[name as keyof typeof AXES] as string | undefined;
    const isWhole = name !== "learning-rate";
    const bad = numbers.find(
      (value) =>
        !(Number.isFinite(value) && (value > 0 || name === "seed") && (!isWhole || Number.isSafeInteger(value))),
    );
    if (axis !== undefined && bad === undefined) {
      space[axis] = named.has(axis) ? [...space[axis]!, ...numbers] : numbers;
      named.add(axis);
    } else {
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
): Promise<number> {
  const room = await context.rooms.training();
  const { learningRate: _, batchSize: __, epochs: ___, ...shared } = training;
  const run = room.searchHyperparameters(task, { ...shared, space: spaceOf(options.search!, training) });
  return conclude(run, task.name, options, context, async (result, reports) => {
    const { metricName, searchReport, selectionText, unitOf } = await import("../../evaluation/index.ts");
    const { rows, modelDirectory } = result;
    const { selectedBy, units } = rows[0]!.trials[0]!;
    const unit = unitOf(selectedBy, units);
    const columns = [
      "learning rate",
      "batch",
      "epochs",
      `dev ${metricName(selectedBy)}`,
      "seeds",
      "best epoch",
      "time",
    ].map(right);
    const cells = rows.map((row) =>
      [
        String(row.learningRate),
        String(row.batchSize),
        String(row.epochs),
        selectionText(row, unit),
        String(row.trials.length),
        row.trials.map(({ bestEpoch }) => bestEpoch).join(" "),
        formatDuration(row.trials.reduce((sum, { seconds }) => sum + seconds, 0)),
      ].map((text) => ({ text })),
    );
    return {
      html: searchReport(result, { title: `Search for ${task.name}: ${options.out}`, reports }),
      table: tableLines(columns, cells),
      places: [
        ["Trials", join(options.out, "search.json")],
        ["Model", modelDirectory],
        ["Next", `biobert evaluate ${task.name} --model ${shellQuote(modelDirectory)} --data TEST_FILE`],
      ],
    };
  });
}
