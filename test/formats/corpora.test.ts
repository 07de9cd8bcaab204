// Readers of corpus files: what they give, and what they say of bad input.

import { describe, expect, it } from "vitest";
import {
  HALLMARKS,
  encodeLabelledRows,
  parseBc2gm,
  parseBioAsq,
  parseChemProt,
  parseDdi,
  parseFrenchMedMcqa,
  parseHallmarks,
  parseLabelledAbstracts,
  parseLabelledRows,
  parseMedConceptsQa,
  parseMedMcqa,
  parseMedQa,
  parseMmluCsv,
  parsePubMedQa,
  parseQrel,
  parseSimilarityRows,
  parseSquad,
  parseYesNoRows,
} from "../../src/formats/index.ts";

const refused = (run: () => unknown, line?: number): void => {
  expect(run).toThrow(
    expect.objectContaining({
      code: "input-format",
      ...(line === undefined ? {} : { place: expect.objectContaining({ line }) }),
    }),
  );
};

describe("relations", () => {
  const files = {
    abstracts: { text: "1\tZinc helps.\tIt blocks ABC1.\n", file: "a" },
    entities: { text: "1\tT1\tCHEMICAL\t0\t4\tZinc\n1\tT2\tGENE-Y\t22\t26\tABC1\n", file: "e" },
    relations: { text: "1\tCPR:4\tY \tINHIBITOR\tArg1:T1\tArg2:T2\n", file: "r" },
  };
  it("ChemProt gives documents, and names the line of what is wrong", () => {
    const [document] = parseChemProt(files);
    expect(document!.entities.map(({ spans }) => document!.text.slice(spans[0]!.start, spans[0]!.end))).toEqual([
      "Zinc",
      "ABC1",
    ]);
    expect(document!.relations[0]).toMatchObject({ type: "CPR:4" });
    refused(() => parseChemProt({ ...files, entities: { text: "1\tT1\tCHEMICAL\t0\t99\tZinc\n" } }), 1);
    refused(
      () => parseChemProt({ ...files, entities: { text: `${files.entities.text}1\tT1\tCHEMICAL\t0\t4\tZinc\n` } }),
      3,
    );
    refused(() => parseChemProt({ ...files, relations: { text: "1\tCPR:4\tmaybe\tX\tArg1:T1\tArg2:T2\n" } }), 1);
    refused(() => parseChemProt({ ...files, relations: { text: "1\tCPR:4\tY\tX\tArg1:T1\tArg2:T9\n" } }), 1);
    refused(() => parseChemProt({ ...files, abstracts: { text: "1\tonly two\n" } }), 1);
    const warnings: string[] = [];
    parseChemProt(
      { ...files, entities: { text: "1\tT1\tCHEMICAL\t1\t4\tZinc\n1\tT2\tGENE-Y\t22\t26\tABC1\n" } },
      { warn: ({ code }) => void warnings.push(code) },
    );
    expect(warnings).toEqual(["chemprot-mention"]);
  });

  it("DDI offsets include their last character, and may have parts", () => {
    const xml = `<document id="d"><sentence id="s" text="Oral and nasal zinc, salt"><entity id="e0" charOffset="0-3;15-18" type="drug" text="Oral zinc"/><entity id="e1" charOffset="21-24" type="drug" text="salt"/><pair id="p0" e1="e0" e2="e1" ddi="true" type="effect"/></sentence></document>`;
    const { sentences } = parseDdi(xml);
    expect(sentences[0]!.entities[0]!.spans).toEqual([
      { start: 0, end: 4 },
      { start: 15, end: 19 },
    ]);
    expect(sentences[0]!.pairs[0]).toMatchObject({ type: "effect" });
    refused(() => parseDdi(xml.replace('e2="e1"', 'e2="e7"')));
    refused(() => parseDdi(xml.replace("21-24", "90-91")));
    refused(() => parseDdi(xml.replace("</document>", "")));
  });

  it("tables are read with and without header and index", () => {
    expect(parseLabelledRows("index\tsentence\tlabel\n7\tA @GENE$.\t1\n")).toEqual([
      { id: "7", text: "A @GENE$.", label: "1", line: 2 },
    ]);
    expect(parseLabelledRows("A.\t1\nB.\t0\n").map(({ id }) => id)).toEqual(["0", "1"]);
    refused(() => parseLabelledRows("A.\t1\n0\tB.\t0\n"), 2);
    refused(() => parseLabelledRows("A.\t\n"), 1);
    const rows = [{ id: "x", text: "a  b\nc", label: "1" }];
    expect(parseLabelledRows(encodeLabelledRows(rows, { header: true }))[0]).toMatchObject({
      id: "x",
      text: "a b c",
      label: "1",
    });
  });
});

describe("questions", () => {
  it("BioASQ answers become lists of synonyms, blank ones none", () => {
    const of = (type: string, exact_answer: unknown) =>
      parseBioAsq(
        JSON.stringify({
          questions: [
            { id: "q", type, body: "?", snippets: [{ text: "s", document: "http://x/pubmed/12" }], exact_answer },
          ],
        }),
      )[0]!;
    expect(of("factoid", [["a", "b"]]).exactAnswer).toEqual([["a", "b"]]);
    expect(of("factoid", ["a", "b"]).exactAnswer).toEqual([["a", "b"]]);
    expect(of("list", ["a", "b"]).exactAnswer).toEqual([["a"], ["b"]]);
    expect(of("factoid", " ").exactAnswer).toEqual([]);
    expect(of("yesno", "Yes").yesNo).toBe("yes");
    expect(of("yesno", "Yes").snippets[0]!.documentId).toBe("12");
    refused(() => of("essay", ""));
    const warnings: string[] = [];
    const question = { id: "q", type: "yesno", body: "?", exact_answer: "perhaps" };
    parseBioAsq(JSON.stringify({ questions: [question, question] }), { warn: ({ code }) => void warnings.push(code) });
    expect(warnings).toEqual(["question-without-context", "bioasq-answer", "question-repeated"]);
  });

  it("SQuAD offsets count code points, and answers that stand elsewhere are moved or left out with a warning", () => {
    const of = (context: string, text: string, answer_start: number, codes: string[] = []) =>
      parseSquad(
        JSON.stringify({
          data: [{ paragraphs: [{ context, qas: [{ id: "1", question: "?", answers: [{ text, answer_start }] }] }] }],
        }),
        { warn: ({ code }) => void codes.push(code) },
      )[0]!.answers;
    expect(of("𝛽 zinc", "zinc", 2)).toEqual([{ text: "zinc", start: 3 }]);
    const codes: string[] = [];
    expect(of("a zinc", "zinc", 1, codes)).toEqual([{ text: "zinc", start: 2 }]);
    expect(of("a zinc", "salt", 1, codes)).toEqual([]);
    expect(codes).toEqual(["answer-moved", "answer-not-found"]);
    refused(() => of(" ", "x", 0));
  });

  it("PubMedQA keeps the file's order, not that of numbers", () => {
    const item = { QUESTION: "?", CONTEXTS: ['a "b" {'], final_decision: "yes" };
    expect(
      parsePubMedQa(`{"20": ${JSON.stringify(item)}, "3": ${JSON.stringify(item)}}`).map(({ pmid }) => pmid),
    ).toEqual(["20", "3"]);
    refused(() => parsePubMedQa(JSON.stringify({ 1: { ...item, CONTEXTS: [] } })));
    refused(() => parsePubMedQa(JSON.stringify({ 1: { ...item, final_decision: "so" } })));
  });

  it("multiple choice of every form", () => {
    expect(
      parseMedQa('{"question": "?", "options": {"A": "x", "B": "y"}, "answer": "y", "answer_idx": "B"}')[0],
    ).toMatchObject({ options: ["x", "y"], answers: [1] });
    expect(parseMedQa('[{"question": "?", "options": ["A. x", "B. y"], "answer": "x"}]')[0]).toMatchObject({
      options: ["x", "y"],
      answers: [0],
    });
    expect(
      parseMedMcqa('{"id": "1", "question": "?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "cop": 4}')[0]!
        .answers,
    ).toEqual([3]);
    expect(
      parseFrenchMedMcqa(
        '[{"id": "1", "question": "Où?", "answers": {"b": "y", "a": "x"}, "correct_answers": ["b", "a"]}]',
      )[0],
    ).toMatchObject({ options: ["x", "y"], answers: [0, 1] });
    expect(parseMmluCsv('"Which, then?",a,b,c,d,C\n')[0]).toMatchObject({ question: "Which, then?", answers: [2] });
    expect(
      parseMedConceptsQa(
        '{"question": "Q\\nA. x", "option1": "a", "option2": "b", "option3": "c", "option4": "d", "answer_id": 3, "level": "easy"}',
      )[0],
    ).toMatchObject({ question: "Q", answers: [2], level: "easy" });
    // Options behind blank lines; and a run of line breaks that a search of each of them to its end would take minutes for.
    const conceptQuestion = (question: string): string =>
      parseMedConceptsQa(
        JSON.stringify({ question, option1: "a", option2: "b", option3: "c", option4: "d", answer_id: 1 }),
      )[0]!.question;
    expect(conceptQuestion("Q\r\n \r\n\t A. x\nB. y")).toBe("Q");
    expect(conceptQuestion(`Q${"\n".repeat(600_000)}R`)).toHaveLength(600_002);
    refused(
      () =>
        parseMedQa(
          '{"question": "?", "options": {"A": "x", "B": "y", "C": "z", "D": "v", "E": "w"}, "answer": "y", "answer_idx": "B"}',
          { options: 4 },
        ),
      1,
    );
    refused(
      () => parseMedMcqa('{"id": "1", "question": "?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "cop": 0}'),
      1,
    );
    refused(() => parseMmluCsv("q,a,b,c,d,E\n"), 1);
    refused(() => parseMedQa("{not json"), 1);
  });

  it("yes/no rows and similarity", () => {
    expect(parseYesNoRows("1\tQ?\tText.\tyes\n")[0]).toMatchObject({ question: "Q?", label: "yes" });
    refused(() => parseYesNoRows("1\tQ?\t \tyes\n"), 1);
    expect(parseSimilarityRows("pair_id\tsent1\tsent2\tscore\n1\ta\tb\t3.5\n")).toHaveLength(1);
    refused(() => parseSimilarityRows("1\ta\tb\tmuch\n"), 1);
  });
});

describe("classification", () => {
  it("Hallmarks of Cancer in both forms", () => {
    const flags = Array.from({ length: 10 }, (_, i) => `${i}_${i === 8 ? 1 : 0}`).join(",");
    expect(parseHallmarks(`labels\tsentence\tindex\n${flags}\tIt grows.\t12_s3\n`)[0]).toMatchObject({
      documentId: "12",
      position: 3,
      labels: [HALLMARKS[8]],
    });
    expect(
      parseHallmarks(`pmid\ttext\tlabels\n9\tIt grows.\tinducing angiogenesis; cellular energetics\n`)[0]!.labels,
    ).toHaveLength(2);
    refused(() => parseHallmarks("pmid\ttext\tlabels\n9\tIt.\tgrowing\n"), 2);
    refused(() => parseHallmarks("labels\tsentence\tindex\n0_1\tIt.\t1_s0\n"), 2);
  });
  it("abstracts of labelled sentences", () => {
    expect(parseLabelledAbstracts("###1\noutcome\tIt helped .\n\n###2\nother\tWell .\n").map(({ id }) => id)).toEqual([
      "1",
      "2",
    ]);
    refused(() => parseLabelledAbstracts("outcome\tIt helped .\n"), 1);
    refused(() => parseLabelledAbstracts("###1\noutcome\n"), 2);
  });
  it("BC2GM offsets leave white space out", () => {
    const [sentence] = parseBc2gm({
      sentences: { text: "S1 We see ABC 1 act\n" },
      mentions: { text: "S1|5 8|ABC 1\n" },
      alternatives: { text: "S1|5 7|ABC\n" },
    });
    expect(sentence!.mentions[0]).toMatchObject({ start: 7, end: 12, text: "ABC 1" });
    expect(sentence!.alternatives[0]!.text).toBe("ABC");
    refused(() => parseBc2gm({ sentences: { text: "S1 We\n" }, mentions: { text: "S1|5 8|x\n" } }), 1);
  });
  it("rankings", () => {
    expect(parseQrel("q 0 a 1\nq 0 b 0\n")).toEqual([
      {
        query: "q",
        candidates: [
          { id: "a", relevance: 1 },
          { id: "b", relevance: 0 },
        ],
      },
    ]);
    refused(() => parseQrel("q 0 a 1\nq 0 a 0\n"), 2);
  });
});

describe("questions whose options look otherwise", () => {
  const question = (more: object): string => JSON.stringify({ question: "Cause?", answer: "S. aureus", ...more });

  it("takes letters off where each option has its own", () => {
    const options = ["Virus", "Prion", "S. aureus", "C. difficile"];
    expect(parseMedQa(question({ options, answer_idx: "C" }))[0]).toMatchObject({ options, answers: [2] });
    expect(parseMedQa(question({ options: ["A. Virus", "B) S. aureus"] }))[0]).toMatchObject({
      options: ["Virus", "S. aureus"],
      answers: [1],
    });
  });

  it("refuses a letter and a text that contradict, an option that is no text, and a fifth", () => {
    const options = ["Virus", "S. aureus"];
    refused(() => parseMedQa(question({ options, answer_idx: "A" })), 1);
    refused(() => parseMedQa(question({ options: ["S. aureus", null], answer_idx: "A" })), 1);
    refused(() => parseMedQa(question({ options: { A: "S. aureus", B: null }, answer_idx: "A" })), 1);
    const four = { id: "1", question: "?", opa: "a", opb: "b", opc: "c", opd: "d", cop: 1 };
    expect(parseMedMcqa(JSON.stringify(four))).toHaveLength(1);
    refused(() => parseMedMcqa(JSON.stringify({ ...four, ope: "e" })), 1);
    // Written otherwise than its option, an answer contradicts nothing; nor do two options that are the same.
    expect(parseMedQa(question({ options: ["virus", "s aureus"], answer_idx: "B" }))[0]!.answers).toEqual([1]);
    expect(parseMedQa(question({ options: ["S. aureus", "S. aureus"], answer_idx: "B" }))[0]!.answers).toEqual([1]);
  });
});
