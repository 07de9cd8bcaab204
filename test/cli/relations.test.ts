// `biobert relations` on a tiny model: entities given in files, every form that is written, and wrong use.

import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lazyRooms } from "../../src/cli/common/rooms.ts";
import { parsePubTator } from "../../src/formats/index.ts";
import { writeTinyModel } from "../support/tiny-model.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";
import { run } from "./harness.ts";

const space = tinyTaskSpace("relations");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const model = join(space.folder, "model");
const relations = (...argv: string[]) =>
  run(["relations", ...argv, "--model", model, "--threads", "1"], { rooms: lazyRooms });

// The title names a gene and a disease; the model calls whatever it sees a relation.
const TITLE = "Mutations of CFTR cause cystic fibrosis.";
const at = (mention: string): string =>
  `${TITLE.indexOf(mention)}\t${TITLE.indexOf(mention) + mention.length}\t${mention}`;
const corpus = space.write("corpus.pubtator", [
  `1|t|${TITLE}`,
  "1|a|Nothing else is said.",
  `1\t${at("CFTR")}\tGene\tG1`,
  `1\t${at("cystic fibrosis")}\tDisease\tD1`,
  "",
]);

beforeAll(async () => {
  const rows = tinyTexts(16, 5).map(
    (text, i) => `The @GENE$ of ${text} and @DISEASE$ .\t${i < 15 ? "causes" : "false"}`,
  );
  const train = space.write("train.tsv", rows);
  const { error } = await trainTask(
    "relation",
    space.options("model", { trainFiles: [train], epochs: 6, keep: "last" }),
  );
  if (error !== undefined) throw error;
});

describe("biobert relations", () => {
  it("finds relations among given entities, as JSON lines and for people", async () => {
    const { code, out } = await relations(corpus, "--annotated", "--format", "jsonl");
    expect(code).toBe(0);
    const found = JSON.parse(out) as Record<string, unknown>;
    expect(found).toEqual({
      id: "1",
      entities: [
        { type: "Gene", mention: "CFTR", start: 13, end: 17 },
        { type: "Disease", mention: "cystic fibrosis", start: 24, end: 39 },
      ],
      relations: [
        {
          label: "causes",
          score: expect.any(Number),
          first: 1,
          second: 0,
          sentence: { start: 0, end: TITLE.length, text: TITLE },
        },
      ],
    });
    const shown = await relations(corpus, "--annotated", "--pair", "Gene,Disease");
    expect(shown.out).toMatch(
      /1: 2 entities, 1 pairs, 1 relations\n {2}causes \d\.\d{3} {2}CFTR \[Gene 13, 17\) {2}cystic fibrosis/,
    );
  });

  it("writes files that others read, whole", async () => {
    const out = join(space.folder, "found.pubtator");
    expect(await relations(corpus, "--annotated", "--format", "pubtator", "--out", out)).toMatchObject({ code: 0 });
    const [document] = parsePubTator(readFileSync(out, "utf8"), {});
    expect(document).toMatchObject({
      id: "1",
      entities: [
        { start: 13, end: 17 },
        { start: 24, end: 39 },
      ],
    });
    const bioC = await relations(corpus, "--annotated", "--format", "bioc-json");
    expect(JSON.parse(bioC.out)).toMatchObject({ documents: [{ id: "1" }] });
  });

  it("keeps an entity's parts, names and concepts, and says where PubTator cannot", async () => {
    const text = "Breast and ovarian cancer is caused by BRCA1.";
    space.write("parts.txt", [text]);
    const ann = space.write("parts.ann", [
      `T7\tDisease 0 6;19 25\tBreast cancer`,
      `T9\tGene ${text.indexOf("BRCA1")} ${text.indexOf("BRCA1") + 5}\tBRCA1`,
    ]);
    const folder = join(space.folder, "brat");
    mkdirSync(folder);
    for (const name of ["parts.txt", "parts.ann"]) copyFileSync(join(space.folder, name), join(folder, name));
    expect(ann).toContain("parts.ann");
    const lines = await relations(folder, "--annotated", "--format", "jsonl");
    expect(lines.err).toContain("warning[entities-discontinuous]");
    const { entities, relations: found } = JSON.parse(lines.out) as { entities: unknown[]; relations: unknown[] };
    expect(entities[0]).toEqual({
      type: "Disease",
      mention: "Breast and ovarian cancer",
      start: 0,
      end: 25,
      spans: [
        { start: 0, end: 6 },
        { start: 19, end: 25 },
      ],
    });
    expect(found).toMatchObject([{ first: 0, second: 1 }]);
    const bioC = JSON.parse((await relations(folder, "--annotated", "--format", "bioc-json")).out) as {
      documents: { passages: { annotations: { id: string; locations: unknown[] }[] }[] }[];
    };
    const annotations = bioC.documents[0]!.passages.flatMap((passage) => passage.annotations);
    expect(annotations.map(({ id, locations }) => [id, locations.length])).toEqual([
      ["T7", 2],
      ["T9", 1],
    ]);
    expect((await relations(folder, "--annotated", "--format", "pubtator")).err).toContain(
      "warning[entities-flattened]: 1 entity",
    );
  });

  it("reads the pairs that the model was trained on from its manifest", async () => {
    const manifest = JSON.parse(readFileSync(join(model, "biobert.json"), "utf8")) as { heads: { options: unknown }[] };
    expect(manifest.heads[0]!.options).toMatchObject({ pairs: ["DISEASE,GENE"], cut: "pair" });
    const other = space.write("other.pubtator", [
      `1|t|${TITLE}`,
      "1|a|",
      `1\t${at("CFTR")}\tProtein\tG1`,
      `1\t${at("cystic fibrosis")}\tDisease\tD1`,
      "",
    ]);
    const wrong = await relations(other, "--annotated");
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("trained on pairs of DISEASE and GENE") });
    const said = await relations(other, "--annotated", "--marker", "Protein=GENE");
    expect(said.out).toContain("1 pairs, 1 relations");
  });

  it("refuses a pair of types that no entity can have", async () => {
    const wrong = await relations(corpus, "--annotated", "--pair", "Chemical,Disease");
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toContain("no entity is a Chemical; entities are of the types Disease, Gene");
    const tagger = await writeTinyModel(join(space.folder, "genes"), ["O", "B-Gene", "I-Gene"], {
      config: { num_hidden_layers: 1 },
    });
    const note = space.write("raw.txt", [TITLE]);
    const raw = (pair: string) => relations(note, "--ner", tagger, "--pair", pair);
    expect(await raw("Chemical,Gene")).toMatchObject({ code: 2, err: expect.stringContaining("of the types Gene") });
    expect(await raw("Gene,Gene")).toMatchObject({ code: 0 });
  });

  it("runs a head for relations of a model that has others, and one that has no manifest", async () => {
    const copy = join(space.folder, "heads");
    cpSync(model, copy, { recursive: true });
    const path = join(copy, "biobert.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { heads: Record<string, unknown>[] };
    const [own] = manifest.heads;
    const further = (name: string, task: string) => ({ ...own, name, task, file: `heads/${name}.safetensors` });
    const said = async (heads: unknown[] | undefined, ...more: string[]) => {
      if (heads === undefined) rmSync(path);
      else writeFileSync(path, JSON.stringify({ ...manifest, heads }));
      const argv = ["relations", corpus, "--annotated", "--model", copy, "--threads", "1", ...more];
      return run(argv, { rooms: lazyRooms });
    };
    const classes = { ...further("classes", "classification"), options: {} };
    expect((await said([own, classes])).out).toContain("1 pairs, 1 relations");
    const several = [own, further("others", "relation")];
    expect(await said(several)).toMatchObject({ code: 1, err: expect.stringContaining("2 heads for relation") });
    expect((await said(several, "--head", own!["name"] as string)).out).toContain("1 pairs, 1 relations");
    expect((await said(undefined)).out).toContain("1 pairs, 1 relations");
  });

  it("says what is wrong with its use, and goes no further", async () => {
    for (const argv of [
      [corpus],
      ["--annotated"],
      [corpus, "--annotated", "--ner", model],
      [corpus, "--annotated", "--pair", "Gene"],
    ])
      expect({ argv, ...(await relations(...argv)) }).toMatchObject({ argv, code: 2, out: "" });
    const other = await relations(space.write("note.txt", ["text"]), "--ner", model);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("model-task") });
  });
});
