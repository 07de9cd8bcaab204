// Runs a command in this process: streams that remember, a folder that goes away, and rooms that stand in for the model.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { CommandContext, OutputStream } from "../../src/cli/common/context.ts";
import { main } from "../../src/cli/main.ts";
import type { CommandRooms, SourceDocument } from "../../src/cli/common/rooms.ts";
import { BiobertError } from "../../src/core/index.ts";
import type { EvaluationOptions, NerEvaluation, OffsetEvaluation } from "../../src/evaluation/index.ts";
import type { AnnotatedDocument, Entity, Model } from "../../src/inference/index.ts";
import { scoreEntities, scoreTagMatches } from "../../src/metrics/index.ts";
import type { NerTrainingOptions, NerTrainingResult, TrainingEvent } from "../../src/training/index.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "biobert-cli-"));
  folders.push(folder);
  return folder;
}

/** An output stream that keeps what it is given; after `failAfter` writes it fails with `failWith`. */
export class MemoryStream implements OutputStream {
  text = "";
  isTTY: boolean;
  columns = 80;
  writes = 0;
  failAfter = Infinity;
  failWith = "EPIPE";
  private listeners: ((error: Error) => void)[] = [];

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string, done?: (error?: Error | null) => void): boolean {
    this.writes++;
    const error =
      this.writes > this.failAfter ? Object.assign(new Error(this.failWith), { code: this.failWith }) : undefined;
    if (error === undefined) this.text += text;
    queueMicrotask(() => {
      done?.(error);
      if (error !== undefined) for (const listener of this.listeners) listener(error);
    });
    return true;
  }

  on(_event: "error", listener: (error: Error) => void): this {
    this.listeners.push(listener);
    return this;
  }
}

export interface RunResult {
  code: number;
  out: string;
  err: string;
  stdout: MemoryStream;
}

/** Runs one command line with fake rooms and returns all it said. */
export async function run(
  argv: string[],
  options: Partial<CommandContext> & { input?: Iterable<string | Uint8Array>; terminal?: boolean } = {},
): Promise<RunResult> {
  const { input, terminal = false, ...replace } = options;
  const stdout = (replace.stdout as MemoryStream | undefined) ?? new MemoryStream(terminal);
  const stderr = new MemoryStream(terminal);
  const code = await main(argv, {
    stdin: streamOf(input ?? []),
    stderr,
    environment: {},
    rooms: fakeRooms(),
    ...("signal" in replace ? {} : { signal: new AbortController().signal }),
    ...replace,
    stdout,
  });
  return { code, out: stdout.text, err: stderr.text, stdout };
}

async function* streamOf(chunks: Iterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

/** Every "fever" is a Symptom and every "... cancer" a Disease. */
export function findFakeEntities(text: string): Entity[] {
  return [...text.matchAll(/fever|\w+ cancer/g)].map((match) => ({
    type: match[0] === "fever" ? "Symptom" : "Disease",
    mention: match[0],
    start: match.index,
    end: match.index + match[0].length,
    score: match[0] === "fever" ? 0.5 : 0.987_654,
  }));
}

export interface FakeLog {
  loaded: { directory: string; options: unknown }[];
  disposed: number;
  annotated: SourceDocument[];
  annotateOptions: unknown;
  /** The name of the task that was trained, and with which options. */
  task?: string;
  training?: NerTrainingOptions;
}

export interface FakeOptions {
  log?: FakeLog;
  /** Called before each document is handed out. */
  onDocument?: (document: SourceDocument) => void;
  training?: (options: NerTrainingOptions) => AsyncGenerator<TrainingEvent, NerTrainingResult>;
}

export function fakeLog(): FakeLog {
  return { loaded: [], disposed: 0, annotated: [], annotateOptions: undefined };
}

export function fakeRooms({ log = fakeLog(), onDocument, training = fakeTraining }: FakeOptions = {}): CommandRooms {
  return {
    inference: async () => ({
      loadModel: async (directory, options) => {
        if (directory === "no-such-model") {
          throw new BiobertError({
            code: "model-missing",
            message: "there is no config.json",
            place: { file: directory },
            hint: "Give a model directory.",
          });
        }
        log.loaded.push({ directory, options });
        return {
          dispose: async () => {
            log.disposed++;
          },
        } as Partial<Model> as Model;
      },
      exportOnnx: (directory, precision) => Promise.resolve(new TextEncoder().encode(`${precision} of ${directory}`)),
      convertWeights: async (directory, format) => ({
        [`${format}.weights`]: [new TextEncoder().encode(`${format} of `), new TextEncoder().encode(directory)],
      }),
      ONNX_FILES: { fp32: "onnx/model.onnx", fp16: "onnx/model_fp16.onnx", int8: "onnx/model_quantized.onnx" },
      async *annotateAll(_model, documents, options): AsyncGenerator<AnnotatedDocument> {
        log.annotateOptions = options;
        for await (const document of documents) {
          onDocument?.(document);
          log.annotated.push(document);
          yield { ...document, entities: findFakeEntities(document.text), windows: 1, pieces: 1 };
        }
      },
    }),
    training: async () => ({
      ...(await import("../../src/training/index.ts")),
      fineTune: (task, options) => {
        const { taskOptions = {} } = options;
        const typeName = taskOptions["type"] as string | undefined;
        log.task = task.name;
        log.training = { ...options, ...(typeName === undefined ? {} : { typeName }) };
        return training(log.training);
      },
    }),
    hub: () => import("../../src/hub/index.ts"),
    catalogue: () => import("../../src/catalogue/index.ts"),
    datasets: () => import("../../src/data/index.ts"),
    reproduction: () => import("../../src/reproduction/index.ts"),
    tasks: () => import("../../src/tasks/index.ts"),
    evaluation: async () => ({
      evaluateNer: fakeEvaluation,
      evaluateOffsets: fakeOffsets,
      evaluateBc2gm: (options, files) =>
        import("../../src/evaluation/index.ts").then((room) => room.evaluateBc2gm(options, files)),
      evaluateTask: (options) => import("../../src/evaluation/index.ts").then((room) => room.evaluateTask(options)),
      predictTask: (options) => import("../../src/evaluation/index.ts").then((room) => room.predictTask(options)),
    }),
  };
}

/** Four steps in two epochs; the loss falls, the second epoch is the better one. */
export async function* fakeTraining(options: NerTrainingOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
  const first = options.resume ? 2 : 0;
  yield { type: "warning", code: "sentences-cut", message: "1 sentence was cut" };
  yield {
    type: "start",
    examples: 64,
    epochs: 2,
    steps: 4,
    parameters: 22_000_000,
    ...(options.resume ? { resumedFromStep: 2 } : {}),
  };
  for (let step = first + 1; step <= 4; step++) {
    if (options.signal?.aborted) {
      yield { type: "checkpoint", step: step - 1, path: "checkpoint" };
      throw new BiobertError({ code: "interrupted", message: "training was stopped" });
    }
    const epoch = Math.ceil(step / 2);
    yield {
      type: "step",
      step,
      epoch,
      loss: 2 / step,
      learningRate: options.learningRate / step,
      gradientNorm: 1.5,
      tokens: 1000,
      seconds: 0.5,
    };
    if (step % 2 === 0) {
      yield {
        type: "evaluation",
        step,
        epoch,
        metrics: { precision: 70 + step, recall: 80 + step, f1: 75 + step },
        best: true,
      };
    }
  }
  yield { type: "end", steps: 4, seconds: 2, bestMetric: 79, bestEpoch: 2 };
  return { lastEpoch: 2 };
}

const SENTENCES = [
  {
    tokens: ["Breast", "cancer", "<b>"],
    gold: ["B-Disease", "I-Disease", "O"],
    predicted: ["B-Disease", "I-Disease", "O"],
  },
  {
    tokens: ["lung", "cancer", "and", "fever"],
    gold: ["B-Disease", "I-Disease", "O", "O"],
    predicted: ["O", "B-Disease", "O", "B-Disease"],
    line: 5,
  },
];

function fakeEvaluated({ modelDirectory }: EvaluationOptions): NerEvaluation["model"] {
  const weightsPaths = [join(modelDirectory, "model.safetensors")];
  return { weightsFile: "model.safetensors", weightsPaths, precision: "fp32", parameters: 123_456, seeds: [7] };
}

export async function fakeEvaluation(options: EvaluationOptions): Promise<NerEvaluation> {
  const report = scoreEntities(
    SENTENCES.map(({ gold }) => gold),
    SENTENCES.map(({ predicted }) => predicted),
    { tokens: SENTENCES.map(({ tokens }) => tokens) },
  );
  const matches = scoreTagMatches(
    SENTENCES.map(({ gold }) => gold),
    SENTENCES.map(({ predicted }) => predicted),
  );
  return { report, matches, sentences: SENTENCES, model: fakeEvaluated(options), warnings: [] };
}

async function fakeOffsets(options: EvaluationOptions): Promise<OffsetEvaluation> {
  const overall = { precision: 80, recall: 60, f1: 68.57, goldCount: 10, predictedCount: 8, correctCount: 6 };
  const model = fakeEvaluated(options);
  return { overall, byType: { Disease: overall }, documents: 3, model };
}
