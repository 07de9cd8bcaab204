// `biobert fine-tune TASK`: trains a model for a task; progress for people, JSON lines for programs, a report at the end.

import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import { ensureDirectory, writeFileAtomic } from "../data/index.ts";
import type { FreezeOptions } from "../bert/index.ts";
import type { OptimizerName, ScheduleName } from "../optim/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type { FineTuneOptions as TaskTraining, TrainingEvent } from "../training/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { interruptedError } from "./input.ts";
import {
  byteCount,
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  numberBetween,
  shellQuote,
  wholeNumber,
  withModelPlaces,
} from "./options.ts";
import { print } from "./output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { TasksRoom } from "./rooms.ts";
import { givenTaskOptions, withTaskOptions } from "./task-options.ts";
import { ProgressLine, formatCount, formatDuration } from "./terminal.ts";
import { TrainingLog } from "./training-log.ts";

interface FineTuneOptions extends ModelPlaceOptions, EngineOptions {
  model: string;
  train: string[];
  dev: string[];
  out: string;
  epochs: number;
  batchSize: number;
  optimizer: OptimizerName;
  learningRate: number;
  schedule: ScheduleName;
  layerDecay: number;
  freeze?: string;
  warmup: number;
  weightDecay: number;
  clip: number;
  dropout: number;
  seed: number;
  accumulate: number;
  maxMemory?: number;
  resume: boolean;
  maxLength: number;
  checkpointEvery: number;
  events?: string;
  json: boolean;
  epochsSelect?: "best" | "last";
}

const OPTIMISERS = `
Optimisers: adamw is the usual choice for fine-tuning. bert-adam is the one that BERT and BioBERT were trained with: no
bias correction, so that its first hundred steps are larger: keep a warm-up. lamb is for batches of hundreds and more; it
scales each tensor's step to the size of its weights, and takes rates around 1e-3.`;

function helpText({ name, files }: AnyTask): string {
  const more = name === "ner" ? "\n  biobert fine-tune ner --model minilm --train train.tsv dev.tsv --out final --epochs 8 --type Disease" : "";
  return `
Examples:
  biobert fine-tune ${name} --model minilm --train train.tsv --dev dev.tsv --out my-model --learning-rate 2e-4${more}
  biobert fine-tune ${name} ... --resume            goes on after an interruption, to the same bits
${OPTIMISERS}

Data: ${files}.
Without --dev nothing is held out and the last epoch is kept. Ctrl-C leaves a checkpoint to resume from.`;
}

/** Adds the command to `program`, with a command for each task; `finish` hears its exit code. */
export function registerFineTune(program: Command, context: CommandContext, finish: (code: number) => void, tasks: TasksRoom | undefined): void {
  const command = program.command("fine-tune").description("train a model for a task");
  for (const task of tasks?.taskList ?? []) registerTask(command, task, context, finish, tasks!);
}

function registerTask(command: Command, task: AnyTask, context: CommandContext, finish: (code: number) => void, tasks: TasksRoom): void {
  const own = withModelPlaces(command.command(task.name))
    .description(task.summary)
    .requiredOption("--model <PATH>", `${MODEL_HELP}; to start from`)
    .requiredOption("--train <FILE...>", `${task.unit} to train on`)
    .option("--dev <FILE...>", `${task.unit} to choose the best epoch by`, [] as string[])
    .requiredOption("--out <DIR>", "where the trained model goes")
    .option("--epochs <N>", "passes over the data", wholeNumber(1), 8)
    .option("--batch-size <N>", `${task.unit} a batch`, wholeNumber(1), 32)
    .addOption(
      new Option("--optimizer <NAME>", "see below")
        .choices(["adamw", "bert-adam", "lamb"] satisfies OptimizerName[])
        .default("adamw"),
    )
    .option(
      "--learning-rate <RATE>",
      "highest learning rate; 2e-4 suits small encoders such as MiniLM",
      numberBetween(0, 1, true),
      5e-5,
    )
    .addOption(
      new Option("--schedule <NAME>", "what the rate does after its warm-up: straight to 0, half a cosine to 0, or stay")
        .choices(["linear", "cosine", "constant"] satisfies ScheduleName[])
        .default("linear"),
    )
    .option("--warmup <SHARE>", "share of the steps in which the rate rises", numberBetween(0, 1), 0.1)
    .option("--weight-decay <W>", "decoupled weight decay", numberBetween(0, 1), 0.01)
    .option("--clip <NORM>", "largest gradient norm", numberBetween(0, Infinity, true), 1)
    .option(
      "--layer-decay <FACTOR>",
      "each layer learns at this times the rate of the layer above it, embeddings last; 0.8 to 0.9 in ELECTRA's recipes",
      numberBetween(0, 1, true),
      1,
    )
    .option(
      "--freeze <PARTS>",
      "parts that keep their values: embeddings, a number of first layers, or both as in embeddings,4; saves time and memory",
    )
    .option("--dropout <P>", "dropout probability", numberBetween(0, 0.99), 0.1)
    .option("--seed <N>", "seed of initial weights, order and dropout", wholeNumber(0), 1)
    .option("--threads <N>", "threads (default: all cores); the result does not depend on it", wholeNumber(1))
    .addOption(deviceOption())
    .option("--accumulate <N>", "batches a step: their gradients are added up", wholeNumber(1), 1)
    .option(
      "--max-memory <SIZE>",
      "the most memory to take, such as 2GB (K, M, G are powers of 1000; Ki, Mi, Gi of 1024): batches are run in parts and activations recomputed as far as needed",
      byteCount,
    )
    .option("--resume", "go on from the last checkpoint in --out", false)
    .option("--max-length <N>", "longest sequence in word pieces", wholeNumber(8), task.maxLength)
    .option(
      "--checkpoint-every <STEPS>",
      "a checkpoint every so many steps besides each epoch's end",
      wholeNumber(0),
      0,
    )
    .option("--events <FILE>", "also write the events there as JSON lines; - for standard output")
    .option("--json", "events as JSON lines on standard output, also on a terminal", false)
    .addOption(
      new Option(
        "--epochs-select <WHICH>",
        "which epoch's model to keep (default: best with --dev, else last)",
      ).choices(["best", "last"]),
    )
    .addHelpText("after", helpText(task))
    .action(async (options: FineTuneOptions) => {
      finish(await fineTune(task, options, context));
    });
  withTaskOptions(own, task, "training", tasks);
}

/** `embeddings`, a number of layers, or both with a comma between. */
function freezeOf(text: string): FreezeOptions {
  const [, embeddings, layers] = /^(?:(embeddings)|(?:embeddings,)?(\d+))$/.exec(text) ?? [];
  if (embeddings === undefined && layers === undefined) {
    throw new BiobertError({
      code: "usage",
      message: `--freeze ${text} is none of embeddings, a number of layers, and embeddings,NUMBER`,
    });
  }
  return { embeddings: text.startsWith("embeddings"), layers: Number(layers ?? 0) };
}

async function fineTune(task: AnyTask, options: FineTuneOptions, context: CommandContext): Promise<number> {
  const settings = trainingOptions(task, options, context);
  const training = { ...settings, modelDirectory: await resolveModelArgument(options.model, context) };
  const eventsFile = options.events !== undefined && options.events !== "-" ? options.events : undefined;
  const asJson = options.json || options.events === "-" || context.stdout.isTTY !== true;
  const logs = [new TrainingLog(join(options.out, "events.jsonl"))];
  if (eventsFile !== undefined) logs.push(new TrainingLog(eventsFile));
  const display = new TrainingDisplay(context);
  const room = await context.rooms.training();
  let failure: unknown;
  // First of all, so that a place that cannot be written to is found before the work and not after it.
  await ensureDirectory(options.out);
  try {
    for await (const event of room.fineTune(task, training)) {
      for (const log of logs) await log.add(event);
      if (asJson) await print(context.stdout, `${JSON.stringify(event)}\n`);
      display.show(event);
    }
  } catch (error) {
    failure = error;
  }
  display.clear();
  const { events } = logs[0];
  const ended = events.at(-1)?.type === "end";
  const stopped = failure === undefined || isInterruption(failure) ? context.signal.aborted : false;
  if (events.some((event) => event.type === "step")) await writeReport(task, options, events, stopped && !ended, context);
  // A run that never began leaves no empty folder; rmdir takes no other.
  if (failure !== undefined) await rmdir(options.out).catch(() => {});
  if (stopped) throw interruptedError(ended ? undefined : `To go on: ${resumeCommand(context.argv)}`);
  if (failure !== undefined) throw failure;
  if (!asJson) await print(context.stdout, await closingText(task, options, events));
  return EXIT.done;
}

function trainingOptions(task: AnyTask, options: FineTuneOptions, context: CommandContext): TaskTraining {
  if (options.epochsSelect === "best" && options.dev.length === 0) {
    throw new BiobertError({
      code: "usage",
      message: "--epochs-select best needs data to choose by",
      hint: "Give --dev FILE, or keep the last epoch with --epochs-select last.",
    });
  }
  return {
    modelDirectory: options.model,
    ...modelPlaces(options),
    trainFiles: options.train,
    devFiles: options.dev,
    outputDirectory: options.out,
    epochs: options.epochs,
    batchSize: options.batchSize,
    optimizer: options.optimizer,
    learningRate: options.learningRate,
    schedule: options.schedule,
    layerDecay: options.layerDecay,
    ...(options.freeze === undefined ? {} : { freeze: freezeOf(options.freeze) }),
    warmupRatio: options.warmup,
    weightDecay: options.weightDecay,
    maxGradientNorm: options.clip,
    dropout: options.dropout,
    seed: options.seed,
    threads: options.threads,
    device: options.device,
    accumulationSteps: options.accumulate,
    ...(options.maxMemory === undefined ? {} : { maxMemory: options.maxMemory }),
    taskOptions: givenTaskOptions(task, options),
    resume: options.resume,
    maxLength: options.maxLength,
    checkpointEverySteps: options.checkpointEvery,
    keep: options.epochsSelect ?? (options.dev.length === 0 ? "last" : "best"),
    command: freshCommand(context.argv),
    signal: context.signal,
  };
}

function isInterruption(error: unknown): boolean {
  return error instanceof BiobertError && error.code === "interrupted";
}

async function writeReport(
  task: AnyTask,
  options: FineTuneOptions,
  events: readonly TrainingEvent[],
  interrupted: boolean,
  context: CommandContext,
): Promise<void> {
  const { trainingReport } = await import("../evaluation/index.ts");
  const configuration = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !["json", "events", "resume"].includes(name))
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value as string | number | boolean)]);
  const html = trainingReport(events, Object.fromEntries(configuration), {
    title: `Fine-tuning for ${task.name}: ${options.out}`,
    output: options.out,
    command: freshCommand(context.argv),
    interrupted,
  });
  await writeFileAtomic(join(options.out, "report.html"), html);
}

async function closingText(task: AnyTask, options: FineTuneOptions, events: readonly TrainingEvent[]): Promise<string> {
  const best = events.findLast((event) => event.type === "evaluation" && event.best);
  const lines = [`Model   ${options.out}`];
  if (best?.type === "evaluation") {
    const { metricName, metricText, unitOf } = await import("../evaluation/index.ts");
    const metric = best.selectedBy ?? "f1";
    const value = metricText(best.metrics[metric], unitOf(metric, best.units));
    if (value !== "") lines.push(`Dev ${metricName(metric)}  ${value} (epoch ${best.epoch})`);
  }
  lines.push(`Report  ${join(options.out, "report.html")}`);
  lines.push(`Next    biobert evaluate ${task.name} --model ${shellQuote(options.out)} --data TEST_FILE`);
  return `${lines.join("\n")}\n`;
}

function commandLine(argv: readonly string[]): string {
  return ["biobert", ...argv.map(shellQuote)].join(" ");
}

/** The command that makes the run from its start. */
function freshCommand(argv: readonly string[]): string {
  return commandLine(argv.filter((argument) => argument !== "--resume"));
}

/** The command that goes on where this one stopped. */
function resumeCommand(argv: readonly string[]): string {
  return commandLine(argv.includes("--resume") ? argv : [...argv, "--resume"]);
}

/** What a person at a terminal sees: a line that moves with the steps, and one that stays for each evaluation. */
class TrainingDisplay {
  private readonly line: ProgressLine;
  private readonly context: CommandContext;
  private steps = 0;
  private epochs = 0;
  private firstStep: number | undefined;
  private startedAt = 0;
  private loss: number | undefined;
  private tokensPerSecond: number | undefined;

  constructor(context: CommandContext) {
    this.context = context;
    this.line = new ProgressLine(context.stderr);
  }

  clear(): void {
    this.line.clear();
  }

  show(event: TrainingEvent): void {
    if (event.type === "start") {
      this.steps = event.steps;
      this.epochs = event.epochs;
      const from =
        event.resumedFromStep === undefined ? "" : `, resumed after step ${formatCount(event.resumedFromStep)}`;
      this.note(
        `${formatCount(event.examples)} examples, ${event.epochs} epochs, ${formatCount(event.steps)} steps, ${(event.parameters / 1e6).toFixed(1)} M parameters${from}`,
      );
    } else if (event.type === "step") this.step(event);
    else if (event.type === "plan") this.note(`memory: ${event.message}`);
    else if (event.type === "warning") this.note(`warning[${event.code}]: ${event.message}`);
    else if (event.type === "evaluation") {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(event.units?.[name] === undefined ? 2 : 4)}`);
      this.note(`epoch ${event.epoch}  dev ${metrics.join("  ")}${event.best ? "  (best so far)" : ""}`);
    }
  }

  private step(event: Extract<TrainingEvent, { type: "step" }>): void {
    const now = performance.now() / 1000;
    if (this.firstStep === undefined) {
      this.firstStep = event.step;
      this.startedAt = now - event.seconds;
    }
    const mixed = (old: number | undefined, value: number): number =>
      old === undefined ? value : 0.9 * old + 0.1 * value;
    this.loss = mixed(this.loss, event.loss);
    this.tokensPerSecond = mixed(this.tokensPerSecond, event.tokens / Math.max(event.seconds, 1e-9));
    const done = event.step - this.firstStep + 1;
    const left = ((now - this.startedAt) / done) * (this.steps - event.step);
    this.line.show(
      () =>
        `epoch ${event.epoch}/${this.epochs}  step ${formatCount(event.step)}/${formatCount(this.steps)}  loss ${this.loss?.toFixed(4)}  ${formatCount(this.tokensPerSecond ?? 0)} tokens/s  ETA ${formatDuration(left)}`,
    );
  }

  private note(text: string): void {
    if (this.context.stderr.isTTY !== true) return;
    this.line.clear();
    this.context.stderr.write(`${text}\n`);
  }
}
