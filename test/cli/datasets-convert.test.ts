// `biobert datasets convert`: BioASQ's questions with their contexts, and folders that BRAT opens.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { QaExample } from "../../src/data/index.ts";
import { taskNamed } from "../../src/tasks/index.ts";
import { run, temporaryFolder } from "./harness.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("BioASQ's questions with contexts", () => {
  const snippet = (text: string) => ({ text, document: "http://www.ncbi.nlm.nih.gov/pubmed/11" });
  const ids = ["a", "b", "c", "d"].map((letter) => letter.repeat(24));
  const questions = [
    {
      id: ids[0],
      type: "factoid",
      body: "Which metal?",
      exact_answer: [["zinc", "Zn"]],
      snippets: [snippet("\u{1f600} Zinc helps."), snippet("Iron does not.")],
    },
    {
      id: ids[1],
      type: "list",
      body: "Which diseases?",
      exact_answer: [["gout"], ["mumps"]],
      snippets: [snippet("Gout and mumps.")],
    },
    {
      id: ids[2],
      type: "yesno",
      body: "Does it help?",
      exact_answer: "yes",
      snippets: [snippet("It helps."), snippet("It does.")],
    },
    { id: ids[3], type: "factoid", body: "Which gene?", exact_answer: [["TP53"]], snippets: [snippet("A gene.")] },
  ];
  const convert = async (...flags: string[]) => {
    await put("6B1_golden.json", JSON.stringify({ questions }));
    return run(["datasets", "convert", join(folder, "6B1_golden.json"), ...flags]);
  };

  it("become SQuAD's form, as BioBERT's files are, and lines of qa that read alike", async () => {
    const { code, out, err } = await convert("--to", "squad");
    expect(code).toBe(0);
    expect(err).toMatch(
      /^warning\[answers-not-found\].*6B1_golden\.json: 1 questions have an answer that stands in none of their snippets: kept without one\n$/,
    );
    const { version, data } = JSON.parse(out) as {
      version: string;
      data: { paragraphs: { context: string; qas: object[] }[] }[];
    };
    expect([version, data.length]).toEqual(["1.1", 1]);
    // SQuAD counts code points.
    expect(data[0]!.paragraphs[0]).toEqual({
      context: "\u{1f600} Zinc helps.",
      qas: [{ id: `${ids[0]}_000`, question: "Which metal?", answers: [{ text: "Zinc", answer_start: 2 }] }],
    });
    expect(
      data[0]!.paragraphs.map(
        ({ qas }) => (qas[0] as { id: string }).id.slice(0, 1) + (qas[0] as { id: string }).id.slice(24),
      ),
    ).toEqual(["a_000", "a_001", "d_000", "b_000"]);
    await put("made.json", out);
    await put("made.jsonl", (await convert("--to", "qa")).out);
    const read = async (name: string) =>
      (await taskNamed("qa").read([join(folder, name)], { questions: "both" }, true)).examples.map((example) => {
        const { id, question, context, answers } = example as QaExample;
        return { id, question, context, answers };
      });
    expect(await read("made.json")).toEqual(await read("made.jsonl"));
    expect((await read("made.json"))[0]!.answers).toEqual([{ text: "Zinc", start: 3 }]);
  });

  it("are those of one kind, with an answer, where it is asked for; yes/no questions have all snippets", async () => {
    const lines = (out: string) =>
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { id: string; golden?: unknown; batch?: string });
    const kept = await convert("--to", "qa", "--questions", "factoid", "--answered-only");
    expect(lines(kept.out)).toMatchObject([{ id: `${ids[0]}_000`, golden: [["zinc", "Zn"]], batch: "6b-1" }]);
    expect(kept.err).toContain("in none of their snippets: left out");
    expect(lines((await convert("--to", "yes-no")).out)).toMatchObject([
      { id: ids[2], question: "Does it help?", contexts: ["It helps.", "It does."], label: "yes" },
    ]);
  });

  it("are refused where there are none, and where the file is another", async () => {
    expect(await convert("--to", "yes-no", "--answered-only")).toMatchObject({ code: 2 });
    await put("other.json", '{"data": []}');
    const other = await run(["datasets", "convert", join(folder, "other.json"), "--to", "squad"]);
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/error\[input-format\].*no BioASQ file/)]);
    await put("none.json", JSON.stringify({ questions: [questions[2]] }));
    const none = await run(["datasets", "convert", join(folder, "none.json"), "--to", "squad"]);
    expect([none.code, none.err]).toEqual([
      1,
      expect.stringMatching(/error\[input-empty\].*none of the 1 questions is a factoid or list question/),
    ]);
  });
});

it("writes BRAT folders that hold all that BRAT has, and name the types", async () => {
  await put("brat/1.txt", "Zinc helps\r\ngout, zinc too.");
  const annotations =
    "T1\tChemical 0 4\tZinc\nT2\tDisease 12 16\tgout\nT3\tHelp 5 10\thelps\nT4\tSpan 5 10;12 16\thelps gout\nE1\tHelp:T3 Agent:T1 Theme2:T2\n" +
    "A1\tNegation E1\nA2\tSure T2 low\n#1\tNote T1\tx\n*\tEquiv T1 T2\nR1\ttreats Arg1:T1 Arg2:T2\nR2\tcauses Cause:E1 Effect:T2\n";
  await put("brat/1.ann", annotations);
  const out = join(folder, "out");
  const made = await run(["datasets", "convert", join(folder, "brat"), "--to", "brat", "--output", out]);
  // It says that an entity has several parts, and of nothing that it is left out.
  expect([made.code, made.err.match(/warning\[[\w-]+\]/g)]).toEqual([
    0,
    ["warning[entities-discontinuous]", "warning[entities-nested]"],
  ]);
  const lines = (text: string): string[] => text.trimEnd().split("\n").sort();
  expect(lines(await readFile(join(out, "1.ann"), "utf8"))).toEqual(lines(annotations));
  expect(await readFile(join(out, "1.txt"), "utf8")).toBe("Zinc helps\r\ngout, zinc too.");
  expect((await readFile(join(out, "annotation.conf"), "utf8")).split("\n").filter((line) => line !== "")).toEqual([
    "[entities]",
    "Chemical",
    "Disease",
    "Span",
    "[relations]",
    "Equiv\tArg1:<ENTITY>, Arg2:<ENTITY>, <REL-TYPE>:symmetric-transitive",
    "causes\tCause:<ANY>, Effect:Disease",
    "treats\tArg1:Chemical, Arg2:Disease",
    "[events]",
    "Help\tAgent*:<ANY>, Theme*:<ANY>",
    "[attributes]",
    "Negation\tArg:<ANY>",
    "Sure\tArg:<ANY>, Value:low",
  ]);

  const entity = (id: string, offset: number) => ({
    id,
    infons: { type: "A B", identifier: `D${id}` },
    text: "Zinc\ngout".slice(offset),
    locations: [{ offset, length: 9 - offset }],
  });
  const relation = { id: "R", infons: { type: "CID", entity1: "D1", entity2: "D2" }, nodes: [] };
  const document = (id: string) => ({
    id,
    infons: {},
    passages: [
      {
        offset: 0,
        infons: {},
        text: "Zinc\ngout",
        annotations: [entity("1", 0), entity("2", 5)],
        relations: [relation],
      },
    ],
    relations: [],
  });
  await put(
    "two.json",
    JSON.stringify({
      source: "",
      date: "",
      key: "",
      infons: {},
      documents: [document("a/x.txt"), document("b/X"), document("..")],
    }),
  );
  const again = join(folder, "again");
  const two = await run(["datasets", "convert", join(folder, "two.json"), "--to", "brat", "--output", again]);
  expect(two.err).toMatch(/warning\[relations-concepts\].*3 relations of concepts are left out.*brat has no place/);
  expect(two.err).toMatch(
    /warning\[document-renamed\].*2 documents have another name as a file, the first X-2 for "b\/X"/,
  );
  expect((await readdir(again)).sort()).toEqual(
    ["X-2.ann", "X-2.txt", "annotation.conf", "document.ann", "document.txt", "x.ann", "x.txt"].sort(),
  );
  // BRAT refuses a mention over a line end: it is written in parts.
  expect(await readFile(join(again, "x.ann"), "utf8")).toBe(
    "T1\tA_B 0 4;5 9\tZinc gout\nT2\tA_B 5 9\tgout\nN1\tReference T1 ID:D1\t\nN2\tReference T2 ID:D2\t\n",
  );
  expect((await run(["datasets", "convert", join(folder, "brat"), "--to", "brat"])).code).toBe(2);
});
