// The flags of `biobert fine-tune TASK`, their help, and what they are to the library.

import { type Command, Option } from "commander";
import type { FreezeOptions } from "../../bert/index.ts";
import { BiobertError } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import type { OptimizerName, ScheduleName } from "../../optim/index.ts";
import type { AnyTask } from "../../tasks/index.ts";
import type { Balance, ClassWeights, FineTuneOptions as TaskTraining } from "../../training/index.ts";
import type { CommandContext } from "../common/context.ts";
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
} from "../common/options.ts";
import { exampleEnding, givenTaskOptions } from "../common/task-options.ts";

/** All flags of the command but those of a task. */
export interface FineTuneFlags extends ModelPlaceOptions, EngineOptions {
  model?: string;
  after?: string;
  train: string[];
  dev: string[];
  test: string[];
  dataset?: string;
  allowOverlap: boolean;
  folds?: number;
  foldFolders?: string;
  search?: string[];
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
  evalEvery: number;
  patience?: number;
  minImprovement: number;
  balance?: Balance;
  classWeights?: string[];
}

/** What flags and help say of a task. */
type TaskWords = Pick<AnyTask, "name" | "summary" | "files" | "unit" | "maxLength">;

const OPTIMISERS = `
Optimisers: adamw is the usual choice for fine-tuning. bert-adam is the one that BERT and BioBERT were trained with: no
bias correction, so that its first hundred steps are larger: keep a warm-up. lamb is for batches of hundreds and more; it
scales each tensor's step to the size of its weights, and takes rates around 1e-3.`;

function helpText({ name, files }: TaskWords): string {
  const ending = exampleEnding(name);
  const more =
    name === "ner"
      ? "\n  biobert fine-tune ner --model minilm --train train.tsv dev.tsv --out final --epochs 8 --type Disease"
      : "";
  return `
Examples:
  biobert fine-tune ${name} --model minilm --train train${ending} --dev dev${ending} --out my-model --learning-rate 2e-4${more}
  biobert fine-tune ${name} ... --resume            goes on after an interruption, to the same bits
  biobert fine-tune ${name} ... --patience 3        stops once three scores in a row are no better
  biobert fine-tune ${name} ... --after other-model goes on from a model that was fine-tuned before
  biobert fine-tune ${name} --model minilm --train all${ending} --folds 10 --out folds
  biobert fine-tune ${name} ... --search learning-rate=1e-5,3e-5 batch-size=16,32 epochs=3,5 --out search
${OPTIMISERS}

Data: ${files}.
Without --dev nothing is held out and the last epoch is kept. Ctrl-C leaves a checkpoint to resume from.`;
}

/** Adds the flags and the help to a task's command. */
export function withTrainingFlags(command: Command, task: TaskWords, help = helpText(task)): Command {
  return withModelPlaces(command)
    .description(task.summary)
    .option("--model <PATH>", `${MODEL_HELP}; to start from`)
    .option(
      "--after <DIR>",
      "in place of --model: go on from a model fine-tuned before; of another task its encoder is kept and a new head begins",
    )
    .option("--train <FILE...>", `${task.unit} to train on`, [] as string[])
    .option("--dev <FILE...>", `${task.unit} to choose the best epoch by`, [] as string[])
    .option(
      "--test <FILE...>",
      "compared with the training data, so that nothing tested is trained on; never trained on nor scored",
      [] as string[],
    )
    .option(
      "--dataset <ID>",
      "the registry's data set that the files are of: what its published split shares is let pass (see biobert datasets show ID)",
    )
    .option(
      "--allow-overlap",
      "train although dev or test data share documents, long sentences or whole files with the training data",
      false,
    )
    .option(
      "--folds <K>",
      "cross-validate: cut --train into so many folds, by document and evenly by class; a model and a score for each",
      wholeNumber(2),
    )
    .option(
      "--fold-folders <DIR>",
      "cross-validate over a folder of folds (1, 2, …), each with its train and test file",
    )
    .option(
      "--search <AXIS=VALUES...>",
      "train every combination and choose on --dev, as in learning-rate=1e-5,3e-5 batch-size=16,32 epochs=3,5 seed=1,2",
    )
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
      new Option(
        "--schedule <NAME>",
        "what the rate does after its warm-up: straight to 0, half a cosine to 0, or stay",
      )
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
    .option(
      "--accumulate <N>",
      "batches an update: their gradients are added up, which is a batch of so many times the size in the memory of one",
      wholeNumber(1),
      1,
    )
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
    .option("--eval-every <STEPS>", "score --dev every so many steps besides each epoch's end", wholeNumber(0), 0)
    .option("--patience <N>", "stop after so many scores on --dev in a row without an improvement", wholeNumber(1))
    .option(
      "--min-improvement <X>",
      "what the metric must rise by to be an improvement, in its unit",
      numberBetween(0, 100),
      0,
    )
    .addOption(
      new Option(
        "--balance <HOW>",
        "as many examples of every class in each epoch: down to the rarest one's number, or up to the commonest one's",
      ).choices(["down", "up"] satisfies Balance[]),
    )
    .option(
      "--class-weights <WEIGHTS...>",
      "what classes count for in the loss: balanced (by their rarity), LABEL=WEIGHT pairs, or a .json file of them",
    )
    .addHelpText("after", help);
}

/**
 * Refuses a command that does not say what to train from what.
 * @throws BiobertError `usage`.
 */
export function requireSources(options: FineTuneFlags): void {
  const usage = (message: string, hint?: string): BiobertError =>
    new BiobertError({ code: "usage", message, ...(hint === undefined ? {} : { hint }) });
  if ((options.model === undefined) === (options.after === undefined)) {
    throw usage(
      options.model === undefined ? "there is nothing to start from" : "--model and --after both name a start",
      "Give --model PATH, or --after DIR to go on from a fine-tuned model.",
    );
  }
  if (options.foldFolders === undefined && options.train.length === 0)
    throw usage("there is nothing to train on", "Give --train FILE.");
  if (options.foldFolders !== undefined && options.train.length > 0)
    throw usage("--fold-folders has its training files in it: leave --train out");
  const isCrossValidation = options.folds !== undefined || options.foldFolders !== undefined;
  if (options.folds !== undefined && options.foldFolders !== undefined)
    throw usage("--folds and --fold-folders are two ways to cross-validate: give one");
  if (isCrossValidation && options.search !== undefined)
    throw usage("--search chooses on --dev, and cross-validation has none: run them one after the other");
  if (
    isCrossValidation &&
    (options.dev.length > 0 || options.patience !== undefined || options.epochsSelect === "best")
  ) {
    throw usage(
      "cross-validation scores each fold after its last epoch and chooses nothing by it: leave --dev, --patience and --epochs-select best out",
    );
  }
  if (!isCrossValidation && options.dev.length === 0) {
    const flag =
      options.patience !== undefined
        ? "--patience"
        : options.evalEvery > 0
          ? "--eval-every"
          : options.search !== undefined
            ? "--search"
            : undefined;
    if (flag !== undefined) throw usage(`${flag} needs data to score`, "Give --dev FILE.");
  }
}

/** `balanced`, pairs of label and weight, or a JSON file of them. */
async function classWeightsOf(given: readonly string[]): Promise<ClassWeights> {
  const [first = ""] = given;
  const isLone = given.length === 1;
  if (isLone && first === "balanced") return first;
  const bad = (message: string, file?: string): BiobertError =>
    new BiobertError({
      code: "usage",
      message: `--class-weights: ${message}`,
      ...(file === undefined ? {} : { place: { file } }),
      hint: 'Give balanced, pairs such as yes=1 no=2.5, or a .json file such as {"yes": 1, "no": 2.5}.',
    });
  const pairs = new Map<string, unknown>();
  if (isLone && first.endsWith(".json")) {
    let found: unknown;
    try {
      found = JSON.parse(await readText(first));
    } catch (error) {
      if (error instanceof BiobertError) throw error;
      throw bad("not JSON", first);
    }
    if (typeof found !== "object" || found === null || Array.isArray(found))
      throw bad("not an object of label and weight", first);
    for (const [label, weight] of Object.entries(found)) pairs.set(label, weight);
  } else {
    for (const pair of given.flatMap((text) => text.split(","))) {
      const at = pair.lastIndexOf("=");
      if (at < 1) throw bad(`${JSON.stringify(pair)} is not LABEL=WEIGHT`);
      const label = pair.slice(0, at);
      if (pairs.has(label)) throw bad(`${label} has two weights`);
      pairs.set(label, pair.slice(at + 1).trim() === "" ? Number.NaN : Number(pair.slice(at + 1)));
    }
  }
  for (const [label, weight] of pairs) {
    if (typeof weight !== "number" || !Number.isFinite(weight) || weight <= 0)
      throw bad(`the weight of ${label} is not a number above 0`);
  }
  return Object.fromEntries(pairs) as Record<string, number>;
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

/**
 * The flags as the library takes them; the model still has the name that was given.
 * @throws BiobertError `usage` for values that do not fit together.
 */
export async function trainingOptions(
  task: AnyTask,
  options: FineTuneFlags,
  context: CommandContext,
): Promise<TaskTraining> {
  if (options.epochsSelect === "best" && options.dev.length === 0) {
    throw new BiobertError({
      code: "usage",
      message: "--epochs-select best needs data to choose by",
      hint: "Give --dev FILE, or keep the last epoch with --epochs-select last.",
    });
  }
  return {
    modelDirectory: (options.model ?? options.after)!,
    ...(options.after === undefined ? {} : { after: true }),
    ...modelPlaces(options),
    trainFiles: options.train,
    devFiles: options.dev,
    testFiles: options.test,
    ...(options.dataset === undefined ? {} : { dataset: options.dataset }),
    ...(options.allowOverlap ? { allowOverlap: true } : {}),
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
    ...(options.evalEvery === 0 ? {} : { evaluateEverySteps: options.evalEvery }),
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    ...(options.minImprovement === 0 ? {} : { minimumImprovement: options.minImprovement }),
    ...(options.balance === undefined ? {} : { balance: options.balance }),
    ...(options.classWeights === undefined ? {} : { classWeights: await classWeightsOf(options.classWeights) }),
    keep: options.epochsSelect ?? (options.dev.length === 0 ? "last" : "best"),
    command: freshCommand(context.argv),
    signal: context.signal,
  };
}

/** The flags that were given or have a default, by name, for a report. */
export function configurationOf(options: FineTuneFlags): Record<string, string | number | boolean> {
  const said = Object.entries(options).filter(
    ([name, value]) =>
      value !== undefined &&
      !(Array.isArray(value) && value.length === 0) &&
      !["json", "events", "resume"].includes(name),
  );
  return Object.fromEntries(
    said.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value as string | number | boolean)]),
  );
}

/** The command as a person would type it again. */
function commandLine(argv: readonly string[]): string {
  return ["biobert", ...argv.map(shellQuote)].join(" ");
}

/** The command that makes the run from its start. */
export function freshCommand(argv: readonly string[]): string {
  return commandLine(argv.filter((argument) => argument !== "--resume"));
}

/** The command that goes on where this one stopped. */
export function resumeCommand(argv: readonly string[]): string {
  return commandLine(argv.includes("--resume") ? argv : [...argv, "--resume"]);
}
