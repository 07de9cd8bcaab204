// Relations out of texts with entities: which pairs a model is shown, and what comes back with which places.

import { describe, expect, it } from "vitest";
import { relate, type TaskModel } from "../../src/inference/index.ts";
import { relationTask, type RelationExample } from "../../src/tasks/index.ts";

const LABELS = ["CPR:3", "CPR:4", "false"];

/** A model that calls every pair of a sentence with "inhibits" CPR:4 and no other a relation; `shown` is what it was given. */
function modelOf(shown: string[] = [], options: Record<string, unknown> = {}): TaskModel<unknown> {
  const predict = async (examples: readonly RelationExample[]) => ({
    warnings: [],
    predictions: examples.map(({ text }) => {
      shown.push(text);
      const label = text.includes("inhibits") ? "CPR:4" : "false";
      return { labels: [label], scores: Object.fromEntries(LABELS.map((name) => [name, name === label ? 0.8 : 0.1])) };
    }),
  });
  return { task: relationTask, labels: LABELS, options, predict } as unknown as TaskModel<unknown>;
}

const TEXT = "\uFEFFGefitinib 💊 inhibits EGFR and HER2. Aspirin was given. HER2 rose.";
const place = (mention: string, type: string, from = 0) => {
  const start = TEXT.indexOf(mention, from);
  return { type, start, end: start + mention.length };
};
const entities = [
  place("Gefitinib", "Chemical"),
  place("EGFR", "Gene"),
  place("HER2", "Gene"),
  place("Aspirin", "Chemical"),
  place("HER2", "Gene", 45),
];
const document = { id: "d", text: TEXT, entities };

describe("relations", () => {
  it("are looked for in every pair of a sentence, hidden behind markers, and found where they stand", async () => {
    const shown: string[] = [];
    const [found] = await relate(modelOf(shown), [document]);
    expect(shown).toHaveLength(2);
    expect(shown[0]).toContain("@CHEMICAL$ 💊 inhibits @GENE$ and HER2.");
    expect(shown[1]).toContain("@CHEMICAL$ 💊 inhibits EGFR and @GENE$.");
    expect(found!.pairs).toBe(2);
    expect(found!.relations.map(({ label, score, first, second }) => [label, score, first, second])).toEqual([
      ["CPR:4", 0.8, 0, 1],
      ["CPR:4", 0.8, 0, 2],
    ]);
    for (const { sentence } of found!.relations) {
      expect(TEXT.slice(sentence.start, sentence.end)).toBe(sentence.text);
      expect(sentence.text).toContain("Gefitinib");
    }
  });

  it("are of the pairs and markers asked for, and no lower than the least score", async () => {
    const shown: string[] = [];
    const pairs = [["Gene", "Gene"]] as const;
    const [found] = await relate(modelOf(shown), [document], { pairs, markers: { Gene: "PROTEIN" } });
    expect(shown).toEqual([expect.stringContaining("inhibits @PROTEIN$ and @PROTEIN$.")]);
    expect(found!.relations.map(({ first, second }) => [first, second])).toEqual([[1, 2]]);
    expect((await relate(modelOf(), [document], { minScore: 0.9 }))[0]).toEqual({ relations: [], pairs: 2 });
  });

  it("are refused where nothing can be of the types asked for, by what there may be and not by what there is", async () => {
    const lonely = { id: "e", text: "EGFR rose.", entities: [{ type: "Gene", start: 0, end: 4 }] };
    const pairs = [["Chemical", "Gene"]] as const;
    const types = ["Chemical", "Gene"];
    expect((await relate(modelOf(), [lonely], { pairs, types }))[0]!.pairs).toBe(0);
    expect((await relate(modelOf([], { pairs: ["CHEMICAL,GENE"] }), [lonely], { types }))[0]!.pairs).toBe(0);
    await expect(relate(modelOf(), [lonely], { pairs: [["Drug", "Gene"]], types })).rejects.toMatchObject({
      code: "usage",
      message: "no entity is a Drug; entities are of the types Chemical, Gene",
    });
    const warnings: string[] = [];
    const both = [...pairs, ["Drug", "Gene"]] as const;
    const [found] = await relate(modelOf(), [document], {
      pairs: both,
      types,
      warn: ({ code }) => void warnings.push(code),
    });
    expect([found!.pairs, warnings]).toEqual([2, ["types-unknown"]]);
  });

  it("are of the pairs that the model was trained on, types told by their markers", async () => {
    const shown: string[] = [];
    const warnings: string[] = [];
    const options = { pairs: ["CHEMICAL,GENE"] };
    const more = { ...document, entities: [...entities, place("rose", "Event")] };
    const [found] = await relate(modelOf(shown, options), [more], {
      warn: ({ code, message }) => void warnings.push(`${code} ${message}`),
    });
    expect(found!.pairs, "no gene beside a gene, no event").toBe(2);
    expect(warnings).toEqual([
      expect.stringMatching(/^types-unused .*pairs of CHEMICAL and GENE; entities of the types Event are in none/),
    ]);
    const genes = { pairs: ["GENE,GENE"] };
    const [both] = await relate(modelOf([], genes), [document]);
    expect(both!.relations.map(({ first, second }) => [first, second])).toEqual([[1, 2]]);
    const named = {
      ...document,
      entities: entities.map((entity) => ({ ...entity, type: entity.type === "Gene" ? "GENE-Y" : "Drug" })),
    };
    await expect(relate(modelOf([], options), [named])).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("Drug, GENE-Y"),
    });
    const [mapped] = await relate(modelOf([], options), [named], { markers: { "GENE-Y": "GENE", Drug: "Chemical" } });
    expect(mapped!.pairs).toBe(2);
  });

  it("do not cross from one passage into the next, and an entity keeps its parts", async () => {
    const text = "EGFR in cancer Gefitinib inhibits it";
    const spot = (mention: string, type: string) => ({
      type,
      start: text.indexOf(mention),
      end: text.indexOf(mention) + mention.length,
    });
    const own = [spot("EGFR", "Gene"), spot("Gefitinib", "Chemical")];
    const passages = [
      { start: 0, end: 14, type: "title" },
      { start: 15, end: text.length, type: "abstract" },
    ];
    expect((await relate(modelOf(), [{ id: "p", text, entities: own }]))[0]!.pairs).toBe(1);
    expect((await relate(modelOf(), [{ id: "p", text, entities: own, passages }]))[0]!.pairs).toBe(0);
    const joined = "Breast and APC linked ovarian cancer inhibits";
    const parts = [
      { start: 0, end: 6 },
      { start: 30, end: 36 },
    ];
    const parted = { type: "Disease", start: 0, end: 36, spans: parts };
    const gene = { type: "Gene", start: 11, end: 14 };
    const shown: string[] = [];
    const [found] = await relate(modelOf(shown), [{ id: "q", text: joined, entities: [parted, gene] }]);
    expect(shown).toEqual(["@DISEASE$ and @GENE$ linked ovarian  inhibits"]);
    expect(found!.relations).toMatchObject([{ first: 0, second: 1, sentence: { start: 0, end: joined.length } }]);
  });

  it("show two entities that share characters behind what the model knows both as, white space at their ends left out", async () => {
    const text = "Zinc was given.\n EGFR inhibitor inhibits growth of HER2 \n\nThen it ended.";
    const spot = (mention: string, type: string) => ({
      type,
      start: text.indexOf(mention),
      end: text.indexOf(mention) + mention.length,
    });
    const own = [spot(" EGFR", "GENE-Y"), spot("EGFR inhibitor", "Drug"), spot("HER2 ", "GENE-Y")];
    const shown: string[] = [];
    const model = modelOf(shown, { pairs: ["CHEMICAL,GENE"] });
    const markers = { Drug: "CHEMICAL", "GENE-Y": "GENE" };
    const [found] = await relate(model, [{ id: "s", text, entities: own }], { markers });
    expect(shown).toEqual(["@CHEMICAL-GENE$ inhibits growth of HER2", "@CHEMICAL$ inhibits growth of @GENE$"]);
    expect(found!.relations).toHaveLength(2);
    for (const { sentence } of found!.relations) {
      expect(sentence.text).toBe("EGFR inhibitor inhibits growth of HER2");
      expect(text.slice(sentence.start, sentence.end)).toBe(sentence.text);
    }
  });

  it("are those of each document by itself, in order, and none where there is no pair", async () => {
    const lonely = { id: "e", text: "EGFR rose.", entities: [{ type: "Gene", start: 0, end: 4 }] };
    const found = await relate(modelOf(), [lonely, document, { id: "f", text: "", entities: [] }]);
    expect(found.map(({ relations, pairs }) => [relations.length, pairs])).toEqual([
      [0, 0],
      [2, 2],
      [0, 0],
    ]);
  });

  it("ask for a model of relations", async () => {
    const other = { task: { name: "qa" }, labels: [], options: {} } as unknown as TaskModel<unknown>;
    await expect(relate(other, [document])).rejects.toMatchObject({ code: "model-task" });
  });
});
