// The pipeline from text to entities: what it must give on any text, and what it must not depend on.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotate, annotateAll, type AnnotateOptions, type AnnotatedDocument } from "../../src/inference/index.ts";
import { phraseClassifier, vocabulary } from "./phrase-classifier.ts";

const PHRASES = { cancer: "Disease", "breast cancer": "Disease", ataxia: "Disease", gene: "Gene", β: "Gene" };

interface Source {
  id: string;
  text: string;
}

async function all(documents: Source[], options?: AnnotateOptions): Promise<AnnotatedDocument<Source>[]> {
  return collect(annotateAll(phraseClassifier(PHRASES), documents, options));
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const word = fc.constantFrom(
  "cancer",
  "breast cancer",
  "ataxia",
  "gene",
  "the",
  "patient",
  "had",
  "(",
  ").",
  ". ",
  ".\n\n",
  "The",
  "β",
  "😀",
  "e\u0301",
  "癌",
  "\u00ad",
  "\u200b",
  "\ufeff",
  "\r\n",
  "\t",
  "\ud83d",
  "\ude00",
  "x-y",
  "zzzzz",
  "[SEP]",
  "p < 0.05. ",
);
const text = fc
  .array(fc.tuple(word, fc.constantFrom(" ", " ", " ", "", "\n")), { maxLength: 60 })
  .map((parts) => parts.flat().join(""));
const documents = fc
  .array(text, { maxLength: 8 })
  .map((texts) => texts.map((value, index) => ({ id: String(index), text: value })));

function isInsidePair(value: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(value.slice(at - 1, at + 1));
}

describe("annotateAll", () => {
  it("gives spans that are the mention, apart, in order, inside no surrogate pair and no combined letter", async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom("sentence" as const, "document" as const), async (value, windows) => {
        const { entities } = await annotate(phraseClassifier(PHRASES, { maxPieces: 16 }), value, { windows });
        let at = 0;
        for (const { start, end, mention, score } of entities) {
          const sound =
            start >= at &&
            end > start &&
            end <= value.length &&
            value.slice(start, end) === mention &&
            score > 0.9 &&
            score <= 1;
          if (!sound || isInsidePair(value, start) || isInsidePair(value, end) || /^\p{M}/u.test(value.slice(end))) {
            throw new Error(`${JSON.stringify(mention)} at ${start}-${end} of ${JSON.stringify(value)}`);
          }
          at = end;
        }
      }),
      { numRuns: 400 },
    );
  });

  it("gives the same whatever the batches and pools", async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 500 }),
        async (sources, batchTokens, poolTokens) => {
          expect(await all(sources, { batchTokens, poolTokens })).toEqual(await all(sources));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("gives the same whatever the order and the company of documents", async () => {
    await fc.assert(
      fc.asyncProperty(documents, async (sources) => {
        const forward = await all(sources, { batchTokens: 64 });
        const backward = await all(sources.toReversed(), { batchTokens: 64 });
        expect(backward.toReversed()).toEqual(forward);
        const alone = await Promise.all(
          sources.map(async ({ text: value }) => annotate(phraseClassifier(PHRASES), value)),
        );
        expect(forward.map(({ entities, windows, pieces }) => ({ entities, windows, pieces }))).toEqual(alone);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the order and the fields of documents, from arrays and streams", async () => {
    async function* stream() {
      for (const id of ["b", "a", "c"]) yield { id, text: `${id} had ataxia`, year: 1999 };
    }
    const results = await collect(annotateAll(phraseClassifier(PHRASES), stream(), { poolTokens: 1 }));
    expect(results.map(({ id, year, entities }) => [id, year, entities.length])).toEqual([
      ["b", 1999, 1],
      ["a", 1999, 1],
      ["c", 1999, 1],
    ]);
  });

  it("hands documents out before the input has ended", async () => {
    let read = 0;
    function* endless(): Generator<Source> {
      for (;;) yield { id: String(read++), text: "" };
    }
    for await (const { id } of annotateAll(phraseClassifier(PHRASES), endless(), { poolTokens: 10 })) {
      if (id === "25") break;
    }
    expect(read).toBe(30);
  });

  it.each([
    ["nothing", ""],
    ["white space", " \r\n\t\u00a0"],
    ["deleted characters", "\u00ad\u200b\ufeff\u0000"],
  ])("annotates %s without running the model", async (_name, value) => {
    const model = phraseClassifier(PHRASES);
    expect(await annotate(model, value)).toEqual({ entities: [], windows: 0, pieces: 0 });
    expect(model.batches).toEqual([]);
  });

  it("finds everything in a megabyte without a single period", async () => {
    const line = "the patient had breast cancer and ";
    const count = Math.ceil(1_000_000 / line.length);
    for (const windows of ["sentence", "document"] as const) {
      const { entities, pieces } = await annotate(phraseClassifier(PHRASES), line.repeat(count), { windows });
      expect(pieces).toBe(count * 6);
      expect(entities.length).toBe(count);
      expect(
        entities.every(({ mention, start }, i) => mention === "breast cancer" && start === i * line.length + 16),
      ).toBe(true);
    }
  });

  it("cuts no entity at a window's edge that the overlap can hold", async () => {
    const model = phraseClassifier(PHRASES, { maxPieces: 22 });
    for (let before = 0; before < 60; before++) {
      const value = `${"the ".repeat(before)}breast cancer${" the".repeat(40)}`;
      for (const windows of ["sentence", "document"] as const) {
        const { entities } = await annotate(model, value, { windows });
        expect(entities.map(({ mention }) => mention)).toEqual(["breast cancer"]);
      }
    }
  });

  it("runs windows as [CLS] pieces [SEP], longest first, those of one length together within the budget", async () => {
    const model = phraseClassifier(PHRASES);
    await annotate(model, "ataxia. The gene of the patient. Had he cancer? Cancer. Gene. Ataxia.", { batchTokens: 12 });
    const { clsId, sepId } = vocabulary;
    const id = (piece: string): number => vocabulary.idOf(piece)!;
    expect(model.batches.map(({ batch, sequence }) => [batch, sequence])).toEqual([
      [1, 8],
      [1, 7],
      [3, 4],
      [1, 4],
    ]);
    const [first, second, third] = model.batches;
    expect([...first.inputIds]).toEqual([
      clsId,
      id("the"),
      id("gene"),
      id("of"),
      id("the"),
      id("patient"),
      id("."),
      sepId,
    ]);
    expect([...second.inputIds]).toEqual([
      clsId,
      id("had"),
      id("h"),
      id("##e"),
      id("cancer"),
      vocabulary.unknownId,
      sepId,
    ]);
    expect([...third.inputIds]).toEqual(
      ["ataxia", "cancer", "gene"].flatMap((word) => [clsId, id(word), id("."), sepId]),
    );
    for (const { attentionMask } of model.batches) expect(attentionMask.every((value) => value === 1)).toBe(true);
    expect(first.tokenTypeIds!.every((type) => type === 0)).toBe(true);
  });

  it("leaves out entities that score less than minScore", async () => {
    const model = phraseClassifier(PHRASES);
    const { entities } = await annotate(model, "ataxia");
    const [{ score }] = entities;
    expect((await annotate(model, "ataxia", { minScore: score })).entities).toEqual(entities);
    expect((await annotate(model, "ataxia", { minScore: score + 1e-6 })).entities).toEqual([]);
  });

  it("stops between batches when its signal fires", async () => {
    const controller = new AbortController();
    const model = phraseClassifier(PHRASES);
    const stopping = {
      ...model,
      run: (batch: Parameters<typeof model.run>[0]) => {
        if (model.batches.length === 1) setTimeout(() => controller.abort(), 0);
        return model.run(batch);
      },
    };
    const value = "It was cancer. ".repeat(2000);
    await expect(annotate(stopping, value, { batchTokens: 1, signal: controller.signal })).rejects.toMatchObject({
      code: "interrupted",
    });
    expect(model.batches.length).toBeLessThan(2000);
  });

  it("refuses logits that are not finite, and of another shape", async () => {
    const model = phraseClassifier(PHRASES);
    const broken = (logits: (length: number) => Float32Array) => ({
      ...model,
      run: ({ inputIds }: { inputIds: Int32Array }) => Promise.resolve(logits(inputIds.length * model.labels.length)),
    });
    const notANumber = broken((length) => new Float32Array(length).fill(Number.NaN));
    await expect(annotate(notANumber, "ataxia")).rejects.toMatchObject({ code: "model-damaged" });
    const short = broken((length) => new Float32Array(length - 1));
    await expect(annotate(short, "ataxia")).rejects.toMatchObject({ code: "engine-failed" });
  });

  it.each([
    [{ minScore: -0.1 }],
    [{ minScore: Number.NaN }],
    [{ maxPieces: 2 }],
    [{ maxPieces: 65 }],
    [{ batchTokens: 0 }],
    [{ poolTokens: 0 }],
    [{ overlap: 62 }],
    [{ windows: "page" as "sentence" }],
  ])("refuses the options %j", async (options) => {
    await expect(annotate(phraseClassifier(PHRASES), "ataxia", options)).rejects.toMatchObject({ code: "usage" });
  });

  it("refuses a text that is no string", async () => {
    const documents = [{ id: "7", text: undefined as unknown as string }];
    await expect(all(documents)).rejects.toMatchObject({ code: "input-format" });
  });
});
