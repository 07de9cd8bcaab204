// `biobert datasets` against a server of this test and corpora written for it.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DATASETS, type DatasetFile, datasetOf, knownFiles, readExamples } from "../../src/data/index.ts";
import { filesOf, pullDataset } from "../../src/hub/index.ts";
import { relationTask } from "../../src/tasks/index.ts";
import { run } from "./harness.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biobert-datasets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const biosses = `pair_id\tsent1\tsent2\tscore\n${Array.from({ length: 20 }, (_, i) => `${i}\ta ${i}\tb ${i}\t${i % 5}\n`).join("")}`;

describe("the registry", () => {
  it("counts what each fold has, and each label", async () => {
    const rows = Array.from({ length: 37 }, (_, i) => `${i}\t@GENE$ and @DISEASE$ ${i}\t${i < 26 ? 1 : 0}\n`).join("");
    await put("euadr/1/test.tsv", `index\tsentence\tlabel\n${rows}`);
    await expect(readExamples("euadr", "test", { data: folder })).rejects.toMatchObject({
      message: "11 label 0, but euadr test of fold 1 has 10",
    });
    const { splits } = datasetOf("gad");
    expect(splits.train!.foldCounts).toHaveLength(10);
    for (const dataset of DATASETS)
      for (const { foldCounts } of Object.values(dataset.splits))
        if (foldCounts !== undefined) expect(foldCounts).toHaveLength(dataset.folds!);
    expect((await run(["datasets", "show", "gad"])).out).toContain("test        10 folds of 532 to 534 examples");
    expect((await run(["datasets", "show", "chemprot"])).out).toContain("18,103 examples, 761 label CPR:3");
  });

  it("has ids that are unique, splits whose files are known or explained, and every number a source", () => {
    const names = DATASETS.flatMap(({ id, aliases = [] }) => [
      id,
      ...aliases.map((alias) => alias.toLowerCase()).filter((alias) => alias !== id),
    ]);
    expect(new Set(names).size).toBe(names.length);
    for (const dataset of DATASETS) {
      if (dataset.availability !== "pull")
        expect([dataset.id, dataset.why]).toEqual([dataset.id, expect.stringMatching(/./)]);
      if (dataset.availability === "pull")
        for (const { path, known } of filesOf(dataset))
          expect([path, known?.url]).toEqual([path, expect.stringMatching(/^https:/)]);
      for (const { source, value } of dataset.published)
        expect([source !== "", Number.isFinite(value)]).toEqual([true, true]);
    }
    for (const { sha256, bytes } of knownFiles())
      expect([/^[0-9a-f]{64}$/.test(sha256), bytes > 0]).toEqual([true, true]);
    expect(datasetOf("NCBI-disease").id).toBe("ncbi-disease");
    expect(() => datasetOf("chemprott")).toThrow(/chemprot|unknown/);
  });

  it("reads a set, holds it to its counts, and says what cannot be had", async () => {
    await put("BIOSSES/test.tsv.gz", gzipSync(biosses));
    const set = await readExamples("biosses", "test", { data: folder, task: "similarity" });
    expect(set.examples[3]).toMatchObject({ first: "a 3", second: "b 3", score: 3 });
    await put("BIOSSES/dev.tsv", biosses);
    await expect(readExamples("biosses", "dev", { data: folder })).rejects.toMatchObject({
      code: "input-format",
      message: "20 examples, but biosses dev has 16",
    });
    expect(
      (await readExamples("biosses", "dev", { data: folder, anyCounts: true })).warnings.map(({ code }) => code),
    ).toContain("dataset-counts");
    await expect(readExamples("biosses", "train", { data: folder })).rejects.toMatchObject({
      code: "file-not-found",
      hint: expect.stringMatching(/^Fetch it: biobert datasets pull biosses; .*--data or BIOBERT_DATA/),
    });
    await expect(readExamples("ohsumed", "test", { data: folder, dataFlag: "--root" })).rejects.toMatchObject({
      code: "file-not-found",
      hint: expect.stringMatching(
        new RegExp(
          `^${datasetOf("ohsumed").why!.slice(0, 20)}.*--root or BIOBERT_DATA .biobert datasets show ohsumed`,
          "s",
        ),
      ),
    });
    await expect(readExamples("biosses", "test", { data: folder, task: "ner" })).rejects.toMatchObject({
      code: "usage",
    });
    await expect(readExamples("medmcqa", "train", { data: folder })).rejects.toMatchObject({ code: "usage" });
    await expect(readExamples("gad", "test", { data: folder, fold: 11 })).rejects.toMatchObject({ code: "usage" });
    await expect(readExamples("bc4chemd", "test", { data: folder })).rejects.toMatchObject({ code: "unsupported" });
  });

  it("reads the paragraphs of PubMedQA's abstract as one passage", async () => {
    const item = { QUESTION: "Do statins help?", CONTEXTS: ["Aim.", "We asked 12 people."], LONG_ANSWER: "They do." };
    await put("PubMedQA/ori_pqal.json", JSON.stringify({ 7: { ...item, final_decision: "yes" } }));
    await put("PubMedQA/test_ground_truth.json", JSON.stringify({ 7: "yes" }));
    const { examples } = await readExamples("pubmedqa", "test", { data: folder, anyCounts: true });
    expect(examples).toMatchObject([{ id: "7", contexts: ["Aim. We asked 12 people."], label: "yes" }]);
  });

  it("reads folds out of folders and refuses an unknown label", async () => {
    await put("GAD/2/test.tsv", "index\tsentence\tlabel\n0\t@GENE$ and @DISEASE$.\t1\n");
    await put("GAD/2/train.tsv", "@GENE$ and @DISEASE$.\tyes\n");
    expect((await readExamples("gad", "test", { data: folder, fold: 2, anyCounts: true })).examples).toHaveLength(1);
    await expect(readExamples("gad", "train", { data: folder, fold: 2 })).rejects.toMatchObject({
      code: "label-unknown",
      place: { line: 1 },
    });
  });

  it("cuts MedMCQA into folds that share no question, and reads MMLU a subject a file", async () => {
    const record = (i: number, question = `Question ${i}?`) =>
      JSON.stringify({ id: `q${i}`, question, opa: "a", opb: "b", opc: "c", opd: "d", cop: 1 + (i % 4) });
    const lines = Array.from({ length: 12 }, (_, i) => record(i));
    await put("MedMCQA/dev.json", [...lines, record(12, " question  3? ")].join("\n"));
    const tested: string[] = [];
    for (let fold = 1; fold <= 5; fold++) {
      const read = async (split: "train" | "test") =>
        (await readExamples("medmcqa-folds", split, { data: folder, fold, anyCounts: true })).examples.map(
          ({ id }) => id,
        );
      const [train, test] = [await read("train"), await read("test")];
      expect([...train, ...test].sort()).toEqual(Array.from({ length: 13 }, (_, i) => `q${i}`).sort());
      expect(test.includes("q3")).toBe(test.includes("q12"));
      tested.push(...test);
    }
    expect(new Set(tested).size).toBe(13);
    expect(tested).toHaveLength(13);

    for (const path of datasetOf("mmlu-medical").splits.test!.files)
      await put(path, '"Which, of these?",one,two,three,four,C\nSecond?,1,2,3,4,A\n');
    const mmlu = await readExamples("mmlu-medical", "test", { data: folder, anyCounts: true, task: "multiple-choice" });
    expect(mmlu.examples).toHaveLength(12);
    expect(mmlu.examples[0]).toMatchObject({
      id: "anatomy-1",
      subject: "anatomy",
      answers: [2],
      question: "Which, of these?",
    });
    expect(new Set(mmlu.examples.map(({ subject }) => subject)).size).toBe(6);
    await put(datasetOf("mmlu-medical").splits.test!.files[1]!, "Three options?,1,2,3,A\n");
    await expect(readExamples("mmlu-medical", "test", { data: folder, anyCounts: true })).rejects.toMatchObject({
      code: "input-format",
      place: { line: 1 },
    });
  });

  it("makes training questions about codes that no test question asks for", async () => {
    const categories = Array.from({ length: 140 }, (_, i) => 100 + i);
    const rows = categories.flatMap((own) =>
      Array.from({ length: 10 }, (_, k) => [`${own}${k}`, `thing ${own}, kind ${k}`]),
    );
    const csv = rows.map(([code, text]) => `${code},"${text}"\n`).join("");
    await put("medconcepts-source/icd9cm_descriptions.csv", `code,description\n${csv}`);
    await put("medconcepts-source/icd10cm_categories.csv", csv.replaceAll(/^(\d)/gm, "A$1"));
    const asked = async (id: string, split: "train" | "test") =>
      (await readExamples(id, split, { data: folder, task: "multiple-choice" })).examples.map(
        ({ question }) => question,
      );
    const [train, test] = [await asked("medconcepts-icd", "train"), await asked("medconcepts-icd", "test")];
    expect([train.length, test.length]).toEqual([3000, 1500]);
    expect(train.filter((question) => test.includes(question))).toEqual([]);
    const own = (code: string) => ({
      question: `What is the description of the medical code ${code} in ICD10CM?\nA. one\nB. two`,
      option1: "one",
      option2: "two",
      option3: "three",
      option4: "four",
      answer_id: 3,
      level: "easy",
      vocab: "ICD10CM",
    });
    // Written with a dot here and without one in the list.
    const codes = rows.slice(0, 400).map(([code]) => `A${code!.slice(0, 2)}.${code!.slice(2)}`);
    await put("MedConceptsQA/test.jsonl", codes.map((code) => JSON.stringify(own(code))).join("\n"));
    expect(await asked("medconceptsqa", "test")).toHaveLength(400);
    const made = await asked("medconceptsqa", "train");
    const plain = codes.map((code) => code.replace(".", ""));
    expect(made).toHaveLength(3000);
    expect(made.filter((question) => plain.some((code) => question.includes(` ${code} `)))).toEqual([]);
  });
});

describe("the command", () => {
  it("lists, shows and checks", async () => {
    const listed = await run(["datasets", "--task", "relation"]);
    expect(listed.code).toBe(0);
    expect(listed.out).toMatch(/^chemprot +relation/m);
    expect(listed.out).not.toMatch(/^bc2gm/m);
    expect(listed.out).toMatch(/^ddi-2013 .* by hand /m);
    expect((await run(["datasets", "show", "ddi-2013"])).out).toMatch(/^Get it {6}by hand$/m);
    expect((await run(["datasets", "show", "bc4chemd"])).out).toMatch(/^Get it {6}your own files$/m);
    const json = (await run(["datasets", "list", "--json"])).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string });
    expect(json.map(({ id }) => id)).toEqual(DATASETS.map(({ id }) => id));
    const shown = await run(["datasets", "show", "linnaeus"]);
    expect(shown.out).toMatch(/88.24 entity F1, BioBERT v1.1/);
    expect(shown.out).toMatch(/582 their whole text/);
    expect((await run(["datasets", "show", "nothing-such"])).code).toBe(2);

    await put("BIOSSES/test.tsv", biosses);
    const partly = await run(["datasets", "check", "biosses", "--data", folder]);
    expect([partly.code, partly.out]).toEqual([
      1,
      expect.stringMatching(/ok {5}.*biosses test {2}20 examples\n1 splits as the registry says, 2 not there, 0 wrong/),
    ]);
    expect(partly.err).toContain("2 splits are not there: biosses train, biosses dev");
    const all = await run(["datasets", "check", "--data", folder]);
    expect([all.code, all.err]).toEqual([0, ""]);
    expect(all.out).toMatch(
      /^ok {5}.*biosses test {2}20 examples\nok {6}biosses-embedding test .*\n2 splits as the registry says, \d+ not there \(in \d+ of \d+ data sets\), 0 wrong\n$/,
    );
    const nowhere = join(folder, "nowhere");
    for (const ids of [[], ["gad"]])
      expect(await run(["datasets", "check", ...ids, "--data", nowhere])).toMatchObject({
        code: 1,
        err: expect.stringContaining(nowhere),
      });
    expect(await run(["datasets", "check", "bc4chemd"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("error[unsupported]"),
    });
    await put("BIOSSES/dev.tsv", biosses);
    const bad = await run(["datasets", "check", "biosses", "--data", folder]);
    expect([bad.code, bad.out]).toEqual([1, expect.stringMatching(/WRONG {3}biosses dev/)]);
  });

  it("checks every fold, not the first alone", async () => {
    const { foldCounts } = datasetOf("euadr").splits.test!;
    const rowsOf = (label: string, count: number): string =>
      Array.from({ length: count }, (_, i) => `${label}${i}\t@GENE$ and @DISEASE$ ${label} ${i}\t${label}\n`).join("");
    const write = (fold: number, more = "") => {
      const counts = foldCounts![fold - 1]!;
      const rows = rowsOf("0", counts["label 0"]!) + rowsOf("1", counts["label 1"]!);
      return put(`euadr/${fold}/test.tsv`, `index\tsentence\tlabel\n${rows}${more}`);
    };
    for (let fold = 1; fold <= 10; fold++) await write(fold);
    const check = async () => (await run(["datasets", "check", "euadr", "--data", folder])).out;
    expect(await check()).toMatch(
      /^ok {6}euadr test {2}37 examples, .*in the first of 10 folds, all as they should be$/m,
    );
    await write(7, "x\t@GENE$ again and @DISEASE$\t1\n");
    expect(await check()).toMatch(/^WRONG {3}euadr test .*36 examples, but euadr test of fold 7 has 35/m);
    await rm(join(folder, "euadr", "9"), { recursive: true });
    await write(7);
    expect(await check()).toMatch(/^absent {2}euadr test /m);
  });

  it("converts a BRAT folder into tagged sentences, and a relation table", async () => {
    await put("brat/1.txt", "Zinc helps gout.");
    await put("brat/1.ann", "T1\tChemical 0 4\tZinc\nT2\tDisease 11 15\tgout\nR1\ttreats Arg1:T1 Arg2:T2\n");
    expect((await run(["datasets", "convert", join(folder, "brat"), "--to", "conll"])).out).toBe(
      "Zinc\tB-Chemical\nhelps\tO\ngout\tB-Disease\n.\tO\n\n",
    );
    expect((await run(["datasets", "convert", join(folder, "brat"), "--to", "relations"])).out).toBe(
      "index\tsentence\tlabel\n1.T1.T2\t@CHEMICAL$ helps @DISEASE$.\ttreats\n",
    );
    await put("plain/1.txt", "Zinc helps gout.");
    await put("plain/1.ann", "T1\tChemical 0 4\tZinc\nT2\tDisease 11 15\tgout\n");
    const none = await run(["datasets", "convert", join(folder, "plain"), "--to", "relations"]);
    expect(none).toMatchObject({ code: 0, out: "index\tsentence\tlabel\n" });
    expect(none.err).toContain("warning[relations-missing]: no document has a relation");
    for (const path of [
      `${folder}/plain/../brat`,
      `${join(folder, "brat")}/`,
      `./${relative(process.cwd(), join(folder, "brat"))}`,
    ])
      expect((await run(["datasets", "convert", path, "--to", "conll"])).out).toContain("Zinc\tB-Chemical\n");
    await run(["datasets", "convert", join(folder, "brat"), "--to", "bioc-json", "--output", join(folder, "x.json")]);
    expect((await run(["datasets", "convert", join(folder, "x.json"), "--to", "pubtator"])).out).toContain(
      "1\t11\t15\tgout\tDisease",
    );
  });
});

it("says what a format has no place for, and writes no relation of an event", async () => {
  await put("events/a/1.txt", "Zinc helps gout.");
  await put(
    "events/a/1.ann",
    "T1\tC 0 4\tZinc\nT2\tD 11 15\tgout\nT3\tT 5 10\thelps\nE1\tT:T3 Arg1:T1\nA1\tNegation E1\n#1\tNote T1\tx\n*\tEquiv T1 T2\n" +
      "R1\ttreats Arg1:T1 Arg2:T2\nR2\tcauses Arg1:E1 Arg2:T2\n",
  );
  await put("events/b/1.txt", "Iron.");
  await put("events/b/2.txt", "Iron.");
  await put("events/b/1.ann", "T1\tC 0 4\tIron\n");
  await symlink(join(folder, "events/b/1.ann"), join(folder, "events/b/2.ann"));
  const made = await run(["datasets", "convert", join(folder, "events"), "--to", "pubtator"]);
  expect(made.out.match(/^.*\|t\|.*$/gm)).toEqual(["a/1|t|Zinc helps gout.", "b/1|t|Iron.", "2|t|Iron."]);
  expect(made.out.match(/^.*(?:treats|causes).*$/gm)).toEqual(["a/1\ttreats\tZinc\tgout"]);
  expect([...made.err.matchAll(/^warning\[([\w-]+)\]: \S+: 1 \w+ is left out/gm)].map(([, code]) => code)).toEqual([
    "brat-events",
    "brat-attributes",
    "brat-notes",
    "brat-equivalences",
    "relations-dangling",
  ]);
  const json = JSON.parse((await run(["datasets", "convert", join(folder, "events"), "--to", "bioc-json"])).out) as {
    documents: { relations: object[] }[];
  };
  expect(json.documents.map(({ relations }) => relations.length)).toEqual([1, 0, 0]);
});

it("says what it leaves out of a corpus, and where", async () => {
  await put("half/1.txt", "Zinc helps gout.");
  await put("half/1.ann", "T1\tChemical 0 4\tZinc\nT2\tChemical 0 10\tZinc helps\n");
  await put("half/2.txt", "No annotations.");
  const { err, out } = await run(["datasets", "convert", join(folder, "half"), "--to", "conll"]);
  expect(out).not.toContain("annotations");
  expect(err).toContain("2.txt has no .ann beside it and is left out");
  expect(err).toMatch(
    /1 entities overlap a longer one and are left out of the tags, which are flat, the first in document 1/,
  );

  const passage = (annotations: object[]) => ({ offset: 0, infons: {}, text: "Zinc gout", annotations, relations: [] });
  const at = (id: string, offset: number, infons: object) => ({
    id,
    infons,
    text: offset === 0 ? "Zinc" : "gout",
    locations: [{ offset, length: 4 }],
  });
  const document = { id: "7", passages: [passage([at("1", 0, { type: "Chemical" }), at("2", 5, {})])] };
  await put("twice.json", JSON.stringify({ documents: [document, document] }));
  const twice = await run(["datasets", "convert", join(folder, "twice.json"), "--to", "bioc-xml"]);
  expect(twice.err).toContain("document 7 has come before; both are kept");
  expect(twice.err).toContain("1 of 2 annotations of document 7 have no type, such as 2");
});

it("removes a damaged file that would stand in front of what was fetched", async () => {
  const text = "id\n1\n";
  const zipped = gzipSync(text);
  const hash = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const server = createServer((_, response) => response.end(zipped)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const file: DatasetFile = {
      path: "x/f.txt",
      sha256: hash(text),
      bytes: text.length,
      url: "https://raw.githubusercontent.com/o/n/c/f.txt.gz",
      source: "o/n@c",
      zipped: { sha256: hash(zipped), bytes: zipped.length },
    };
    await put("x/f.txt", "WRONG");
    const environment = { BIOBERT_DATA_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const pull = () => pullDataset("biosses", { files: [file], directory: folder, environment });
    expect((await pull()).downloadedBytes).toBe(zipped.length);
    expect((await pull()).downloadedBytes).toBe(0);
  } finally {
    server.close();
  }
});

it("carries what BioC says of a file, and says what PubTator has no place for", async () => {
  const passages = [
    { offset: 0, text: "Zinc.", infons: { type: "title", section: "T" }, annotations: [], relations: [] },
  ];
  const given = [{ source: "made up", date: "2024", key: "k", infons: { a: "b" }, documents: [{ id: "5", passages }] }];
  await put("given.json", JSON.stringify(given));
  const path = join(folder, "given.json");
  const json = await run(["datasets", "convert", path, "--to", "bioc-json"]);
  expect(json.err).toBe("");
  expect(JSON.parse(json.out)).toMatchObject({
    ...given[0],
    documents: [{ passages: [{ infons: passages[0]!.infons }] }],
  });
  const { out, err } = await run(["datasets", "convert", path, "--to", "pubtator"]);
  expect(out).toBe("5|t|Zinc.\n5|a|\n\n");
  expect(err).toContain("given.json: 1 infon is left out, the first in document 5");
});

it("makes documents of relations between concepts, with what they are scored by", async () => {
  const lines = [
    "7|t|Zinc helps gout.",
    "7|a|Iron does not.",
    "7\t0\t4\tZinc\tChemical\tC1",
    "7\t11\t15\tgout\tDisease\tD1",
  ];
  const iron = ["7\t17\t21\tIron\tChemical\tC2", "7\ttreats\tC1\tD1"];
  await put("corpus.pubtator", `${[...lines, ...iron].join("\n")}\n`);
  const path = join(folder, "pairs.tsv");
  const argv = ["datasets", "convert", join(folder, "corpus.pubtator"), "--to", "relations", "--output", path];
  expect(await run(argv)).toMatchObject({ code: 0 });
  const { examples } = await relationTask.read([path], { byDocument: true } as never, true);
  expect(examples).toMatchObject([
    { documentId: "7", first: "C1", second: "D1", labels: ["treats"] },
    { documentId: "7", first: "C1", second: "C2", labels: ["none"] },
    { documentId: "7", labels: ["none"] },
  ]);
  expect(examples[0]!.text).toBe("[1] Zinc [/1] helps [2] gout [/2]. Iron does not.");
});

describe("pulling", () => {
  let server: Server;
  let endpoint: string;
  let ranges: (string | undefined)[];
  let answer: (path: string) => Uint8Array | undefined;
  beforeEach(async () => {
    ranges = [];
    server = createServer((request, response) => {
      const body = answer(request.url!);
      ranges.push(request.headers.range);
      if (body === undefined) return void response.writeHead(404).end();
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        "content-length": body.length - from,
        ...(from > 0 ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
      });
      response.end(body.subarray(from));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const content = Buffer.from(biosses);
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const file = (path: string): DatasetFile => ({
    path,
    sha256: hash(content),
    bytes: content.length,
    url: `https://raw.githubusercontent.com/o/n/c/${path}`,
    source: "o/n@c",
  });
  const settings = () => ({
    environment: { BIOBERT_DATA_ENDPOINT: endpoint, HF_HOME: folder },
    directory: folder,
    retry: { firstWaitSeconds: 0, failures: 1 },
  });

  it("fetches, checks, and does not fetch again", async () => {
    answer = () => content;
    const files = [file("BIOSSES/test.tsv")];
    expect((await pullDataset("biosses", { ...settings(), files })).downloadedBytes).toBe(content.length);
    expect(await readFile(join(folder, "BIOSSES/test.tsv"))).toEqual(content);
    expect((await pullDataset("biosses", { ...settings(), files })).downloadedBytes).toBe(0);
    expect(ranges).toHaveLength(1);
  });

  it("goes on where an earlier run stopped", async () => {
    answer = () => content;
    await put("BIOSSES/test.tsv.biobert.incomplete", content.subarray(0, 100));
    await pullDataset("biosses", { ...settings(), files: [file("BIOSSES/test.tsv")] });
    expect(ranges).toEqual(["bytes=100-"]);
    expect(await readFile(join(folder, "BIOSSES/test.tsv"))).toEqual(content);
  });

  it("keeps a file that is zipped at its source zipped, and checks it as such", async () => {
    const zipped = gzipSync(content);
    answer = (path) => (path.endsWith("test.tsv") ? zipped : undefined);
    const files = [{ ...file("BIOSSES/test.tsv"), zipped: { sha256: hash(zipped), bytes: zipped.length } }];
    await pullDataset("biosses", { ...settings(), files });
    expect((await readExamples("biosses", "test", { data: folder })).examples).toHaveLength(20);
    expect((await pullDataset("biosses", { ...settings(), files })).downloadedBytes).toBe(0);
  });

  it("names its own settings where there is no network", async () => {
    const cause = Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed", { cause })));
    const error = await pullDataset("biosses", settings()).catch((failure: unknown) => failure);
    vi.unstubAllGlobals();
    expect(error).toMatchObject({
      code: "hub-unreachable",
      hint: expect.stringMatching(/BIOBERT_DATA_ENDPOINT.*--data or BIOBERT_DATA/),
    });
    expect((error as { hint: string }).hint).not.toContain("HF_");
  });

  it("leaves nothing of another content, and says what is not there", async () => {
    answer = () => Buffer.from(biosses.replace("a 3", "a 4"));
    await expect(pullDataset("biosses", { ...settings(), files: [file("BIOSSES/test.tsv")] })).rejects.toMatchObject({
      code: "download-damaged",
    });
    await expect(readFile(join(folder, "BIOSSES/test.tsv"))).rejects.toMatchObject({ code: "ENOENT" });
    answer = () => undefined;
    await expect(pullDataset("biosses", { ...settings(), files: [file("BIOSSES/test.tsv")] })).rejects.toMatchObject({
      code: "hub-not-found",
    });
    await expect(
      pullDataset("biosses", { ...settings(), environment: { ...settings().environment, HF_HUB_OFFLINE: "1" } }),
    ).rejects.toMatchObject({ code: "hub-offline" });
    await expect(pullDataset("scidocs", settings())).rejects.toMatchObject({ code: "unsupported" });
  });
});
