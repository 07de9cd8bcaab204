// What a task is: the path from files to scores, in one shape that each folder beside fills: read -> encode -> head ->
// decode -> score. Training, inference, evaluation and the commands know tasks by this shape alone.

import type { z } from "zod";
import type { Architecture, Head, HeadDescription, IdBatch } from "../bert/index.ts";
import type { Warning } from "../core/index.ts";
import type { BioAsqAnswer } from "../formats/index.ts";
import type { ConfusionTable, ItemGroup, PrecisionRecallF1 } from "../metrics/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { WordPieceTokenizer } from "../tokenizer/index.ts";

/** An option of one task, of which flag, help and checks are made. */
export interface TaskOption {
  /** What values it takes and its default; a string, a number, a boolean, an enumeration or a list of strings. */
  schema: z.ZodType;
  /** For --help. */
  description: string;
  /** "training": settled when a model is trained and kept with it. "always": may also be said when it is run. */
  when: "training" | "always";
  /** What stands for the value in --help, such as `NAME`. */
  placeholder?: string;
}

export type OptionTable = Readonly<Record<string, TaskOption>>;

/** The checked options of a table. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]: z.output<T[K]["schema"]> };

/** One thing that is predicted and scored: a sentence, a question, a pair. Tasks add their own fields. */
export interface TaskExample {
  /** Of its own within a data set; predictions carry it. */
  id: string;
  /** The document that it is a part of, where its file says it. */
  documentId?: string;
  /** Where it was read. */
  file?: string;
  /** 1-based. */
  line?: number;
}

/** What reading files gives. */
export interface TaskData<Example> {
  examples: Example[];
  warnings: Warning[];
}

/** A sequence of pieces as the encoder takes it, special tokens in it. */
export interface EncodedSequence {
  ids: Int32Array;
  /** 0 or 1 for each piece; all 0 where absent. */
  tokenTypeIds?: Int32Array;
}

/** One row of a batch. Tasks add what they need to make targets and to decode. */
export interface EncodedInput {
  /** Index of the example it is of; an example may have several inputs, as windows over a long text. */
  example: number;
  /** One sequence, or as many as there are choices, the same number in all inputs. */
  sequences: readonly EncodedSequence[];
}

/** Inputs padded to one length. Row-major `[batch, sequence]`, or `[batch, choices, sequence]`. */
export interface PaddedBatch extends IdBatch {
  tokenTypeIds: Int32Array;
  /** Positions that are not padding. */
  tokens: number;
}

export interface EncodedExamples<Input> {
  inputs: Input[];
  /** Such as that texts were cut. */
  warnings: Warning[];
}

/** What a trained head knows. */
export interface TaskContext<Options> {
  labels: readonly string[];
  options: Options;
}

export interface EncodeContext<Options> extends TaskContext<Options> {
  tokenizer: WordPieceTokenizer;
  /** Longest sequence in pieces, special tokens counted. */
  maxLength: number;
  /** The files that the examples are of, for warnings. */
  files: readonly string[];
}

/** A head with what `config.json` says of it. */
export interface TaskHead extends HeadDescription {
  head: Head;
}

/** The labels of a batch as the inputs of the head's loss. */
export interface Targets {
  feeds: Record<string, HostTensor>;
  /** How many terms the loss has. */
  counted: number;
}

/**
 * A head's results for one input, by name: for a head with a row a token `[length, ...]`, padding cut off, else one row.
 */
export type InputResults = Readonly<Record<string, Float32Array>>;

export type MetricUnit = "percent" | "fraction" | "correlation" | "number";

/** What was confused with what, in examples or their parts. */
export interface CommonError {
  gold: string;
  predicted: string;
  count: number;
  /** One of them in words. */
  example?: string;
}

export interface TaskScores {
  /** How the numbers are counted, as records name it. */
  protocol: string;
  /** By name; finite. */
  metrics: Record<string, number>;
  /** The unit of a metric that is not in percent. */
  units?: Record<string, MetricUnit>;
  /** The metric by which the best epoch is chosen; higher is better. */
  selection: string;
  byLabel?: Record<string, PrecisionRecallF1>;
  confusion?: ConfusionTable & {
    /** What is counted, where that is not each example once. */
    about?: string;
  };
  /** The commonest first. */
  errors?: readonly CommonError[];
  /** What was scored, by name: examples, sentences, ... */
  counts: Record<string, number>;
  /** The metrics of parts of the data by themselves, such as the batches of a challenge; units as above. */
  groups?: Record<string, Record<string, number>>;
}

/** An example beside its prediction, in words, for reports. */
export interface Shown {
  text: string;
  gold: string;
  predicted: string;
  /** Absent where nothing says: the gold answer is not known, or it is a number, which a prediction is near to or far from. */
  right?: boolean;
  /** Of numbers: the predicted one less the gold one. */
  difference?: number;
}

/** What a report shows: an example, or several that are judged together. */
export interface ShownItem extends Shown {
  id: string;
  /** Where it was read. */
  file?: string;
  /** 1-based. */
  line?: number;
}

/** What was judged, in the order of the examples. */
export interface ShownItems {
  /** What one is called, in the plural. */
  unit: string;
  items: ShownItem[];
}

/** How sure a model was of one decision, 0 to 1, and whether it was right. */
export interface Confidence {
  confidence: number;
  right: boolean;
  /** Of the words of an example: which example, and which word of it. */
  place?: { example: number; word: number };
}

/** Examples with what the model made of them. */
export interface JudgedExamples<Example, Input, Prediction> {
  examples: readonly Example[];
  predictions: readonly Prediction[];
  inputs: readonly Input[];
  results: readonly InputResults[];
}

/** Options that are chosen on held-out examples while a model is trained, and kept with it. */
export interface Tuning<Options, Example, Input> {
  /** Whether options ask for it. */
  isAsked(options: Options): boolean;
  /** What it is for, as an error says it: "several labels a text". */
  needs: string;
  /** Whether the held-out examples have anything that could be chosen. */
  isPossible(heldOut: readonly Example[], options: Options): boolean;
  /** Of what is chosen, which stands among an evaluation's metrics. */
  units: Readonly<Record<string, MetricUnit>>;
  /** What the held-out examples say is best for the model as it is: the chosen options alone. */
  choose(
    heldOut: Omit<JudgedExamples<Example, Input, unknown>, "predictions">,
    context: TaskContext<Options>,
  ): Readonly<Record<string, number>>;
}

/** A task; see CONTRIBUTING.md for how to write one. `Options` are those of its option table, checked. */
export interface TaskDefinition<Options, Example extends TaskExample, Input extends EncodedInput, Prediction> {
  /** As commands and manifests name it. */
  readonly name: string;
  /** One line for --help. */
  readonly summary: string;
  /** The files it reads, for --help. */
  readonly files: string;
  /** What an example is called, in the plural. */
  readonly unit: string;
  /** Examples are parts of documents, whether or not their files say of which. */
  readonly ofDocuments?: true;
  readonly options: OptionTable;
  /** The class of Hugging Face's heads that it uses. */
  readonly architecture: Architecture;
  /** Default of `--max-length`, in pieces. */
  readonly maxLength: number;

  /** Options that a model says by its `config.json` alone, where it has no manifest. */
  optionsOf?(head: HeadDescription): Record<string, unknown>;

  /**
   * Reads files as one data set. `gold` says whether labels must be there; without it they may be missing.
   * @throws BiobertError with file and line for what is not in the format.
   */
  read(files: readonly string[], options: Options, gold: boolean): Promise<TaskData<Example>>;
  /**
   * Options completed by what the training examples show, such as the markers of their entities: kept with the model.
   * Default: as they were given.
   */
  settle?(examples: readonly Example[], options: Options): Options;
  /** The labels of the head, from the examples it is trained on; the same examples give the same order. */
  labels(examples: readonly Example[], options: Options): string[];
  /** @throws BiobertError `label-unknown`, with file and line, for a gold label that the head does not have. */
  requireKnownLabels(examples: readonly Example[], context: TaskContext<Options>): void;
  /** Makes examples into inputs; what `targets` needs is taken from the examples' gold labels where they have any. */
  encode(examples: readonly Example[], context: EncodeContext<Options>): EncodedExamples<Input>;
  /** The number of an input's gold label, of tasks with one class an input; undefined where that is not so. Balancing asks for it. */
  classOf?(input: Input, context: TaskContext<Options>): number | undefined;
  /** Whether an input is trained on; default: all are. One whose loss would count nothing is not. */
  isTrained?(input: Input): boolean;
  head(context: TaskContext<Options>): TaskHead;
  /** The targets of a padded batch of these inputs. */
  targets(inputs: readonly Input[], batch: PaddedBatch, context: TaskContext<Options>): Targets;
  /**
   * Predictions for all examples, in their order, from the results of all inputs.
   * @throws BiobertError `model-damaged` for results that are not finite.
   */
  decode(
    results: readonly InputResults[],
    inputs: readonly Input[],
    examples: readonly Example[],
    context: TaskContext<Options>,
  ): Prediction[];
  /** How sure the model was of what it said, and whether it was right, for as many things as the task decides; gold labels are there. */
  confidences?(judged: JudgedExamples<Example, Input, Prediction>, context: TaskContext<Options>): Confidence[];
  tuning?: Tuning<Options, Example, Input>;
  score(examples: readonly Example[], predictions: readonly Prediction[], context: TaskContext<Options>): TaskScores;
  /**
   * What each item adds to the scores, the metric of `selection` among them: for tests of significance. Ids name places, never text.
   */
  items?(examples: readonly Example[], predictions: readonly Prediction[], context: TaskContext<Options>): ItemGroup[];
  /** The prediction as `predict` writes it after the example's id. */
  toJson(example: Example, prediction: Prediction): Record<string, unknown>;
  /** The predictions as exact answers of BioASQ, a question each; absent where the task answers none. */
  bioAsqAnswers?(
    examples: readonly Example[],
    predictions: readonly Prediction[],
    context: TaskContext<Options>,
  ): BioAsqAnswer[];
  show(example: Example, prediction: Prediction, context: TaskContext<Options>): Shown;
  /** What is shown in place of examples where several are judged together; undefined where each is by itself. */
  showTogether?(
    examples: readonly Example[],
    predictions: readonly Prediction[],
    context: TaskContext<Options>,
  ): ShownItems | undefined;
}

/** A task whatever its types, as the rooms above handle it. */
// Methods take their parameters either way, so that each definition is one of these.
export type AnyTask = TaskDefinition<Record<string, unknown>, TaskExample, EncodedInput, unknown>;

/** The types in a definition. */
export type OptionsOfTask<T> = T extends TaskDefinition<infer O, never, never, unknown> ? O : never;
export type ExampleOf<T> = T extends { read(...given: never[]): Promise<TaskData<infer E>> } ? E : never;
export type PredictionOf<T> = T extends { decode(...given: never[]): (infer P)[] } ? P : never;
