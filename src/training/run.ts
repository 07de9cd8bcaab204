// What a run starts from and knows of its task.

import { parseBertConfig, requireVocabularySize, type BertConfig } from "../bert/index.ts";
import { BiobertError, describeWarning, type Warning } from "../core/index.ts";
import { isFileIn, isSameDirectory, readModelFiles, type ModelFiles } from "../data/index.ts";
import type { AnyTask, EncodeContext } from "../tasks/index.ts";
import {
  tokenizerOptionsFromConfig,
  Vocabulary,
  WordPieceTokenizer,
  type TokenizerOptions,
} from "../tokenizer/index.ts";
import type { TrainingEvent } from "./events.ts";
import type { FineTuneOptions, FineTuneResult } from "./options.ts";
import type { LoopResult } from "./loop.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import type { OverlapCheck } from "./overlap-check.ts";
import type { Stage } from "./stages.ts";

/** A model to start from, opened but for its weights. */
export interface Start {
  config: BertConfig;
  vocabulary: string;
  tokenizerOptions: TokenizerOptions;
  tokenizer: WordPieceTokenizer;
  weightsPath: string;
  weightsFiles: string[];
  files: ModelFiles;
  notes: Warning[];
}

/** Opens a start. Errors: those of reading models; `model-missing` where there are no weights in full precision. */
export async function readStart(
  options: Pick<FineTuneOptions, "modelDirectory" | "configPath" | "vocabularyPath">,
): Promise<Start> {
  const files = await readModelFiles(options.modelDirectory, options);
  if (files.weightsPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "training needs weights in full precision; this directory has only ONNX files",
      place: { file: options.modelDirectory },
      hint: "Start from the directory that the ONNX files were made from, or from another BERT with its weights in full precision.",
    });
  }
  const config = parseBertConfig(files.config, `${options.modelDirectory}/config.json`);
  const tokenizerOptions = tokenizerOptionsFromConfig(files.tokenizerConfig);
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  requireVocabularySize(vocabulary.size, config.vocabSize, options.modelDirectory);
  const tokenizer = new WordPieceTokenizer(vocabulary, tokenizerOptions);
  return {
    config,
    vocabulary: files.vocabulary,
    tokenizerOptions,
    tokenizer,
    weightsPath: files.weightsPath,
    weightsFiles: files.weightsFiles,
    files,
    notes: files.notes,
  };
}

/** What a run knows of its task. */
export interface Run {
  task: AnyTask;
  start: Start;
  options: FineTuneOptions;
  context: EncodeContext<Record<string, unknown>>;
  /** Under a bound on memory. */
  plan?: MemoryPlan;
  overlap: OverlapCheck["overlap"];
  stage: Stage;
  /** A weight for each label, where they are not alike. */
  classWeights?: readonly number[];
}

/** A warning as an event. */
export function warningEvent(warning: Warning): TrainingEvent {
  return { type: "warning", code: warning.code, message: describeWarning(warning) };
}

/** Refuses lengths that the model has no positions for, and an output over the start, whose place is that of its files. */
export async function checkPlaces(
  { config, weightsFiles }: Start,
  options: Pick<FineTuneOptions, "maxLength" | "modelDirectory" | "outputDirectory">,
): Promise<void> {
  if (options.maxLength < 3 || options.maxLength > config.maxPositions) {
    throw new BiobertError({
      code: "usage",
      message: `--max-length ${options.maxLength} is not from 3 to the model's ${config.maxPositions} positions`,
    });
  }
  const { modelDirectory, outputDirectory } = options;
  const isStart = [
    await isSameDirectory(modelDirectory, outputDirectory),
    ...(await Promise.all(weightsFiles.map((file) => isFileIn(file, outputDirectory)))),
  ];
  if (isStart.includes(true)) {
    throw new BiobertError({
      code: "usage",
      message: "the output would overwrite the model that training starts from",
      place: { file: options.outputDirectory },
      hint: "Give another --out.",
    });
  }
}

/** What a run's caller hears of its end: the scores of the model that is kept, and the best evaluation. */
export function resultOf({ best, last, lastEpoch }: LoopResult, keep: "best" | "last"): FineTuneResult {
  const kept = keep === "last" ? last : best?.metrics;
  return {
    lastEpoch,
    ...(kept === undefined ? {} : { metrics: kept }),
    ...(best === undefined ? {} : { bestEpoch: best.epoch, best }),
  };
}
