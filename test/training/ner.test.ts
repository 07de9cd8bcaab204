// Fine-tuning: a tiny BERT learns, keeps its best epoch, says what is wrong before it trains, and leaves no half of a model.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BiobertError, VERSION } from "../../src/core/index.ts";
import { cpuModel, readTensors, type HeadTraining } from "../../src/data/index.ts";
import { engineVersion } from "../../src/engine/index.ts";
import { evaluateNer } from "../../src/evaluation/index.ts";
import type { TrainingEvent } from "../../src/training/index.ts";
import { tinySentences, tinyWorkspace, trainAll, writeConll, writeTinyModel } from "../support/tiny-model.ts";

const large = tinyWorkspace("learn");
const small = tinyWorkspace("train", { train: 32, dev: 16 }, { num_hidden_layers: 1 });
afterAll(() => {
  for (const { folder } of [large, small]) rmSync(folder, { recursive: true, force: true });
});

type EventOf<T extends TrainingEvent["type"]> = Extract<TrainingEvent, { type: T }>;

function eventsOf<T extends TrainingEvent["type"]>(events: readonly TrainingEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

function codeOf(error: unknown): string {
  return error instanceof BiobertError ? error.code : String(error);
}

function hashOf(path: string): string | undefined {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : undefined;
}

/** Every file below a folder with its content's hash. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => join(entry.parentPath, entry.name)).map((path) => [path, hashOf(path)!]),
  );
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a fine-tuning", () => {
  it("learns: the loss falls, dev F1 rises, and the best epoch's model is what stays", async () => {
    const options = large.options("learnt");
    const weights = join(options.outputDirectory, "model.safetensors");
    const afterEvaluation: (string | undefined)[] = [];
    const { events, result, error } = await trainAll(options, (event) => {
      if (event.type === "evaluation") afterEvaluation.push(hashOf(weights));
    });
    expect(error).toBeUndefined();

    const steps = eventsOf(events, "step");
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 3 * 38 }, (_, i) => i + 1));
    const losses = steps.map(({ loss }) => loss);
    expect(mean(losses.slice(0, 10))).toBeGreaterThan(0.3);
    expect(mean(losses.slice(-10))).toBeLessThan(0.1 * mean(losses.slice(0, 10)));
    const rates = steps.map(({ learningRate }) => learningRate);
    expect(rates[0]).toBe(0);
    expect(Math.max(...rates)).toBe(options.learningRate);
    expect(rates.indexOf(options.learningRate)).toBe(Math.floor(0.1 * 114));
    expect(rates.at(-1)).toBeLessThan(0.02 * options.learningRate);
    const tokens = [1, 2, 3].map((epoch) =>
      steps.filter((step) => step.epoch === epoch).reduce((sum, step) => sum + step.tokens, 0),
    );
    expect(new Set(tokens).size, "each epoch sees every token").toBe(1);

    const evaluations = eventsOf(events, "evaluation");
    const scores = evaluations.map(({ metrics }) => metrics["f1"]!);
    expect(Math.max(...scores)).toBeGreaterThan(90);
    expect(scores[0]).toBeLessThan(Math.max(...scores));
    const best = scores.indexOf(Math.max(...scores)); // the earlier of equals
    expect(result).toMatchObject({
      metrics: evaluations[best]!.metrics,
      bestEpoch: best + 1,
      best: { selectedBy: "f1" },
    });
    expect(events.at(-1)).toMatchObject({ type: "end", steps: 114, bestMetric: scores[best], bestEpoch: best + 1 });
    expect(hashOf(weights)).toBe(afterEvaluation[best]);

    const { report } = await evaluateNer({ modelDirectory: options.outputDirectory, files: [large.dev], threads: 1 });
    expect(report.overall.f1, "the files are the model that was scored").toBe(scores[best]);
    expect(report.tokenAccuracy).toBe(evaluations[best]!.metrics["tokenAccuracy"]);
  });

  it("keeps the last epoch when asked, and without dev files", async () => {
    const withDev = small.options("last", { keep: "last", epochs: 2 });
    const withoutDev = small.options("no-dev", { devFiles: [], keep: "best", epochs: 2 });
    const runs = [await trainAll(withDev), await trainAll(withoutDev)];
    expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(runs[0]!.result!.metrics).toEqual(eventsOf(runs[0]!.events, "evaluation").at(-1)!.metrics);
    expect(runs[1]!.result).toEqual({ lastEpoch: 2 });
    for (const { outputDirectory } of [withDev, withoutDev]) {
      const model = (await readTensors(join(outputDirectory, "model.safetensors"))).tensors;
      const checkpoint = (await readTensors(join(outputDirectory, "checkpoint.safetensors"))).tensors;
      const last = checkpoint.get("parameters")!.data as Float32Array;
      const table = model.get("bert.embeddings.word_embeddings.weight")!.data as Float32Array;
      expect([...last.subarray(0, table.length)]).toEqual([...table]);
    }
  });

  it("leaves a model that knows its seed, command, data, recipe and versions, and the result of scoring it does too", async () => {
    const command = "biobert fine-tune ner --seed 11";
    const options = small.options("record", { seed: 11, epochs: 1, command });
    expect((await trainAll(options)).error).toBeUndefined();
    const manifest = JSON.parse(readFileSync(join(options.outputDirectory, "biobert.json"), "utf8")) as {
      heads: { training: HeadTraining }[];
    };
    const { training } = manifest.heads[0]!;
    const weights = hashOf(join(small.start, "model.safetensors"))!;
    expect(training).toMatchObject({
      seed: 11,
      command,
      sha256: { start: weights, train: hashOf(small.train)!, dev: hashOf(small.dev)! },
      environments: [{ biobert: VERSION, onnxruntime: engineVersion(), cpu: cpuModel() }],
    });
    const { epochs, batchSize, learningRate, dropout, maxLength, keep } = options;
    expect(training.recipe).toMatchObject({ epochs, batchSize, learningRate, dropout, maxLength, keep });
    expect(JSON.stringify(training.recipe), "no path and nothing that changes no number").not.toMatch(
      /threads|Directory|Files|biobert/,
    );
    const { model } = await evaluateNer({ modelDirectory: options.outputDirectory, files: [small.dev] });
    expect(model.seeds).toEqual([11]);
  });

  it("gives the same losses with four batches an update as with one of four times the size, dropout on", async () => {
    const changes = { epochs: 1, learningRate: 1e-3, devFiles: [] };
    const whole = await trainAll(small.options("whole", { ...changes, batchSize: 16 }));
    const parts = await trainAll(small.options("parts", { ...changes, batchSize: 4, accumulationSteps: 4 }));
    const expected = eventsOf(whole.events, "step");
    const found = eventsOf(parts.events, "step");
    expect(found.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    found.forEach(({ loss, gradientNorm }, i) => {
      expect(Math.abs(loss / expected[i]!.loss - 1), `loss of step ${i + 1}`).toBeLessThan(1e-5);
      expect(Math.abs(gradientNorm / expected[i]!.gradientNorm - 1), `norm of step ${i + 1}`).toBeLessThan(1e-4);
    });
    const without = await trainAll(small.options("dry", { ...changes, batchSize: 16, dropout: 0 }));
    const gap = Math.abs(eventsOf(without.events, "step")[0]!.loss / expected[0]!.loss - 1);
    expect(gap, "dropout was on").toBeGreaterThan(1e-4);
  });

  it("cuts a sentence that is too long, says so, and still predicts every token of it", async () => {
    const parts = tinySentences(12, 5);
    const long = { tokens: parts.flatMap(({ tokens }) => tokens), tags: parts.flatMap(({ tags }) => tags) };
    const train = writeConll(join(small.folder, "long.tsv"), [long, ...tinySentences(20, 6)]);
    const dev = writeConll(join(small.folder, "long-dev.tsv"), [long, tinySentences(1, 7)[0]!, long]);
    const options = small.options("long", { trainFiles: [train], devFiles: [dev], maxLength: 32, epochs: 1 });
    const { events, error } = await trainAll(options);
    expect(error).toBeUndefined();
    const warnings = eventsOf(events, "warning").filter(({ code }) => code === "sentences-cut");
    expect(warnings.map(({ message }) => message)).toEqual([
      `${train}: 1 sentence is longer than 32 pieces, cut between words and read in parts`,
      `${dev}: 2 sentences are longer than 32 pieces, cut between words and read in parts`,
    ]);
    const kinds = events.map(({ type }) => type);
    expect(kinds.lastIndexOf("warning"), "before training begins").toBeLessThan(kinds.indexOf("start"));
    expect(eventsOf(events, "start")[0]!.examples).toBeGreaterThanOrEqual(20 + long.tokens.length / 30);
    const evaluation = await evaluateNer({ modelDirectory: options.outputDirectory, files: [train] });
    expect(evaluation.sentences[0]!.predicted).toHaveLength(long.tokens.length);
    expect(evaluation.warnings).toMatchObject([{ code: "sentences-cut", place: { file: train } }]);
    expect(evaluation.warnings[0]!.message).toMatch(/^1 sentence is longer than 64 pieces/);
  });
});

describe("what is wrong", () => {
  it("is found before training: a dev label that training does not have, with its file and line", async () => {
    const dev = join(small.folder, "typed.tsv");
    writeFileSync(dev, "no\tO\ncase\tO\n\nof\tO\nataxia\tE\n");
    const { error, events } = await trainAll(small.options("unknown", { devFiles: [dev] }));
    expect(error).toMatchObject({ code: "label-unknown", place: { file: dev, line: 5 } });
    expect(eventsOf(events, "start")).toEqual([]);
    expect(existsSync(join(small.folder, "unknown"))).toBe(false);
  });

  it("is warned of with its place", async () => {
    const train = join(small.folder, "inside.tsv");
    writeFileSync(train, "renal\tB\nfailure\tI\n\nan\tO\nataxia\tI\n\nbreast\tB\ncancer\tI\n");
    const { events } = await trainAll(small.options("inside", { trainFiles: [train], devFiles: [], epochs: 1 }));
    const messages = eventsOf(events, "warning").filter(({ code }) => code === "inside-without-begin");
    expect(messages.map(({ message }) => message.startsWith(`${train}:5: `))).toEqual([true]);
  });

  it.each([2, 0, -3, 65])("is a longest example of %i pieces", async (maxLength) => {
    const { error } = await trainAll(small.options("length", { maxLength }));
    expect(codeOf(error)).toBe("usage");
  });

  it("is an output that cannot be written", async () => {
    const { error, events } = await trainAll({ ...small.options(""), outputDirectory: join(small.train, "out") });
    expect(codeOf(error)).toBe("file-unwritable");
    expect(eventsOf(events, "step")).toEqual([]);
  });

  it("is an output over the start, which stays as it is", async () => {
    const before = contentOf(small.start);
    const options = { ...small.options(""), outputDirectory: join(small.start, ".") };
    for (const modelDirectory of [small.start, join(small.start, "model.safetensors")]) {
      const { error } = await trainAll({ ...options, modelDirectory });
      expect(codeOf(error)).toBe("usage");
    }
    expect(contentOf(small.start)).toEqual(before);
  });

  it("is a start with nothing but a quantised model", async () => {
    const start = await writeTinyModel(join(small.folder, "quantised-start"), ["O", "B", "I"]);
    rmSync(join(start, "model.safetensors"));
    mkdirSync(join(start, "onnx"));
    writeFileSync(join(start, "onnx", "model_quantized.onnx"), "");
    const { error } = await trainAll({ ...small.options("from-quantised"), modelDirectory: start });
    expect(codeOf(error)).toBe("model-missing");
  });

  it.each([
    ["in the course of an epoch", { learningRate: 1e6, epochs: 8 }],
    ["with the last update before an evaluation", { learningRate: 1e39, batchSize: 64, epochs: 1, warmupRatio: 0 }],
  ])("is a training that diverges %s: what is kept is finite, and no rest is left", async (_when, changes) => {
    const options = small.options(`diverged-${changes.learningRate}`, changes);
    const { error, events } = await trainAll(options);
    expect(codeOf(error)).toBe("training-diverged");
    expect(eventsOf(events, "step").every(({ loss, gradientNorm }) => Number.isFinite(loss + gradientNorm))).toBe(true);
    const kept = await Promise.all(
      Object.keys(contentOf(options.outputDirectory))
        .filter((path) => path.endsWith(".safetensors"))
        .map(async (path) => [...(await readTensors(path)).tensors.values()]),
    );
    for (const tensor of kept.flat()) expect((tensor.data as Float32Array).every(Number.isFinite)).toBe(true);
    expect(readdirSync(options.outputDirectory).filter((name) => name.includes("tmp"))).toEqual([]);
  });
});

describe("a directory that has a model already", () => {
  const OLD = ["O", "B-Gene", "I-Gene", "B-Species", "I-Species"];

  it("keeps it whole until the new one is there, and keeps nothing of it then", async () => {
    const out = await writeTinyModel(join(small.folder, "used"), OLD);
    mkdirSync(join(out, "onnx"));
    for (const name of ["model.onnx", "model_quantized.onnx"])
      writeFileSync(join(out, "onnx", name), "of the old weights");
    writeFileSync(join(out, "README.md"), "a card");
    // An earlier training left its events there.
    writeFileSync(join(out, "events.jsonl"), "");
    const before = contentOf(out);
    const stop = new AbortController();
    const { error } = await trainAll(small.options("used", { signal: stop.signal, epochs: 1 }), ({ type }) => {
      if (type === "step") stop.abort();
    });
    expect(codeOf(error)).toBe("interrupted");
    const { [join(out, "checkpoint.safetensors")]: checkpoint, ...rest } = contentOf(out);
    expect(checkpoint).toBeDefined();
    expect(rest).toEqual(before);

    expect((await trainAll(small.options("used", { resume: true, epochs: 1 }))).error).toBeUndefined();
    const after = contentOf(out);
    const changed = Object.keys(before).filter((path) => after[path] !== before[path]);
    const names = ["biobert.json", "config.json", "model.safetensors", "onnx/model.onnx", "onnx/model_quantized.onnx"];
    expect(changed.map((path) => path.slice(out.length + 1)).sort()).toEqual(names);
    expect(readdirSync(join(out, "onnx"))).toEqual([]);
  });

  it("is left alone where another training made it, or none that is known", async () => {
    const quantised = await writeTinyModel(join(small.folder, "quantised"), OLD);
    mkdirSync(join(quantised, "onnx"));
    writeFileSync(join(quantised, "onnx", "model_quantized.onnx"), "the only copy");
    rmSync(join(quantised, "model.safetensors"));
    const foreign = join(small.folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "pytorch_model.bin"), "downloaded");
    const relations = await writeTinyModel(join(small.folder, "relations"), OLD);
    const manifest = readFileSync(join(relations, "biobert.json"), "utf8").replace(
      '"task": "ner"',
      '"task": "relation"',
    );
    writeFileSync(join(relations, "biobert.json"), manifest);
    writeFileSync(join(relations, "checkpoint.safetensors"), "of a training for relations");
    for (const out of [quantised, foreign, relations]) {
      for (const resume of [false, true]) {
        const before = contentOf(out);
        const { error } = await trainAll({ ...small.options("", { resume, epochs: 1 }), outputDirectory: out });
        expect(error, `into ${out}`).toMatchObject({ code: "file-exists", place: { file: out } });
        expect(contentOf(out)).toEqual(before);
      }
    }
  });

  it("is trained anew where the same training made it, also where that was killed before its first checkpoint", async () => {
    const options = small.options("killed-early", { epochs: 1 });
    expect((await trainAll(options)).error).toBeUndefined();
    expect((await trainAll(options)).error, "a finished run again").toBeUndefined();
    const weights = hashOf(join(options.outputDirectory, "model.safetensors"));
    rmSync(join(options.outputDirectory, "checkpoint.safetensors"));
    for (const name of ["config.json", "vocab.txt", "model.safetensors"]) rmSync(join(options.outputDirectory, name));
    expect((await trainAll({ ...options, resume: true })).error).toBeUndefined();
    expect(hashOf(join(options.outputDirectory, "model.safetensors"))).toBe(weights);
    rmSync(join(options.outputDirectory, "checkpoint.safetensors"));
    const { error } = await trainAll({ ...options, seed: 8 });
    mkdirSync(join(options.outputDirectory, "onnx"));
    writeFileSync(join(options.outputDirectory, "onnx", "model_quantized.onnx"), "made by convert");
    expect(codeOf((await trainAll(options)).error), "converted by somebody").toBe("file-exists");
    expect(codeOf(error), "without a checkpoint, by another recipe").toBe("file-exists");
  });

  it("is left alone by a run that cannot resume there", async () => {
    const done = small.options("done", { epochs: 1 });
    expect((await trainAll(done)).error).toBeUndefined();
    const before = contentOf(done.outputDirectory);
    const typed = tinySentences(20, 3).map(({ tokens, tags }) => ({
      tokens,
      tags: tags.map((tag) => (tag === "O" ? tag : `${tag}-Gene`)),
    }));
    const train = writeConll(join(small.folder, "genes.tsv"), typed);
    const { error } = await trainAll({ ...done, trainFiles: [train], devFiles: [], resume: true });
    expect(codeOf(error)).toBe("checkpoint-mismatch");
    expect(contentOf(done.outputDirectory)).toEqual(before);
  });
});
