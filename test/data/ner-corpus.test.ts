// Corpora of several files, their labels, and the registry of known ones.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  NER_DATASETS,
  countSharedSentences,
  dataRoot,
  datasetFile,
  nerDataset,
  readNerCorpus,
  readNerDataset,
  requireKnownLabels,
} from "../../src/data/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biobert-ner-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

describe("readNerCorpus", () => {
  it("reads BioBERT's word pieces and labels by words, and says so", async () => {
    const pieces =
      "[CLS]\t[CLS]\nGo\tB\n##ut\tX\nhurts\tO\n[SEP]\t[SEP]\n\n[CLS]\t[CLS]\nle\tB\n##ad\tX\n[SEP]\t[SEP]\n";
    const file = await put("label_test.txt", pieces);
    const { sentences, warnings, labels } = await readNerCorpus([file]);
    expect(sentences.map(({ tokens, tags, line }) => [tokens, tags, line])).toEqual([
      [["Gout", "hurts"], ["B", "O"], 1],
      [["lead"], ["B"], 7],
    ]);
    expect(labels).toEqual(["O", "B", "I"]);
    expect(warnings).toEqual([expect.objectContaining({ code: "pieces-merged", place: { file, line: 1 } })]);
    const broken = await put("broken.txt", "##ut\tX\nhurts\tO\n");
    await expect(readNerCorpus([broken])).rejects.toMatchObject({
      code: "input-format",
      place: { file: broken, line: 1 },
    });
  });

  it("reads several files, zipped or not, as one corpus", async () => {
    const train = await put("train.tsv", "\uFEFFGout\tB-D\nhurts\tO\n\nNo\tO\n");
    const dev = await put("dev.tsv.gz", gzipSync("lead\tB-C\npoisoning\tI-D\n"));
    const corpus = await readNerCorpus([train, dev]);
    expect(corpus).toMatchObject({ scheme: "IOB2", labels: ["O", "B-C", "B-D", "I-C", "I-D"], types: ["C", "D"] });
    expect(corpus.sentences.map(({ tokens, file, line }) => [tokens.length, file, line])).toEqual([
      [2, train, 1],
      [1, train, 4],
      [2, dev, 1],
    ]);
    expect(corpus.files).toEqual([
      { file: train, sentences: 2, tokens: 3, entities: 1 },
      { file: dev, sentences: 1, tokens: 2, entities: 2 },
    ]);
    expect(corpus.warnings).toMatchObject([{ code: "inside-without-begin", place: { file: dev, line: 2 } }]);
  });

  it("knows the documents that a file marks, no two files' being the same", async () => {
    const [one, two] = [
      await put("one", "-DOCSTART- O\n\na O\n\nb O\n-DOCSTART- O\nc O\n"),
      await put("two", "-DOCSTART- O\nd O\n"),
    ];
    const { sentences } = await readNerCorpus([one, two]);
    expect(sentences.map(({ documentId }) => documentId)).toEqual([`${one}#1`, `${one}#1`, `${one}#2`, `${two}#1`]);
    expect((await readNerCorpus([await put("plain", "a O\n")])).sentences[0]).not.toHaveProperty("documentId");
  });

  it("says which file and line has a bad label, also when files contradict each other", async () => {
    const typed = await put("typed", "a\tB-D\n");
    const untyped = await put("untyped", "a\tO\nb\tB\n");
    await expect(readNerCorpus([typed, untyped])).rejects.toMatchObject({
      code: "label-scheme",
      place: { file: untyped, line: 2 },
    });
  });

  it("refuses an empty file and one of blank lines or document marks", async () => {
    const full = await put("full", "a\tO\n");
    for (const content of ["", "\n \n", "-DOCSTART- O\n\n"]) {
      const path = await put("void", content);
      await expect(readNerCorpus([full, path])).rejects.toMatchObject({ code: "input-empty", place: { file: path } });
    }
  });
});

it("requireKnownLabels names the first unknown label with its place", async () => {
  const path = await put("f", "a\tO\n\nb\tB-D\nc\tI-D\n");
  const corpus = await readNerCorpus([path]);
  requireKnownLabels(corpus, ["O", "B-D", "I-D"]);
  expect(() => requireKnownLabels(corpus, ["O", "B-D"])).toThrow(
    expect.objectContaining({
      code: "label-unknown",
      message: 'the label "I-D" is not known',
      place: { file: path, line: 4 },
    }),
  );
});

it("countSharedSentences counts the sentences that both sides have, token by token", () => {
  const of = (...texts: string[]) => texts.map((text) => ({ tokens: text.split(" ") }));
  expect(countSharedSentences(of("a b", "c"), of("a b", "a b", "ab", "c d"))).toBe(2);
});

describe("the registry", () => {
  it("finds the data root from its argument or BIOBERT_DATA", () => {
    vi.stubEnv("BIOBERT_DATA", "/from/environment");
    expect(dataRoot()).toBe("/from/environment");
    expect(dataRoot("/given")).toBe("/given");
    vi.stubEnv("BIOBERT_DATA", "");
    expect(() => dataRoot()).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("finds a file or its zipped form, or says which it looked for", async () => {
    const zipped = await put("x/train.tsv.gz", "");
    expect(await datasetFile("x/train.tsv", folder)).toBe(zipped);
    const plain = await put("x/train.tsv", "");
    expect(await datasetFile("x/train.tsv", folder)).toBe(plain);
    await expect(datasetFile("x/none", folder)).rejects.toMatchObject({
      code: "file-not-found",
      place: { file: join(folder, "x/none") },
    });
  });

  it("knows its data sets by name in any case", () => {
    expect(nerDataset("ncbi-DISEASE").splits.test).toEqual({
      path: "NCBI-disease/biobert/test.tsv",
      sentences: 940,
      tokens: 24497,
      entities: 960,
    });
    expect(new Set(NER_DATASETS.map(({ id }) => id)).size).toBe(NER_DATASETS.length);
    expect(() => nerDataset("nonsense")).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("refuses a file with other counts than the data set has", async () => {
    const path = await put("NCBI-disease/biobert/test.tsv", "Gout\tB\n");
    await expect(readNerDataset("NCBI-disease", ["test"], folder)).rejects.toMatchObject({
      code: "input-format",
      message: "1 sentences, but NCBI-disease test has 940",
      place: { file: path },
    });
  });

  it("reads a data set whose counts are right", async () => {
    // A stand-in of the right size: sentences of one token, a long last one, and the right number of entities.
    const { sentences, tokens, entities } = nerDataset("NCBI-disease").splits.dev;
    const lines = Array.from(
      { length: tokens },
      (_, i) => `t\t${i < entities ? "B" : "O"}\n${i < sentences - 1 ? "\n" : ""}`,
    );
    await put("NCBI-disease/biobert/devel.tsv", lines.join(""));
    const corpus = await readNerDataset("NCBI-disease", ["dev"], folder);
    expect(corpus.files[0]).toMatchObject({ sentences, tokens, entities });
  });
});
