// The rooms behind the commands, each loaded only when a command needs it, so that `--help` and a first result are fast.
// These interfaces are all a command may use of a room, and what a test replaces.

import type * as catalogue from "../../catalogue/index.ts";
import type {
  evaluateBc2gm,
  EvaluationOptions,
  evaluateTask,
  NerEvaluation,
  NerEvaluationOptions,
  OffsetEvaluation,
  predictTask,
} from "../../evaluation/index.ts";
import type {
  bratFolder,
  checkDatasets,
  DATASETS,
  datasetOf,
  encodeCorpus,
  encodeQuestions,
  knownFile,
  knownOverlap,
  readCorpus,
  readExamples,
  taskFile,
} from "../../data/index.ts";
import type { KnownModel, PulledModel, pullDataset, PullOptions, ResolveOptions } from "../../hub/index.ts";
import type {
  AnnotateOptions,
  AnnotatedDocument,
  convertWeights,
  exportOnnx,
  LoadModelOptions,
  Model,
  OnnxPrecision,
  WeightFormat,
} from "../../inference/index.ts";
import type * as reproduction from "../../reproduction/index.ts";
import type { AnyTask, checkOptions, describeOptions, optionProblem } from "../../tasks/index.ts";
import type {
  crossValidate,
  crossValidateMultiTask,
  fineTuneMultiTask,
  FineTuneOptions,
  FineTuneResult,
  readFoldFolders,
  searchHyperparameters,
  TrainingEvent,
} from "../../training/index.ts";

export type { OnnxPrecision, WeightFormat };

export type Precision = NonNullable<LoadModelOptions["precision"]>;

export interface SourceDocument {
  id: string;
  text: string;
}

export interface InferenceRoom {
  loadModel(directory: string, options?: LoadModelOptions): Promise<Model>;
  annotateAll(
    model: Model,
    documents: AsyncIterable<SourceDocument>,
    options?: AnnotateOptions,
  ): AsyncIterable<AnnotatedDocument>;
  exportOnnx(
    directory: string,
    precision: OnnxPrecision,
    options?: Parameters<typeof exportOnnx>[2],
  ): Promise<Uint8Array>;
  convertWeights(
    directory: string,
    format: WeightFormat,
    options?: Parameters<typeof convertWeights>[2],
  ): Promise<Record<string, Uint8Array[]>>;
  ONNX_FILES: Readonly<Record<OnnxPrecision, string>>;
}

export interface TrainingRoom {
  fineTune(task: AnyTask, options: FineTuneOptions): AsyncGenerator<TrainingEvent, FineTuneResult>;
  crossValidate: typeof crossValidate;
  crossValidateMultiTask: typeof crossValidateMultiTask;
  fineTuneMultiTask: typeof fineTuneMultiTask;
  searchHyperparameters: typeof searchHyperparameters;
  readFoldFolders: typeof readFoldFolders;
}

export interface TasksRoom {
  taskList: readonly AnyTask[];
  describeOptions: typeof describeOptions;
  optionProblem: typeof optionProblem;
  checkOptions: typeof checkOptions;
}

export interface EvaluationRoom {
  evaluateNer(options: NerEvaluationOptions): Promise<NerEvaluation>;
  evaluateOffsets(options: EvaluationOptions): Promise<OffsetEvaluation>;
  evaluateBc2gm: typeof evaluateBc2gm;
  evaluateTask: typeof evaluateTask;
  predictTask: typeof predictTask;
}

export interface HubRoom {
  pullModel(name: string, options?: PullOptions): Promise<PulledModel>;
  resolveModel(nameOrPath: string, options?: ResolveOptions): Promise<string>;
  KNOWN_MODELS: readonly KnownModel[];
  pullDataset: typeof pullDataset;
}

export interface DatasetsRoom {
  DATASETS: typeof DATASETS;
  datasetOf: typeof datasetOf;
  knownOverlap: typeof knownOverlap;
  knownFile: typeof knownFile;
  checkDatasets: typeof checkDatasets;
  readCorpus: typeof readCorpus;
  bratFolder: typeof bratFolder;
  encodeCorpus: typeof encodeCorpus;
  encodeQuestions: typeof encodeQuestions;
  readExamples: typeof readExamples;
  taskFile: typeof taskFile;
}

/** All of the catalogue: its commands are many, and none is replaced in a test. */
export type CatalogueRoom = typeof catalogue;

/** All of reproduction: what it does is made of the other rooms. */
export type ReproductionRoom = typeof reproduction;

export interface CommandRooms {
  inference(): Promise<InferenceRoom>;
  training(): Promise<TrainingRoom>;
  evaluation(): Promise<EvaluationRoom>;
  tasks(): Promise<TasksRoom>;
  hub(): Promise<HubRoom>;
  catalogue(): Promise<CatalogueRoom>;
  datasets(): Promise<DatasetsRoom>;
  reproduction(): Promise<ReproductionRoom>;
}

/** The real rooms. */
export const lazyRooms: CommandRooms = {
  inference: () => import("../../inference/index.ts"),
  training: () => import("../../training/index.ts"),
  evaluation: () => import("../../evaluation/index.ts"),
  tasks: () => import("../../tasks/index.ts"),
  hub: () => import("../../hub/index.ts"),
  catalogue: () => import("../../catalogue/index.ts"),
  datasets: () => import("../../data/index.ts"),
  reproduction: () => import("../../reproduction/index.ts"),
};
