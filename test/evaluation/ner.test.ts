// Scores of a fine-tuned model against what a careful reader would count: tag by tag from its logits, and span by span
// from its annotations.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  evaluateBc2gm,
  evaluateNer,
  evaluateOffsets,
  predictTask,
  type EvaluationOptions,
} from "../../src/evaluation/index.ts";
import { annotate, loadModel, type Model } from "../../src/inference/index.ts";
import { entityConfidences } from "../../src/tasks/index.ts";
import {
  tinySentences,
  tinyWorkspace,
  trainAll,
  writeConll,
  writeTinyModel,
  type TaggedWords,
} from "../support/tiny-model.ts";

const space = tinyWorkspace("evaluate", { train: 150, dev: 16 });
const sentences = tinySentences(60, 12);
const data = writeConll(join(space.folder, "data.tsv"), sentences);
const directory = join(space.folder, "trained");
const options = (changes: Partial<EvaluationOptions> = {}): EvaluationOptions => ({
  modelDirectory: directory,
  files: [data],
  threads: 1,
  ...changes,
});
let model: Model;

beforeAll(async () => {
  // Not trained to the end: a model that is always right would hide half of what a score counts.
  const { error } = await trainAll(space.options("trained", { epochs: 2, devFiles: [] }));
  if (error !== undefined) throw error;
  model = await loadModel(directory, { threads: 1 });
});
afterAll(async () => {
  await model.dispose();
  rmSync(space.folder, { recursive: true, force: true });
});

/** The model's tags of one sentence, read off the first piece of each word; no batch, no padding, none of our coding. */
async function tagsByHand(words: readonly string[]): Promise<string[]> {
  const { vocabulary } = model.tokenizer;
  const ids = [vocabulary.clsId];
  const firsts = words.map((word) => {
    const at = ids.length;
    ids.push(...model.tokenizer.tokenize(word).ids);
    return at;
  });
  ids.push(vocabulary.sepId);
  const inputIds = Int32Array.from(ids);
  const logits = await model.run({ inputIds, attentionMask: inputIds.map(() => 1), batch: 1, sequence: ids.length });
  return firsts.map((at) => {
    const row = [...logits.subarray(at * model.labels.length, (at + 1) * model.labels.length)];
    return model.labels[row.indexOf(Math.max(...row))]!;
  });
}

/** Entities as `start end`, each from its B or from an I that follows no entity. */
function entitiesByHand(tags: readonly string[]): string[] {
  const found: string[] = [];
  let start = -1;
  for (let i = 0; i <= tags.length; i++) {
    const kind = (tags[i] ?? "O")[0];
    if (start >= 0 && kind !== "I") {
      found.push(`${start} ${i}`);
      start = -1;
    }
    if (kind === "B" || (kind === "I" && start < 0)) start = i;
  }
  return found;
}

function scoresOf(gold: readonly string[][], predicted: readonly string[][]) {
  const goldCount = gold.flat().length;
  const predictedCount = predicted.flat().length;
  const correctCount = gold.flatMap((own, i) => own.filter((entity) => predicted[i]!.includes(entity))).length;
  const precision = (100 * correctCount) / predictedCount;
  const recall = (100 * correctCount) / goldCount;
  return {
    goldCount,
    predictedCount,
    correctCount,
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall),
  };
}

function expectScores(found: object, expected: Record<string, number>): void {
  for (const [name, value] of Object.entries(expected)) {
    expect((found as Record<string, number>)[name], `${name} of the score`).toBeCloseTo(value, 10);
  }
}

describe("evaluateNer", () => {
  it("gives conlleval's numbers of the model's own tags, untyped gold tags taken as its one type", async () => {
    const { report, sentences: scored, model: evaluated } = await evaluateNer(options());
    const byHand: string[][] = [];
    for (const { tokens } of sentences) byHand.push(await tagsByHand(tokens));
    expect(scored.map(({ predicted }) => predicted)).toEqual(byHand);
    const gold = sentences.map(({ tags }) => tags.map((tag) => (tag === "O" ? tag : `${tag}-Disease`)));
    expect(scored.map((sentence) => sentence.gold)).toEqual(gold);
    expect(scored.map(({ tokens }) => tokens)).toEqual(sentences.map(({ tokens }) => tokens));

    const expected = scoresOf(gold.map(entitiesByHand), byHand.map(entitiesByHand));
    expect(expected.correctCount, "right and wrong, both").toBeGreaterThan(0);
    expect(expected.correctCount).toBeLessThan(Math.max(expected.goldCount, expected.predictedCount));
    expectScores(report.overall, expected);
    expect(Object.keys(report.byType)).toEqual(["Disease"]);
    expectScores(report.byType["Disease"]!, expected);
    const pairs = gold.flatMap((tags, i) => tags.map((tag, k) => tag === byHand[i]![k]));
    expect(report.tokenCount).toBe(pairs.length);
    expect(report.tokenAccuracy).toBeCloseTo((100 * pairs.filter(Boolean).length) / pairs.length, 10);
    expect(evaluated).toEqual({
      weightsFile: "model.safetensors",
      weightsPaths: [join(directory, "model.safetensors")],
      precision: "fp32",
      parameters: model.info.parameters,
      seeds: [7],
    });
  });

  it("says how far the confidence in every word and in every predicted entity can be believed", async () => {
    const { calibration, report, sentences: scored } = await evaluateNer(options());
    const { words, entities } = calibration!;
    expect(words.count).toBe(report.tokenCount);
    expect(entities.count).toBe(report.overall.predictedCount);
    const share = ({ bins, count }: typeof words): number =>
      bins.reduce((sum, bin) => sum + bin.count * bin.accuracy, 0) / count;
    expect(100 * share(words)).toBeCloseTo(report.tokenAccuracy, 9);
    expect(100 * share(entities)).toBeCloseTo(report.overall.precision, 9);
    const [gold, predicted] = [
      ["B-X", "I-X", "O", "B-X"],
      ["B-X", "I-X", "B-X", "O"],
    ];
    const word = (at: number, confidence: number) => ({ confidence, right: true, place: { example: 0, word: at } });
    expect(entityConfidences([word(0, 0.9), word(1, 0.5), word(2, 0.6), word(3, 1)], [gold], [predicted])).toEqual([
      { confidence: 0.7, right: true },
      { confidence: 0.6, right: false },
    ]);
    expect(entityConfidences([word(0, 0.9)], [gold], [predicted]), "a word that was not read").toEqual([]);
    expect(scored).not.toHaveLength(0);
  });

  it("counts looser matches beside, and mentions of the training data apart from others", async () => {
    const {
      report,
      matches,
      bySeen,
      sentences: scored,
    } = await evaluateNer({ ...options(), trainedOn: [space.train] });
    expect(matches.exact.overall).toEqual(report.overall);
    for (const rule of ["left", "right"] as const) {
      expect(matches[rule].overall.correctCount).toBeGreaterThanOrEqual(report.overall.correctCount);
      expect(matches.overlap.overall.correctCount).toBeGreaterThanOrEqual(matches[rule].overall.correctCount);
    }
    const trained = new Set(
      tinySentences(150, 1).flatMap(({ tokens, tags }) =>
        entitiesByHand(tags).map((entity) =>
          tokens.slice(...(entity.split(" ").map(Number) as [number, number])).join(" "),
        ),
      ),
    );
    const seen = scored.flatMap(({ tokens, gold }) =>
      entitiesByHand(gold).filter((entity) =>
        trained.has(tokens.slice(...(entity.split(" ").map(Number) as [number, number])).join(" ")),
      ),
    );
    const { seen: known, unseen } = bySeen!;
    expect(known.overall.goldCount).toBe(seen.length);
    expect(unseen.overall.goldCount, "some are new").toBe(report.overall.goldCount - seen.length);
    expect(known.overall.correctCount + unseen.overall.correctCount).toBe(report.overall.correctCount);
    expect((await evaluateNer(options())).bySeen).toBeUndefined();
  });

  it("takes several files as one corpus, each line in its place", async () => {
    const halves = [sentences.slice(0, 25), sentences.slice(25)].map((part, i) =>
      writeConll(join(space.folder, `half-${i}.tsv`), part),
    );
    const [whole, cut] = [await evaluateNer(options()), await evaluateNer(options({ files: halves }))];
    expect(cut.report).toEqual(whole.report);
    expect(cut.sentences[25]!.line).toBe(1);
  });

  it("scores typed gold of the same type alike, and refuses a type that the model does not have", async () => {
    const typed = (type: string): TaggedWords[] =>
      sentences.map(({ tokens, tags }) => ({
        tokens,
        tags: tags.map((tag) => (tag === "O" ? tag : `${tag}-${type}`)),
      }));
    const same = writeConll(join(space.folder, "typed.tsv"), typed("Disease"));
    expect((await evaluateNer(options({ files: [same] }))).report).toEqual((await evaluateNer(options())).report);
    const other = writeConll(join(space.folder, "genes.tsv"), typed("Gene"));
    const line = sentences.flatMap(({ tags }) => [...tags, ""]).findIndex((tag) => tag === "B") + 1;
    await expect(evaluateNer(options({ files: [other] }))).rejects.toMatchObject({
      code: "label-unknown",
      place: { file: other, line },
    });
  });

  it("does not guess a type where the model has several", async () => {
    const labels = ["O", "B-Disease", "I-Disease", "B-Gene", "I-Gene"];
    const modelDirectory = await writeTinyModel(join(space.folder, "several"), labels);
    await expect(evaluateNer(options({ modelDirectory }))).rejects.toMatchObject({ code: "label-unknown" });
  });

  it("scores untyped tags by a model whose labels have no type", async () => {
    const modelDirectory = await writeTinyModel(join(space.folder, "untyped"), ["O", "B", "I"]);
    const { report } = await evaluateNer(options({ modelDirectory }));
    expect(report.overall.goldCount).toBe(sentences.flatMap(({ tags }) => entitiesByHand(tags)).length);
  });

  it("has the same predictions for words alone as for words with tags", async () => {
    const words = join(space.folder, "words.txt");
    writeFileSync(words, sentences.map(({ tokens }) => `${tokens.join("\n")}\n`).join("\n"));
    const predict = async (file: string) =>
      (await predictTask({ ...options({ files: [file] }), task: "ner" })).predictions;
    const withoutIds = (predictions: Record<string, unknown>[]) => predictions.map(({ id: _, ...rest }) => rest);
    expect(withoutIds(await predict(words))).toEqual(withoutIds(await predict(data)));
  });

  it("stops when asked", async () => {
    await expect(evaluateNer(options({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: "interrupted" });
  });

  it("names a file that is not there", async () => {
    const gone = join(space.folder, "gone.tsv");
    await expect(evaluateNer(options({ files: [gone] }))).rejects.toMatchObject({
      code: "file-not-found",
      place: { file: gone },
    });
  });
});

describe("evaluateOffsets", () => {
  const documents = Array.from({ length: 12 }, (_, i) => {
    let text = "";
    const entities: { start: number; end: number }[] = [];
    // The title is the first sentence; an emoji before it makes code points and UTF-16 units differ.
    for (const [index, { tokens, tags }] of sentences.slice(5 * i, 5 * i + 5).entries()) {
      const starts = tokens.map((token, k) => {
        const start = text.length + (k === 0 ? (index === 0 ? 3 : 1) : 1);
        text += k === 0 ? (index === 0 ? `😀 ${token}` : ` ${token}`) : ` ${token}`;
        return start;
      });
      for (const entity of entitiesByHand(tags)) {
        const [from, to] = entity.split(" ").map(Number) as [number, number];
        entities.push({ start: starts[from]!, end: starts[to - 1]! + tokens[to - 1]!.length });
      }
    }
    return { id: String(1000 + i), text, entities };
  });

  function pubtator(typeOf: (index: number) => string): string {
    const points = (text: string): number => [...text].length;
    return documents
      .map(({ id, text, entities }) => {
        const cut = text.indexOf(" . ") + 2;
        const lines = entities.map(({ start, end }, index) =>
          [
            id,
            points(text.slice(0, start)),
            points(text.slice(0, end)),
            text.slice(start, end),
            typeOf(index),
            "D0",
          ].join("\t"),
        );
        return `${id}|t|${text.slice(0, cut)}\n${id}|a|${text.slice(cut + 1)}\n${lines.join("\n")}\n`;
      })
      .join("\n");
  }

  it("gives the exact spans that annotation finds, all gold types taken as the model's one", async () => {
    const file = join(space.folder, "gold.txt");
    writeFileSync(
      file,
      pubtator((index) => (index % 2 === 0 ? "SpecificDisease" : "Modifier")),
    );
    const found = await evaluateOffsets(options({ files: [file] }));
    const predicted: string[][] = [];
    for (const { text } of documents) {
      const { entities } = await annotate(model, text);
      predicted.push(entities.map(({ start, end }) => `${start} ${end}`));
    }
    const gold = documents.map(({ entities }) => entities.map(({ start, end }) => `${start} ${end}`));
    const expected = scoresOf(gold, predicted);
    expect(expected.correctCount, "the offsets are those of the text").toBeGreaterThan(0.3 * expected.goldCount);
    expectScores(found.overall, expected);
    expect(Object.keys(found.byType)).toEqual(["Disease"]);
    expect(found.documents).toBe(12);
    expect(found.model.precision).toBe("fp32");
  });

  it("stops when asked", async () => {
    const file = join(space.folder, "stopped.txt");
    writeFileSync(
      file,
      pubtator(() => "Disease"),
    );
    const stopped = evaluateOffsets(options({ files: [file], signal: AbortSignal.abort() }));
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("evaluateBc2gm", () => {
  it("counts an alternative as right, offsets without spaces and ends inclusive", async () => {
    const texts = sentences.slice(0, 20).map(({ tokens }) => tokens.join(" "));
    const gold: string[] = [];
    const alternatives: string[] = [];
    let found = 0;
    for (const [i, text] of texts.entries()) {
      for (const { start, end } of (await annotate(model, text)).entities) {
        const first = text.slice(0, start).replaceAll(" ", "").length;
        const last = first + text.slice(start, end).replaceAll(" ", "").length - 1;
        // Every second one is right as an alternative of a gold gene that is one character shorter.
        if (found++ % 2 === 0) gold.push(`S${i}|${first} ${last}|x`);
        else {
          gold.push(`S${i}|${first} ${last - 1}|x`);
          alternatives.push(`S${i}|${first} ${last}|x`);
        }
      }
    }
    expect(found).toBeGreaterThan(4);
    const write = (name: string, lines: readonly string[]): string => {
      const path = join(space.folder, name);
      writeFileSync(path, `${lines.join("\n")}\n`);
      return path;
    };
    const files = {
      sentences: write(
        "test.in",
        texts.map((text, i) => `S${i} ${text}`),
      ),
      gold: write("GENE.eval", gold),
      alternatives: write("ALTGENE.eval", alternatives),
    };
    const { report, strict, sentences: count } = await evaluateBc2gm(options(), files);
    expect(count).toBe(20);
    expect(report).toMatchObject({ f1: 100, goldCount: found, byAlternative: alternatives.length });
    expect(strict).toMatchObject({ truePositives: found - alternatives.length });
    await expect(evaluateBc2gm(options(), { ...files, gold: data })).rejects.toMatchObject({
      code: "input-format",
      place: { file: data },
    });
  });
});
