// Converters: pairs of a sentence, documents' pairs, tagged sentences, BioASQ contexts, code questions, PubMedQA's folds, overlap.

import { describe, expect, it } from "vitest";
import {
  anonymise,
  bioAsqSpans,
  conceptPairs,
  conceptQuestions,
  ddiExamples,
  findOverlap,
  literalAnswers,
  type MedicalCode,
  refuseOverlap,
  type SentencePairOptions,
  sentencePairs,
  squadSpans,
  taggedSentences,
  trimmedSpans,
  withoutOverlap,
} from "../../src/data/index.ts";
import { PythonRandom } from "../../src/data/readers/pubmedqa-folds.ts";
import { codeDistance, pathOf } from "../../src/data/convert/medical-concepts.ts";
import type { Warning } from "../../src/core/index.ts";
import { hullOf, type StandoffDocument } from "../../src/formats/index.ts";

function documentOf(
  text: string,
  mentions: [string, string][],
  relations: [string, number, number][] = [],
): StandoffDocument {
  const entities = mentions.map(([mention, type], i) => {
    const start = text.indexOf(mention);
    return {
      id: `T${i + 1}`,
      type,
      spans: [{ start, end: start + mention.length }],
      text: mention,
      concepts: [`C${i + 1}`],
    };
  });
  return {
    id: "9",
    text,
    entities,
    relations: relations.map(([type, a, b]) => ({
      type,
      ofConcepts: false,
      arguments: [
        { role: "Arg1", id: `T${a}` },
        { role: "Arg2", id: `T${b}` },
      ],
    })),
  };
}

const options = {
  firstTypes: ["CHEMICAL"],
  secondTypes: ["GENE"],
  labels: ["CPR:4", "CPR:3"],
  negative: "false",
  sharedMarker: "@CHEM-GENE$",
};

describe("pairs of a sentence", () => {
  it("anonymises both, and counts gold relations across sentences as unreachable", () => {
    const document = documentOf(
      "Zinc blocks ABC1 in mice. Later salt raised XYZ2 levels.",
      [
        ["Zinc", "CHEMICAL"],
        ["ABC1", "GENE"],
        ["salt", "CHEMICAL"],
        ["XYZ2", "GENE"],
      ],
      [
        ["CPR:4", 1, 2],
        ["CPR:3", 3, 2],
        ["CPR:9", 3, 4],
      ],
    );
    const { examples, unreachable } = sentencePairs([document], options);
    expect(examples.map(({ id, text, label }) => [id, text, label])).toEqual([
      ["9.T1.T2", "@CHEMICAL$ blocks @GENE$ in mice.", "CPR:4"],
      ["9.T3.T4", "Later @CHEMICAL$ raised @GENE$ levels.", "false"],
    ]);
    expect(unreachable).toEqual({ "CPR:3": 1 });
    for (const { source, first } of examples)
      expect(source!.slice(first!.spans[0]!.start, first!.spans[0]!.end)).toMatch(/Zinc|salt/);
  });

  it("shows two that share characters as one, and keeps the last of two labels", () => {
    const document = documentOf(
      "The zinc transporter acts.",
      [
        ["zinc", "CHEMICAL"],
        ["zinc transporter", "GENE"],
      ],
      [
        ["CPR:3", 1, 2],
        ["CPR:4", 2, 1],
      ],
    );
    const { examples, counts } = sentencePairs([document], options);
    expect(examples[0]).toMatchObject({ text: "The @CHEM-GENE$ acts.", label: "CPR:4" });
    expect(counts).toMatchObject({ sharedPairs: 1, ambiguousPairs: 1 });
  });

  it("joins sentences that an entity crosses", () => {
    const document = documentOf("We gave zinc. Oxide was best for ABC1.", [
      ["zinc. Oxide", "CHEMICAL"],
      ["ABC1", "GENE"],
    ]);
    const { examples, counts } = sentencePairs([document], options);
    expect(counts.joinedSentences).toBe(1);
    expect(examples[0]!.text).toBe("We gave @CHEMICAL$ was best for @GENE$.");
  });

  it("leaves out a relation of one argument, and warns of it and of pairs with two labels", () => {
    const document = documentOf(
      "Zinc blocks ABC1.",
      [
        ["Zinc", "CHEMICAL"],
        ["ABC1", "GENE"],
      ],
      [
        ["CPR:3", 1, 2],
        ["CPR:4", 1, 2],
        ["CPR:3", 2, 1],
      ],
    );
    document.file = "corpus.xml";
    document.line = 3;
    document.relations.push({ type: "CPR:4", ofConcepts: false, arguments: [], line: 7 });
    document.relations.push({ type: "CPR:3", ofConcepts: false, arguments: [{ role: "", id: "T1" }], line: 8 });
    const warnings: Warning[] = [];
    const { examples, counts } = sentencePairs([document], {
      ...options,
      warn: (warning) => void warnings.push(warning),
    });
    expect(examples.map(({ label }) => label)).toEqual(["CPR:3"]);
    expect(counts).toMatchObject({ incompleteRelations: 2, ambiguousPairs: 1 });
    expect(warnings).toEqual([
      {
        code: "relations-incomplete",
        message: "2 relations name fewer than two entities and are left out, the first in document 9",
        place: { file: "corpus.xml", line: 3, name: "9" },
      },
      {
        code: "pairs-ambiguous",
        message:
          "1 pairs of entities have relations of different types, the first in document 9; the one given last is kept",
        place: { file: "corpus.xml", line: 3, name: "9" },
      },
    ]);
  });

  it("has an entity with white space at its end, also at the end of a sentence", () => {
    const text = "Zinc inhibits  ABC1 \nNext salt blocks XYZ2 too.";
    const document = documentOf(text, [
      [" ABC1 ", "GENE"],
      ["Zinc", "CHEMICAL"],
      ["salt", "CHEMICAL"],
      ["XYZ2 ", "GENE"],
    ]);
    const { examples } = sentencePairs([document], options);
    expect(examples.map(({ id, text: shown }) => [id, shown])).toEqual([
      ["9.T2.T1", "@CHEMICAL$ inhibits  @GENE$"],
      ["9.T3.T4", "Next @CHEMICAL$ blocks @GENE$ too."],
    ]);
    for (const { source, second } of examples)
      expect(source!.slice(second!.spans[0]!.start, second!.spans[0]!.end)).toMatch(/^(?:ABC1|XYZ2)$/);
    const parts = trimmedSpans(text, {
      spans: [
        { start: 14, end: 20 },
        { start: 20, end: 21 },
      ],
    });
    expect(parts, "a part of white space alone is none").toEqual([{ start: 15, end: 19 }]);
    expect(trimmedSpans(text, { spans: [{ start: 20, end: 21 }] })).toEqual([{ start: 20, end: 21 }]);
  });

  it("makes the marker of two that share characters out of their own markers", () => {
    const document = documentOf("The zinc transporter acts.", [
      ["zinc", "Drug"],
      ["zinc transporter", "GENE-Y"],
    ]);
    const sides = { firstTypes: ["Drug"], secondTypes: ["GENE-Y"], labels: [], negative: "false" };
    const textOf = (more: Partial<SentencePairOptions>) =>
      sentencePairs([document], { ...sides, ...more }).examples[0]!.text;
    expect(textOf({})).toBe("The @DRUG-GENE-Y$ acts.");
    const markerOf = (type: string): string => (type === "Drug" ? "@CHEMICAL$" : "@GENE$");
    expect(textOf({ markerOf })).toBe("The @CHEMICAL-GENE$ acts.");
    expect(textOf({ markerOf, sharedMarker: "@CHEM-GENE$" })).toBe("The @CHEM-GENE$ acts.");
  });

  it("takes passages in any order", () => {
    const text = "Zinc blocks ABC1. Later salt raised XYZ2 levels. Iron met HFE.";
    const mentions: [string, string][] = [
      ["HFE", "GENE"],
      ["Iron", "CHEMICAL"],
      ["XYZ2", "GENE"],
      ["salt", "CHEMICAL"],
      ["ABC1", "GENE"],
      ["Zinc", "CHEMICAL"],
    ];
    const passages = [
      { start: 18, end: text.length, type: "abstract" },
      { start: 0, end: 17, type: "title" },
    ];
    const { examples } = sentencePairs([{ ...documentOf(text, mentions), passages }], options);
    expect(examples.map(({ id }) => id)).toEqual(["9.T6.T5", "9.T4.T3", "9.T2.T1"]);
  });

  it("anonymises a discontinuous entity whole, unless the other one stands between", () => {
    const text = "oral or nasal zinc and salt";
    const parts = [
      { start: 0, end: 4 },
      { start: 14, end: 18 },
    ];
    expect(anonymise(text, { spans: parts, marker: "A" }, { spans: [{ start: 23, end: 27 }], marker: "B" }, "AB")).toBe(
      "A and B",
    );
    expect(anonymise(text, { spans: parts, marker: "A" }, { spans: [{ start: 8, end: 13 }], marker: "B" }, "AB")).toBe(
      "A or B  and salt",
    );
  });

  it("leaves a DDI pair without a type out, with a warning", () => {
    const entity = (id: string, start: number) => ({
      id,
      type: "drug",
      spans: [{ start, end: start + 1 }],
      text: "",
      concepts: [],
    });
    const pair = (id: string, type: string | undefined) => ({ id, first: "a", second: "b", type, line: 1 });
    const codes: string[] = [];
    const { examples } = ddiExamples(
      [
        {
          id: "d",
          sentences: [
            {
              id: "s",
              text: "x y\r\n",
              entities: [entity("a", 0), entity("b", 2)],
              pairs: [pair("p0", ""), pair("p1", undefined), pair("p2", "int")],
              line: 1,
            },
          ],
        },
      ],
      { warn: ({ code }) => void codes.push(code) },
    );
    expect(examples.map(({ text, label }) => [text, label])).toEqual([
      ["@DRUG$ @DRUG$", "DDI-false"],
      ["@DRUG$ @DRUG$", "DDI-int"],
    ]);
    expect(codes).toEqual(["ddi-untyped"]);
  });
});

it("pairs of concepts mark every mention in the document", () => {
  const document = {
    ...documentOf("Zinc and gout. Zinc again.", [
      ["Zinc", "C"],
      ["gout", "D"],
    ]),
    relations: [
      {
        type: "helps",
        ofConcepts: true,
        arguments: [
          { role: "", id: "C2" },
          { role: "", id: "C1" },
        ],
      },
    ],
  };
  document.entities[0]!.spans.push({ start: 15, end: 19 });
  const { examples } = conceptPairs([document], { labels: ["helps"], negative: "none", pairTypes: [["D", "C"]] });
  expect(examples).toHaveLength(1);
  expect(examples[0]).toMatchObject({ label: "helps", text: "[2] Zinc [/2] and [1] gout [/1]. [2] Zinc [/2] again." });
  const lost = {
    ...document,
    relations: [
      {
        ...document.relations[0]!,
        arguments: [
          { role: "", id: "C2" },
          { role: "", id: "C9" },
        ],
      },
    ],
  };
  const { unreachable } = conceptPairs([document, lost], {
    labels: ["helps"],
    negative: "none",
    pairTypes: [["D", "C"]],
  });
  expect(unreachable, "no mention has the concept C9").toEqual({ helps: 1 });
});

it("tagged sentences keep the longer of overlapping entities and say so", () => {
  const codes: string[] = [];
  const document = documentOf("A non-small lung cancer. Gout-free.", [
    ["lung cancer", "Disease"],
    ["small lung cancer", "Disease"],
    ["Gout", "Disease"],
  ]);
  const { examples, counts } = taggedSentences([document], { warn: ({ code }) => void codes.push(code) });
  expect(examples[0]!.tokens).toEqual(["A", "non", "-", "small", "lung", "cancer", "."]);
  expect(examples[0]!.tags).toEqual(["O", "O", "O", "B-Disease", "I-Disease", "I-Disease", "O"]);
  expect(examples[1]!.tags).toEqual(["B-Disease", "O", "O", "O"]);
  expect(counts).toMatchObject({ entities: 2, overlapping: 1 });
  expect(codes).toEqual(["entities-overlapping"]);
});

it("takes time in proportion to the length of a document", () => {
  // With a look at every entity for each sentence, this takes longer than any test may.
  const sentence = "Zinc blocks ABC1 in mice. ";
  const count = 30_000;
  const entities = Array.from({ length: 2 * count }, (_, i) => {
    const start = sentence.length * (i >> 1) + (i % 2 === 0 ? 0 : 12);
    const type = i % 2 === 0 ? "CHEMICAL" : "GENE";
    return { id: `T${i}`, type, spans: [{ start, end: start + 4 }], text: "", concepts: [] };
  });
  const document = { id: "long", text: sentence.repeat(count), entities: entities.reverse(), relations: [] };
  const pairs = sentencePairs([document], options);
  expect([pairs.examples.length, pairs.counts.sentences]).toEqual([count, count]);
  expect(pairs.examples.at(-1)).toMatchObject({ text: "@CHEMICAL$ blocks @GENE$ in mice.", source: sentence.trim() });
  const tagged = taggedSentences([document]);
  expect(tagged.counts).toMatchObject({ sentences: count, entities: 2 * count, overlapping: 0 });
  expect(tagged.examples.at(-1)!.tags).toEqual(["B-CHEMICAL", "O", "B-GENE", "O", "O", "O"]);
});

it("takes an entity of more parts than a call takes arguments", () => {
  const spans = Array.from({ length: 200_000 }, (_, i) => ({ start: 2 * i, end: 2 * i + 1 }));
  expect(hullOf({ spans })).toEqual({ start: 0, end: 399_999 });
  const text = `${"a ".repeat(200_000)}b`;
  const b = { start: 400_000, end: 400_001 };
  expect(anonymise(text, { spans, marker: "A" }, { spans: [b], marker: "B" }, "AB")).toBe("A B");
  const entities = [spans, [b]].map((own, i) => ({
    id: `T${i}`,
    type: "C",
    spans: own,
    text: "",
    concepts: [`C${i}`],
  }));
  const { examples } = conceptPairs([{ id: "9", text, entities, relations: [] }], {
    labels: [],
    negative: "none",
    pairTypes: [["C", "C"]],
  });
  expect(examples[0]!.first!.spans).toHaveLength(200_000);
});

describe("BioASQ", () => {
  const question = {
    id: "a".repeat(24),
    type: "factoid" as const,
    body: "Which?",
    documents: [],
    documentIds: [],
    snippets: ["Here is ZINC.", "Here is ZINC.", "Zincs only."].map((text) => ({ text, documentId: "5" })),
    exactAnswer: [["zinc", "Zn"]],
    yesNo: undefined,
    idealAnswer: [],
  };
  it("takes answers that stand literally in a snippet, at word boundaries", () => {
    expect(literalAnswers("Zincs zinc", "zinc")).toEqual([{ text: "zinc", start: 6 }]);
    expect(literalAnswers("İ ZINC", "zinc")).toEqual([{ text: "ZINC", start: 2 }]);
    const { examples } = bioAsqSpans([question], "factoid", { answeredOnly: true });
    expect(examples).toHaveLength(1);
    expect(examples[0]).toMatchObject({
      id: `${question.id}_000`,
      questionId: question.id,
      answers: [{ text: "ZINC", start: 8 }],
      documentId: "5",
    });
    expect(bioAsqSpans([question], "factoid").examples).toHaveLength(2);
    expect(bioAsqSpans([question], "factoid", { without: new Set([question.id]) }).counts).toMatchObject({
      tested: 1,
      questions: 0,
    });
  });
  it("joins a released test set with its golden answers", () => {
    const made = squadSpans(
      [{ id: `${question.id}_003`, title: "", question: "?", context: "c", answers: [], isImpossible: false }],
      { golden: new Map([[question.id, [["zinc"]]]]) },
    );
    expect(made[0]).toMatchObject({ questionId: question.id, golden: [["zinc"]] });
  });
});

describe("questions about codes", () => {
  const codes: MedicalCode[] = [];
  for (const chapter of ["A", "B"])
    for (let i = 10; i < 14; i++)
      for (let k = 0; k < 4; k++)
        codes.push({ code: `${chapter}${i}.${k}`, description: `${chapter} thing ${i} kind ${k}` });
  it("are the same for a seed and have distractors at the level's distance", () => {
    const one = conceptQuestions(codes, { vocabulary: "V", level: "hard", count: 8, seed: 3 });
    expect(conceptQuestions(codes, { vocabulary: "V", level: "hard", count: 8, seed: 3 })).toEqual(one);
    expect(conceptQuestions(codes, { vocabulary: "V", level: "hard", count: 8, seed: 4 })).not.toEqual(one);
    for (const level of ["easy", "medium", "hard"] as const) {
      for (const { question, options: offered, answers } of conceptQuestions(codes, {
        vocabulary: "V",
        level,
        count: 8,
        seed: 1,
      })) {
        const codeOf = (text: string) => codes.find(({ description }) => description === text)!.code;
        const right = codeOf(offered[answers[0]!]!);
        expect(question).toBe(`What is the description of the medical code ${right} in V?`);
        expect(new Set(offered).size).toBe(4);
        const distances = offered
          .filter((_, i) => i !== answers[0])
          .map((text) => codeDistance(pathOf(right), pathOf(codeOf(text))));
        if (level === "hard") expect(distances).toEqual([2, 2, 2]);
        if (level === "medium") for (const distance of distances) expect(distance >= 3 && distance <= 5).toBe(true);
      }
    }
    expect(() => conceptQuestions(codes.slice(0, 3), { vocabulary: "V", level: "hard", count: 1, seed: 1 })).toThrow(
      expect.objectContaining({ code: "usage" }),
    );
  });
});

it("draws as Python's random does: seed 0, randrange(1000) five times, shuffle of ten", () => {
  const random = new PythonRandom(0);
  expect(Array.from({ length: 5 }, () => random.below(1000))).toEqual([864, 394, 776, 911, 430]);
  expect(new PythonRandom(0).shuffle(Array.from({ length: 10 }, (_, i) => i))).toEqual([7, 8, 1, 5, 3, 4, 2, 0, 9, 6]);
});

describe("overlap", () => {
  const of = (texts: string[], documentId?: string) => ({
    examples: texts.map((text, i) => ({
      id: String(i),
      text,
      labels: [],
      ...(documentId === undefined ? {} : { documentId }),
    })),
  });
  const long = "We gave zinc to forty mice and saw that gout was less common later.";
  it("finds shared documents, long sentences in any case, and whole short texts", () => {
    const overlap = findOverlap(
      [of([`Before. ${long} After.`, "Results."])],
      of([long.toUpperCase(), "Results.", "Something else altogether."]),
    );
    expect(overlap).toMatchObject({ documents: 0, texts: 1, sentences: 1, examples: [0, 1] });
    expect(withoutOverlap(["a", "b", "c"], overlap)).toEqual(["c"]);
    expect(() => refuseOverlap(overlap, undefined)).toThrow(/share a sentence or text of 12 words/);
    expect(() => refuseOverlap(overlap, { documents: 0, texts: 1, sentences: 1 })).not.toThrow();
    expect(() =>
      refuseOverlap(findOverlap([of(["One."], "7")], of(["Two."], "7")), { documents: 0, texts: 9, sentences: 9 }),
    ).toThrow(/1 document \(7; .* of training\)/);
    expect(() => refuseOverlap(findOverlap([of(["Results."])], of(["Results."])), undefined)).not.toThrow();
  });
});

it("says which concepts have relations of two types, or mentions of two", () => {
  const warnings: Warning[] = [];
  const concept = (id: string) => ({ role: "", id });
  const relation = (type: string) => ({ type, ofConcepts: true, arguments: [concept("C1"), concept("C2")] });
  const document = documentOf("Zinc and gout and zinc.", [
    ["Zinc", "C"],
    ["gout", "D"],
    ["zinc", "D"],
  ]);
  document.entities[2]!.concepts = ["C1"];
  document.relations = [relation("Pos"), relation("Neg"), relation("Neg")];
  const { examples, counts } = conceptPairs([document], {
    labels: ["Pos", "Neg"],
    negative: "none",
    pairTypes: [["C", "D"]],
    warn: (warning) => warnings.push(warning),
  });
  expect(examples.map(({ label }) => label)).toEqual(["Neg"]);
  expect(counts).toMatchObject({ ambiguousPairs: 1, mixedConcepts: 1, repeatedRelations: 1 });
  expect(warnings).toMatchObject([
    { code: "pairs-ambiguous", place: { name: "9" }, message: expect.stringContaining("the first in document 9") },
    { code: "concepts-mixed", place: { name: "9" } },
  ]);
});

it("counts a text of short sentences that both have", () => {
  const text = "One two three. Four five six. Seven eight nine. Ten eleven twelve.";
  const set = (id: string, own: string) => ({ examples: [{ id, text: own, label: "x", file: `${id}.tsv`, line: 1 }] });
  expect(findOverlap([set("a", text)], set("b", text))).toMatchObject({
    texts: 1,
    sentences: 1,
    sharedSentences: [{ what: text, train: { file: "a.tsv" }, test: { file: "b.tsv" } }],
  });
  const short = "One two three. Four five six.";
  expect(findOverlap([set("a", short)], set("b", short))).toMatchObject({ texts: 0, sentences: 1 });
});
