import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { run, temporaryFolder } from "./harness.ts";

/** Writes files into a folder of the test's own and gives their paths. */
function files<Name extends string>(contents: Record<Name, string | Uint8Array>): Record<Name, string> {
  const folder = temporaryFolder();
  return Object.fromEntries(
    Object.entries<string | Uint8Array>(contents).map(([name, content]) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return [name, path];
    }),
  ) as Record<Name, string>;
}

const json = async (argv: string[]) => {
  const { code, out, err } = await run([...argv, "--json"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out);
};

const threeColumns = "Gout O-x B-D B-D\nflared O-x I-D O\n\nasthma O-x B-D B-D\n";

describe("score ner", () => {
  it("prints conlleval's own lines for a three-column file, relaxed matches beside", async () => {
    const { three } = files({ three: threeColumns });
    const { code, out, err } = await run(["score", "ner", "--gold", three]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("[ner-exact-entity]; percent\nF1 50.00\n");
    expect(out).toContain(
      "processed 3 tokens with 2 phrases; found: 2 phrases; correct: 1.\naccuracy:  66.67%; precision:  50.00%",
    );
    expect(out).toMatch(/overlap match \(one to one\) +100\.00 \/ 100\.00 \/ 100\.00/);
    expect(out).toMatch(/right boundary match +50\.00/);
  });

  it("takes gold and predictions from two files, and mentions that training did not have", async () => {
    const { gold, pred, train } = files({
      gold: "Gout\tB\nand\tO\nscurvy\tB\n",
      pred: gzipSync("Gout\tB\nand\tO\nscurvy\tO\n"),
      train: "gout\tB\n",
    });
    const {
      scores,
      protocol,
      files: named,
    } = await json(["score", "ner", "--gold", gold, "--pred", pred, "--train", train]);
    expect(protocol).toBe("ner-exact-entity");
    expect(named).toEqual({ gold, pred, train: [train] });
    expect(scores.overall).toMatchObject({ goldCount: 2, predictedCount: 1, correctCount: 1 });
    expect(scores.seen.overall.recall).toBe(100);
    expect(scores.unseen.overall.recall).toBe(0);
  });

  it("merges BioBERT's word pieces, and says so", async () => {
    const { three } = files({ three: "[CLS] [CLS] [CLS]\nas B B\n##thma X X\n[SEP] [SEP] [SEP]\n" });
    const { code, out, err } = await run(["score", "ner", "--gold", three]);
    expect(code).toBe(0);
    expect(err).toContain(`warning[pieces-merged]: ${three}:1: the tokens are word pieces`);
    expect(out).toContain("processed 1 tokens with 1 phrases; found: 1 phrases; correct: 1.");
  });

  it("warns of odd tags and of types that cannot match, with file, line and side", async () => {
    const { gold, pred } = files({ gold: "a\tB-X\nb\tO\n", pred: "a\tI-Y\nb\tO\n" });
    const { err, out } = await run(["score", "ner", "--gold", gold, "--pred", pred]);
    expect(err).toContain("warning[types-differ]");
    expect(err).toContain("gold types are X, predicted ones Y: nothing can match");
    expect(out).toContain("F1 0.00");
  });

  it.each([
    ["another token", "a\tO\nc\tO\n", 2, 'token "c", where in the gold (line 2) there is "b"'],
    ["a sentence that ends early", "a\tO\n\nb\tO\n", 2, 'the sentence ends before "b" of the gold'],
    ["a sentence too many", "a\tO\nb\tO\n\nc\tO\n", 4, "sentence 2 is one more than the gold has"],
    ["a line without a tag", "a\tO\nb\n", 2, "only one column"],
    ["an unknown tag", "a\tO\nb\tQ-X\n", 2, 'unknown tag prefix "Q"'],
  ])("refuses %s, with file and line", async (_, predicted, line, message) => {
    const { gold, pred } = files({ gold: "a\tO\nb\tO\n", pred: predicted });
    const { code, err, out } = await run(["score", "ner", "--gold", gold, "--pred", pred]);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain(`${pred}:${line}: `);
    expect(err).toContain(message);
  });

  it("refuses a single file without predictions", async () => {
    const { gold } = files({ gold: "a\tO\nb\tO\n" });
    const { code, err } = await run(["score", "ner", "--gold", gold]);
    expect(code).toBe(1);
    expect(err).toContain(`${gold}:1: no column of predicted tags`);
    expect(err).toContain("--pred FILE");
  });

  it("scores PubTator by offsets, documents in any order", async () => {
    const document = (id: string, lines: string) => `${id}|t|Gout and scurvy.\n${id}|a|Both hurt.\n${lines}\n`;
    const { gold, pred } = files({
      gold: document("1", "1\t0\t4\tGout\tDisease\n1\t9\t15\tscurvy\tDisease\n") + document("2", ""),
      pred: document("2", "") + document("1", "1\t0\t4\tGout\tDisease\n1\t5\t15\tand scurvy\tDisease\n"),
    });
    const { scores, protocol } = await json(["score", "ner", "--gold", gold, "--pred", pred]);
    expect(protocol).toBe("ner-exact-offset");
    expect(scores.overall.f1).toBe(50);
    expect(scores.matches.right.overall.f1).toBe(100);
    expect(scores.documents).toBe(2);
  });

  it("scores BC2GM's files with and without alternatives", async () => {
    const { gold, alternatives, pred } = files({
      gold: "S1|3 9|kinase C\n",
      alternatives: "S1|0 9|PKkinase C\n",
      pred: "S1|0 9|x\nS2|0 1|y\n",
    });
    const { scores, protocol } = await json([
      "score",
      "ner",
      "--gold",
      gold,
      "--alternatives",
      alternatives,
      "--pred",
      pred,
    ]);
    expect(protocol).toBe("ner-bc2gm-alternatives");
    expect(scores).toMatchObject({ truePositives: 1, falsePositives: 1, falseNegatives: 0, byAlternative: 1 });
    expect(scores.withoutAlternatives.f1).toBe(0);
    const { code, err } = await run([
      "score",
      "ner",
      "--gold",
      gold,
      "--pred",
      gold,
      "--alternatives",
      files({ odd: "S1|9 3|x\n" }).odd,
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/odd:1: no gene mention/);
  });
});

describe("score relation", () => {
  const rows = { gold: "1\ta\tcpr:3\n2\tb\tfalse\n3\tc\tcpr:4\n", pred: "3\tc\tcpr:3\n1\ta\tcpr:3\n2\tb\tfalse\n" };

  it("names the average, counts missed gold, and prints the confused ones beside", async () => {
    const { gold, pred } = files(rows);
    const argv = [
      "score",
      "relation",
      "--protocol",
      "chemprot",
      "--gold",
      gold,
      "--pred",
      pred,
      "--missed-gold",
      "CPR:3=1",
      "CPR:4=1",
    ];
    const { out, code } = await run(argv);
    expect(code).toBe(0);
    expect(out).toContain(
      "micro-F1 over ChemProt's five evaluated classes [relation-micro-f1-chemprot-5]; percent\nmicro-F1 50.00\n",
    );
    expect(out).toMatch(/micro over all classes \(= accuracy\) +66\.67/);
    expect(out).toMatch(/counted as missed +50\.00 \/ 25\.00 \/ 33\.33/);
    expect((await json(argv)).scores.micro).toMatchObject({ goldCount: 2, predictedCount: 2, correctCount: 1 });
  });

  it("reads BioBERT's probabilities for GAD: class 1 and specificity", async () => {
    const { gold, pred } = files({
      gold: "index\tsentence\tlabel\n0\ta\t1\n1\tb\t0\n2\tc\t0\n",
      pred: "0.2\t0.8\n0.3\t0.7\n0.9\t0.1\n",
    });
    const { scores, protocol } = await json([
      "score",
      "relation",
      "--protocol",
      "binary",
      "--gold",
      gold,
      "--pred",
      pred,
    ]);
    expect(protocol).toBe("relation-f1-class-1");
    expect(scores).toMatchObject({ precision: 50, recall: 100, specificity: 50 });
  });

  it("scores relations of documents in PubTator", async () => {
    const document = "7|t|Zinc binds.\n7|a|\n7\tBind\tC1\tG1\tNo\n";
    const { gold, pred } = files({
      gold: `${document}7\tAssociation\tC2\tG2\n`,
      pred: "7|t|Zinc binds.\n7|a|\n7\tBind\tG1\tC1\n",
    });
    const { scores, protocol } = await json(["score", "relation", "--gold", gold, "--pred", pred]);
    expect(protocol).toBe("relation-document-pair-type");
    expect(scores.overall).toMatchObject({ goldCount: 2, correctCount: 1, precision: 100 });
  });

  it("wants to know which classes count, and whether they occur", async () => {
    const { gold, pred } = files(rows);
    const without = await run(["score", "relation", "--gold", gold, "--pred", pred]);
    expect(without.code).toBe(2);
    expect(without.err).toContain("which classes count is not said");
    const both = await run([
      "score",
      "relation",
      "--protocol",
      "ddi",
      "--classes",
      "a",
      "--gold",
      gold,
      "--pred",
      pred,
    ]);
    expect(both.code).toBe(2);
    const strange = await run(["score", "relation", "--protocol", "ddi", "--gold", gold, "--pred", pred]);
    expect(strange.code).toBe(1);
    expect(strange.err).toContain("no gold label is one of DDI-advise");
    expect((await run(["score", "relation", "--protocol", "gad", "--gold", gold, "--pred", pred])).code).toBe(2);
  });

  it.each([
    ["an id without a prediction", "1\ta\tcpr:3\n2\tb\tfalse\n", "gold:3", '"3" has no prediction'],
    ["an unknown id", `${rows.pred}9\td\tfalse\n`, "pred:4", '"9" is not in the gold'],
    ["too few columns", "1\ta\tcpr:3\n2\tfalse\n", "pred:2", "2 columns where earlier rows have 3"],
  ])("refuses %s, with file and line", async (_, predicted, place, message) => {
    const { gold, pred } = files({ gold: rows.gold, pred: predicted });
    const { code, err } = await run(["score", "relation", "--protocol", "chemprot", "--gold", gold, "--pred", pred]);
    expect(code).toBe(1);
    expect(err).toContain(`${place}: ${message}`);
  });
});

describe("score of labels", () => {
  it("unites the labels of a document's sentences", async () => {
    const { gold, pred } = files({
      gold: "labels\tsentence\tindex\n0_1,1_0\tx\t7_s1\n0_0,1_0\ty\t7_s2\n0_0,1_1\tz\t8_s1\n",
      pred: "labels\tsentence\tindex\n0_0,1_0\tx\t7_s1\n0_1,1_0\ty\t7_s2\n0_0,1_1\tz\t8_s1\n",
    });
    const argv = ["score", "classification", "--multi-label", "--gold", gold, "--pred", pred];
    expect((await json(argv)).scores.micro.f1).toBe(50);
    const { scores, protocol } = await json([...argv, "--by-document"]);
    expect(protocol).toBe("multi-label-micro-f1-document");
    expect(scores.micro.f1).toBe(100);
    expect(scores.count).toBe(2);
  });

  it("prints accuracy with its interval and the confusion table", async () => {
    const { gold, pred } = files({ gold: "a\tP\nb\tQ\nc\tQ\n", pred: "a\tP\nb\tP\nc\tQ\n" });
    const { out } = await run(["score", "classification", "--gold", gold, "--pred", pred]);
    expect(out).toContain("accuracy 66.67");
    expect(out).toMatch(/95 % interval 20\.77 to 93\.85/);
    expect(out).toMatch(/Q +1 +1$/m);
    const { code, err } = await run(["score", "classification", "--by-document", "--gold", gold, "--pred", pred]);
    expect(code).toBe(2);
    expect(err).toContain("--by-document needs --multi-label");
  });

  it("takes yes, no and maybe alone", async () => {
    const { gold, pred, odd } = files({
      gold: "1\tyes\n2\tmaybe\n",
      pred: "1\tYes\n2\tno\n",
      odd: "1\tyes\n2\tperhaps\n",
    });
    const { scores, protocol } = await json(["score", "yes-no", "--gold", gold, "--pred", pred]);
    expect(protocol).toBe("yes-no-maybe");
    expect(scores.accuracy).toBe(50);
    expect(scores.labels).toEqual(["yes", "no", "maybe"]);
    const { code, err } = await run(["score", "yes-no", "--gold", gold, "--pred", odd]);
    expect(code).toBe(1);
    expect(err).toContain('label "perhaps" is neither yes, no nor maybe');
  });

  it("matches several answers exactly", async () => {
    const { gold, pred } = files({ gold: "1\tA|C\n2\tB\n", pred: "1\tC|A\n2\tA|B\n" });
    const { scores } = await json(["score", "multiple-choice", "--multi-label", "--gold", gold, "--pred", pred]);
    expect(scores).toMatchObject({ exactMatch: 50, hammingScore: 75 });
  });

  it("correlates numbers, and says which is none", async () => {
    const { gold, pred, odd } = files({
      gold: "1\t0\n2\t1\n3\t4\n",
      pred: "1\t1\n2\t2\n3\t5\n",
      odd: "1\t1\n2\thigh\n3\t2\n",
    });
    const { scores } = await json(["score", "similarity", "--gold", gold, "--pred", pred]);
    expect(scores.pearson).toBeCloseTo(100, 9);
    expect(scores.meanSquaredError).toBe(1);
    const { err } = await run(["score", "similarity", "--gold", gold, "--pred", odd]);
    expect(err).toContain(`${odd}:2: "high" is no number`);
  });

  it("scores what predict writes, with its ids or by the lines that it names", async () => {
    const lines = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");
    const scores = { activates: 0.7, inhibits: 0.2, none: 0.1 };
    const relations = files({
      "test.tsv": "sentence\tlabel\nA @GENE$ .\tactivates\nB @GENE$ .\tinhibits\nC @GENE$ .\tnone\n",
      "renamed.tsv": "A @GENE$ .\tactivates\nB @GENE$ .\tinhibits\nC @GENE$ .\tnone\n",
      "ids.jsonl": lines(
        { id: 3, sentence: "C", label: "none" },
        { id: 1, sentence: "A", label: "activates" },
        { id: 2, sentence: "B", label: "inhibits" },
      ),
      "made.jsonl": lines(
        { id: "test.tsv:2", label: "activates", scores },
        { id: "test.tsv:3", label: "none", scores },
        { id: "test.tsv:4", label: "none", scores },
      ),
      "own.jsonl": lines(
        { id: "1", label: "activates", scores },
        { id: "2", label: "none", scores },
        { id: "3", label: "none", scores },
      ),
    });
    const relation = (gold: string, pred: string) =>
      json(["score", "relation", "--classes", "activates,inhibits", "--gold", gold, "--pred", pred]);
    for (const [gold, pred] of [
      ["test.tsv", "made.jsonl"],
      ["renamed.tsv", "made.jsonl"],
      ["ids.jsonl", "own.jsonl"],
    ] as const) {
      const found = await relation(relations[gold], relations[pred]);
      expect([gold, found.scores.micro]).toEqual([gold, expect.objectContaining({ precision: 100, recall: 50 })]);
    }
    const labels = files({
      gold: lines({ id: "7_s1", text: "x", labels: ["a, b", "c"] }, { id: "7_s2", text: "y", labels: [] }),
      pred: lines({ id: "7_s1", labels: ["c"], scores: {} }, { id: "7_s2", labels: ["a, b"], scores: {} }),
    });
    const argv = ["score", "classification", "--gold", labels.gold, "--pred", labels.pred];
    const sets = await json([...argv, "--multi-label"]);
    expect(sets.scores.micro).toMatchObject({ goldCount: 2, predictedCount: 2, correctCount: 1 });
    expect((await json([...argv, "--multi-label", "--by-document"])).scores.micro.f1).toBe(100);
    const single = await run(argv);
    expect(single.code).toBe(1);
    expect(single.err).toContain(`${labels.gold}:1: 2 labels where there must be one`);
    const others = files({
      "yes.tsv": "q1\tSo?\tIt is.\tyes\nq2\tSo?\tNo.\tno\n",
      "yes.jsonl": lines({ id: "q1", label: "yes" }, { id: "q2", label: "yes" }),
      "pubmedqa.json": JSON.stringify(
        Object.fromEntries(
          ["11", "12"].map((id) => [id, { QUESTION: "So?", CONTEXTS: ["So."], final_decision: "yes" }]),
        ),
        undefined,
        1,
      ),
      "pubmedqa.jsonl": lines({ id: "12", label: "yes" }, { id: "11", label: "maybe" }),
      "bioasq.json": '{"questions": []}',
      "anatomy.csv": '"Which, then?",APC,HFE,B\nWhich?,APC,HFE,A\n',
      "questions.jsonl": lines(
        { question: "Which, then?", options: ["APC", "HFE"], answers: [1] },
        { question: "Which?", options: ["APC", "HFE"], answers: [0] },
      ),
      "choices.jsonl": lines(
        { id: "1", answers: [1], letters: ["B"], texts: ["HFE"], probabilities: [0.1, 0.9] },
        { id: "2", answers: [1], letters: ["B"], texts: ["HFE"], probabilities: [0.1, 0.9] },
      ),
      "scores.csv": 'id,text,text_b,score\n1,"a, b",c,1\n2,d,e,2\n3,f,g,4\n',
      "values.jsonl": lines(
        { id: "1", labels: [], value: 1 },
        { id: "2", labels: [], value: 2 },
        { id: "3", labels: [], value: 4 },
      ),
    });
    const of = async (task: string, gold: keyof typeof others, pred: keyof typeof others) =>
      (await json(["score", task, "--gold", others[gold], "--pred", others[pred]])).scores;
    expect((await of("yes-no", "yes.tsv", "yes.jsonl")).accuracy).toBe(50);
    expect((await of("yes-no", "pubmedqa.json", "pubmedqa.jsonl")).accuracy).toBe(50);
    const bioAsq = await run(["score", "yes-no", "--gold", others["bioasq.json"], "--pred", others["yes.jsonl"]]);
    expect([bioAsq.code, bioAsq.err]).toEqual([2, expect.stringContaining("score qa")]);
    expect((await of("multiple-choice", "anatomy.csv", "choices.jsonl")).accuracy).toBe(50);
    expect((await of("multiple-choice", "questions.jsonl", "choices.jsonl")).accuracy).toBe(50);
    expect((await of("similarity", "scores.csv", "values.jsonl")).pearson).toBeCloseTo(100, 9);
  });

  it("reads comma-separated values, header and quotes included", async () => {
    const { "gold.csv": gold, "pred.csv": pred } = files({
      "gold.csv": 'id,text,label\n1,"x, y",P\n2,z,Q\n',
      "pred.csv": "id,label\n2,Q\n1,Q\n",
    });
    const { scores } = await json(["score", "classification", "--gold", gold, "--pred", pred]);
    expect(scores).toMatchObject({ accuracy: 50, count: 2 });
  });

  it("refuses a header that it does not know, unless the column is named or numbered", async () => {
    const { gold, alone } = files({
      gold: "foo\tcategory\nx 1.\tP\ny 2.\tQ\nz 3.\tP\n",
      alone: "category\nP\nQ\nP\nQ\n",
    });
    for (const file of [gold, alone]) {
      const { code, err, out } = await run(["score", "classification", "--gold", file, "--pred", file]);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain(`error[input-format]: ${file}:1: the line looks like a header`);
      expect(err).toContain('--label-column "category"');
    }
    const count = async (column: string) =>
      (await json(["score", "classification", "--gold", gold, "--pred", gold, "--label-column", column])).scores.count;
    expect([await count("category"), await count("2")]).toEqual([3, 4]);
  });

  it("takes a rare label of the first line for one", async () => {
    for (const rows of ["d1\tyes\nd2\tno\nd3\tno\n", "fever\tsymptom\naspirin\tdrug\nzinc\tdrug\n", "yes\nno\nno\n"]) {
      const { gold } = files({ gold: rows });
      expect((await json(["score", "classification", "--gold", gold, "--pred", gold])).scores.count).toBe(3);
    }
  });

  it.each([
    ["relation --protocol binary", "1\t0\n2\t1\n", "1\t0\n2\tCPR:3\n", 'label "CPR:3" is neither 0 nor 1'],
    ["yes-no", "1\tyes\n2\tno\n", "1\tyes\n2\tperhaps\n", 'label "perhaps" is neither yes, no nor maybe'],
    ["similarity", "1\t0\n2\t1\n", "1\t0\n2\tx\n", '"x" is no number'],
    ["classification", "1\ta\n2\tb\n", '{"id": "1", "label": "a"}\n{"id": "2", "scores": {}}\n', "no field label"],
    ["classification", "1\ta\n2\tb\n", '{"id": "1", "label": "a"}\n{"id": "2"\n', "not JSON"],
  ])("names the file and the line of what is wrong in %s", async (task, right, odd, message) => {
    const { one, other } = files({ one: right, other: odd });
    for (const [gold, pred] of [
      [one, other],
      [other, one],
    ] as const) {
      const { code, err } = await run(["score", ...task.split(" "), "--gold", gold, "--pred", pred]);
      expect(code).toBe(1);
      expect(err).toContain(`${other}:2: ${message}`);
    }
  });

  it("refuses missed gold of a class that there is not", async () => {
    const { gold } = files({ gold: "1\ta\tCPR:3\n2\tb\tfalse\n" });
    const argv = (name: string) => [
      ...["score", "relation", "--protocol", "chemprot", "--gold", gold, "--pred", gold, "--missed-gold", `${name}=12`],
    ];
    const { code, err } = await run(argv("CPR:33"));
    expect(code).toBe(2);
    expect(err).toContain("--missed-gold CPR:33=12: CPR:33 is not a class");
    const binary = await run([
      ...["score", "relation", "--protocol", "binary", "--gold", gold, "--pred", gold, "--missed-gold", "1=2"],
    ]);
    expect(binary.err).toContain("error[usage]: --missed-gold is for classes of sentences, not for --protocol binary");
    expect(err).toContain("CPR:3, CPR:4");
    expect((await json(argv("cpr:9"))).scores.microWithMissedGold.goldCount).toBe(13);
  });
});

describe("score qa", () => {
  const golden = (id: string) =>
    JSON.stringify({ questions: [{ id, type: "factoid", exact_answer: [["Zinc", "Zn"]] }] });
  const answers = JSON.stringify({
    questions: [
      { id: "a", exact_answer: [["iron"], ["zn"]] },
      { id: "b", exact_answer: [["zinc"]] },
    ],
  });

  it("prints the ten numbers, pooled and by batch", async () => {
    const { b1, b2, system } = files({ b1: golden("a"), b2: golden("b"), system: answers });
    const argv = ["score", "qa", "--gold", b1, b2, "--pred", system];
    const { scores, protocol } = await json(argv);
    expect(protocol).toBe("bioasq-phase-b-e5");
    expect(scores.official).toMatchObject({
      "Factoid Strict Acc": 0.5,
      "Factoid Lenient Acc": 1,
      "Factoid MRR": 0.75,
      "YesNo Acc": 0,
    });
    expect(scores.byBatch.b1.factoid.meanReciprocalRank).toBe(50);
    const { out } = await run(argv);
    expect(out).toMatch(/^Factoid MRR +75\.00 +50\.00 +100\.00$/m);
    expect(out).toContain("The official line (fractions): 0 0.5 1 0.75 0 0 0 0 0 0");
  });

  it("follows the edition, and says what was not answered", async () => {
    const { b1, b2, empty } = files({
      b1: golden("a"),
      b2: golden("b"),
      empty: JSON.stringify({ questions: [{ id: "z" }] }),
    });
    const { out, err } = await run(["score", "qa", "--gold", b1, b2, "--pred", empty]);
    expect(out).toContain("2 questions are not answered and count as wrong.");
    expect(err).toContain("1 answers are to questions that no golden file has, such as z");
    expect(
      (
        await json([
          "score",
          "qa",
          "--gold",
          b1,
          "--pred",
          files({ s: answers.replace(/,\{"id":"b".*\]\]\}/, "") }).s,
          "--edition",
          "9",
        ])
      ).protocol,
    ).toBe("bioasq-phase-b-e9-answered");
    expect((await run(["score", "qa", "--gold", b1, "--pred", b1, "--edition", "4"])).code).toBe(2);
  });

  it("scores SQuAD's files", async () => {
    const paragraph = {
      context: "c",
      qas: [
        { id: "1", question: "q", answers: [{ text: "the gut", answer_start: 0 }] },
        { id: "2", answers: [] },
      ],
    };
    const { gold, pred } = files({
      gold: JSON.stringify({ data: [{ paragraphs: [paragraph] }] }),
      pred: '{"1": "gut", "2": "x"}',
    });
    const { scores, protocol } = await json(["score", "qa", "--gold", gold, "--pred", pred]);
    expect(protocol).toBe("squad-2.0");
    expect(scores).toMatchObject({ exactMatch: 50, f1: 50, missing: 0 });
  });

  it.each([
    ["broken JSON", '{"questions": [\n}', ":2:1: not JSON"],
    ["another kind of file", '{"a": "b"}', "predictions for a bioasq file are of another form"],
    ["an answer of another form", '{"questions": [{"id": "a", "exact_answer": {"x": 1}}]}', "[question 1, a]"],
    ["an id given twice", '{"questions": [{"id": "a"}, {"id": "a"}]}', "the id has come before [question 2, a]"],
    ["nothing at all", "\n", "only white space"],
  ])("refuses %s, with the file", async (_, predicted, message) => {
    const { b1, pred } = files({ b1: golden("a"), pred: predicted });
    const { code, err } = await run(["score", "qa", "--gold", b1, "--pred", pred]);
    expect(code).toBe(1);
    expect(err).toContain(pred);
    expect(err).toContain(message);
  });
});

it("refuses unknown flags and tasks, and shows examples", async () => {
  expect((await run(["score", "ner", "--gold", "x", "--goldd", "y"])).code).toBe(2);
  expect((await run(["score", "poetry"])).code).toBe(2);
  expect((await run(["score", "ner"])).err).toContain("--gold");
  expect((await run(["score", "--help"])).out).toContain("biobert score qa --gold 5B1_golden.json");
});

describe("files that look like others", () => {
  const score = (...argv: string[]) => json(["score", ...argv]);

  it("takes ids that are numbers for ids, not for probabilities", async () => {
    const { gold } = files({ gold: "10\t1\n11\t0\n12\t1\n" });
    const { scores } = await score("relation", "--protocol", "binary", "--gold", gold, "--pred", gold);
    expect(scores).toMatchObject({ f1: 100, accuracy: 100 });
    const { labels } = files({ labels: "10\t0\n11\t0\n12\t1\n" });
    const { headline } = await score("classification", "--labels", "0,1", "--gold", gold, "--pred", labels);
    expect(headline.value).toBeCloseTo(66.67, 2);
  });

  it.each([
    ["logits", "-2.1\t3.5\n1.5\t-0.5\n0\t1\n"],
    ["flags of the class", "0\t1\n1\t0\n0\t1\n"],
  ])("takes %s for scores", async (_, text) => {
    const { gold, pred } = files({ gold: "1\n0\n1\n", pred: text });
    const { scores } = await score("relation", "--protocol", "binary", "--gold", gold, "--pred", pred);
    expect(scores.accuracy).toBe(100);
  });

  it("reads the label, not its score, and of gold beside prediction the side that is asked for", async () => {
    const { gold, pred, both } = files({
      gold: "id\tlabel\na\tx\nb\ty\n",
      pred: "id\tlabel\tscore\na\tx\t0.9\nb\tx\t0.8\n",
      both: "id\tgold_label\tprediction\na\tx\tx\nb\ty\tx\n",
    });
    for (const [one, other] of [
      [gold, pred],
      [both, both],
      [gold, both],
      [both, pred],
    ] as const) {
      const { scores } = await score("classification", "--gold", one, "--pred", other);
      expect(scores).toMatchObject({ accuracy: 50, confusion: { labels: ["x", "y"] } });
    }
  });

  it("counts every spelling of a class", async () => {
    const { gold, pred } = files({ gold: "effect\nmechanism\nnone\n", pred: "Effect\nmechanism\nNone\n" });
    const argv = ["relation", "--classes", "EFFECT,mechanism", "--gold", gold, "--pred", pred];
    const { scores } = await score(...argv);
    expect(scores.micro).toMatchObject({ goldCount: 2, predictedCount: 2, correctCount: 2 });
  });

  it("says that no label is shared, and refuses an empty one", async () => {
    const { gold, spaces, empty } = files({ gold: "a\tx\nb\ty\n", spaces: "a x\nb y\n", empty: "a\tx\nb\t\n" });
    const { err, code } = await run(["score", "classification", "--gold", gold, "--pred", spaces]);
    expect(code).toBe(0);
    expect(err).toContain('gold labels are "x", "y", predicted ones "a x", "b y": nothing can match');
    const refused = await run(["score", "classification", "--gold", gold, "--pred", empty]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("empty:2: the cell of the label is empty");
  });

  it("names the prediction that comes twice, and the first row that is one too many", async () => {
    const { gold, twice, more } = files({
      gold: "id\tlabel\na\tx\nb\ty\n",
      twice: "id\tlabel\na\tx\nb\ty\na\tx\n",
      more: "label\nx\ny\nx\n",
    });
    const argv = ["score", "classification", "--gold", gold, "--pred"];
    expect((await run([...argv, twice])).err).toContain('twice:4: "a" has come before');
    expect((await run([...argv, more])).err).toMatch(/more:4: 2 gold rows and 3 predictions: this row is one more/);
  });

  it("unites parts of documents, and not documents called by a number", async () => {
    const { gold, pred } = files({ gold: "doc_1\ta\ndoc_2\tb\n", pred: "doc_1\tb\ndoc_2\ta\n" });
    const argv = ["score", "classification", "--multi-label", "--by-document", "--gold", gold, "--pred", pred];
    const { err, code } = await run(argv);
    expect(code).toBe(1);
    expect(err).toContain("no id names a part of a document");
  });

  it("tells apart golden files of one name", async () => {
    const question = (id: string, answer: string) => ({ id, type: "factoid", body: "?", exact_answer: [[answer]] });
    const folders = [temporaryFolder(), temporaryFolder()];
    const golds = folders.map((folder, i) => {
      const path = join(folder, "golden.json");
      writeFileSync(path, JSON.stringify({ questions: [question(`q${i}`, "yes")] }));
      return path;
    });
    const { pred } = files({
      pred: JSON.stringify({ questions: [{ ...question("q0", ""), exact_answer: [["no"]] }, question("q1", "yes")] }),
    });
    const { scores } = await score("qa", "--gold", ...golds, "--pred", pred);
    expect(scores.pooled.factoid).toMatchObject({ count: 2, meanReciprocalRank: 50 });
    expect(Object.keys(scores.byBatch)).toHaveLength(2);
  });

  it("refuses PubTator of another text, and names the document that is not in the gold", async () => {
    const { gold, moved, other } = files({
      gold: "7|t|Gout flared.\n7|a|\n7\t0\t4\tGout\tDisease\n",
      moved: "7|t| Gout flared.\n7|a|\n7\t1\t5\tGout\tDisease\n",
      other: "8|t|Gout flared.\n8|a|\n8\tBind\tC1\tG1\n",
    });
    const ner = (pred: string) => run(["score", "ner", "--gold", gold, "--pred", pred]);
    expect((await ner(moved)).err).toMatch(/moved:1: the text of document "7" is not that of the gold \(line 1 of /);
    expect((await ner(other)).err).toContain('other:1: document "8" is not in the gold');
    const relation = await run(["score", "relation", "--gold", gold, "--pred", other]);
    expect(relation.err).toContain('other:1: document "8" is not in the gold');
  });

  it("cuts what is too long for a terminal", async () => {
    const long = "x".repeat(5000);
    const { gold, pred } = files({ gold: `${long}\ny\n`, pred: `${long}\ny\n` });
    const { out } = await run(["score", "classification", "--gold", gold, "--pred", pred]);
    expect(out.length).toBeLessThan(3000);
    const tokens = files({ gold: `${long}\tO\n`, pred: `${long}y\tO\n` });
    const { err } = await run(["score", "ner", "--gold", tokens.gold, "--pred", tokens.pred]);
    expect(err).toContain("where in the gold");
    expect(err.length).toBeLessThan(1000);
  });
});
