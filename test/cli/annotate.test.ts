import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readCorpus } from "../../src/data/index.ts";
import { parseConll } from "../../src/formats/index.ts";
import { MemoryStream, fakeLog, findFakeEntities, fakeRooms, run, temporaryFolder } from "./harness.ts";

function file(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const parse = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map(
      (line) =>
        JSON.parse(line) as { id: string; text?: string; entities: { mention: string; start: number; end: number }[] },
    );

describe("annotate: JSON lines", () => {
  it("writes one line for each document, entities with their fields only", async () => {
    const path = file("notes.txt", "Lung cancer and fever.");
    const { code, out, err } = await run(["annotate", "--format", "jsonl", path]);
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual({
      id: path,
      entities: [
        { type: "Disease", mention: "Lung cancer", start: 0, end: 11, score: 0.987654 },
        { type: "Symptom", mention: "fever", start: 16, end: 21, score: 0.5 },
      ],
    });
  });

  it("keeps the byte-order mark and line ends in the text that offsets count", async () => {
    const text = "\uFEFFOne\r\n\u{1f600}\tlung cancer\r\n";
    const { out } = await run(["annotate", "--format", "jsonl", "--include-text", file("notes.txt", text)]);
    const [document] = parse(out);
    expect(document.text).toBe(text);
    const [entity] = document.entities;
    expect(document.text?.slice(entity.start, entity.end)).toBe("lung cancer");
  });

  it("reads standard input without a file and for -", async () => {
    for (const argv of [[], ["-"]]) {
      const { code, out } = await run(["annotate", "--format", "jsonl", ...argv], { input: ["high ", "fever"] });
      expect(code).toBe(0);
      expect(parse(out)).toEqual([{ id: "stdin", entities: [expect.objectContaining({ start: 5, end: 10 })] }]);
    }
  });

  it("recognises JSON lines by extension and by content, packed or not, cut anywhere", async () => {
    const lines = '{"id":"1","text":"fever"}\n\n{"id":2,"text":"caf\u00e9 fever"}\n';
    const ids = async (argv: string[], input: (string | Uint8Array)[] = []) =>
      parse((await run(["annotate", "--format", "jsonl", ...argv], { input })).out).map(({ id }) => id);
    expect(await ids([file("a.jsonl", lines)])).toEqual(["1", "2"]);
    expect(await ids([file("a.jsonl.gz", gzipSync(lines))])).toEqual(["1", "2"]);
    expect(await ids([], [lines])).toEqual(["1", "2"]);
    expect(await ids([], [gzipSync(lines)])).toEqual(["1", "2"]);
    expect(await ids([], [`\uFEFF${lines}`])).toEqual(["1", "2"]);
    const bytes = Buffer.from(lines);
    expect(
      await ids(
        [],
        Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
      ),
    ).toEqual(["1", "2"]);
    expect(await ids([file("a.txt", lines)])).toHaveLength(1);
    expect(await ids(["--input", "text"], [lines])).toEqual(["stdin"]);
  });

  it("hands each document out as soon as it is done", async () => {
    const stdout = new MemoryStream();
    const seen: number[] = [];
    const rooms = fakeRooms({ onDocument: () => seen.push(stdout.text.split("\n").length - 1) });
    const input = [1, 2, 3].map((id) => `{"id":"${id}","text":"fever"}\n`);
    await run(["annotate", "--format", "jsonl"], { input, stdout, rooms });
    expect(seen).toEqual([0, 1, 2]);
  });

  it("passes its options to the model and frees it", async () => {
    const log = fakeLog();
    const argv = [
      "--model",
      "my-model",
      "--threads",
      "3",
      "--device",
      "webgpu",
      "--precision",
      "fp16",
      "--min-score",
      "0.5",
      "--windows",
      "document",
    ];
    await run(["annotate", ...argv], { input: ["fever"], rooms: fakeRooms({ log }) });
    const options = { threads: 3, device: "webgpu", precision: "fp16", warn: expect.any(Function) };
    expect(log.loaded).toEqual([{ directory: "my-model", options }]);
    expect(log.annotateOptions).toMatchObject({ minScore: 0.5, windows: "document" });
    expect(log.disposed).toBe(1);
  });

  it("uses the model that ships unless told otherwise", async () => {
    const log = fakeLog();
    await run(["annotate"], { input: ["fever"], rooms: fakeRooms({ log }) });
    expect(log.loaded[0].directory).toMatch(/models[\\/]ncbi-disease$/);
  });
});

describe("annotate: bad input", () => {
  const lines = '{"id":"1","text":"fever"}\n{"id":"2","text":\n["no"]\n{"id":"4"}\n{"id":"5","text":"fever"}\n';

  it("reports bad JSON lines with their numbers and goes on", async () => {
    const { code, out, err } = await run(["annotate", "--format", "jsonl"], { input: [lines] });
    expect(code).toBe(1);
    expect(parse(out).map(({ id }) => id)).toEqual(["1", "5"]);
    for (const line of [2, 3, 4]) expect(err).toContain(`error[input-format]: stdin:${line}: `);
    expect(err).toContain("3 could not be read, 2 annotated");
    expect(err).not.toContain("    at ");
  });

  it("stops at the first with --strict", async () => {
    const { code, out, err } = await run(["annotate", "--format", "jsonl", "--strict"], { input: [lines] });
    expect(code).toBe(1);
    expect(parse(out).map(({ id }) => id)).toEqual(["1"]);
    expect(err).toContain("stdin:2");
    expect(err).not.toContain("stdin:3");
  });

  it("says which line is not UTF-8 and goes on", async () => {
    const input = [
      Buffer.concat([Buffer.from('{"id":"1","text":"\xe9"}\n', "latin1"), Buffer.from('{"id":"2","text":"fever"}\n')]),
    ];
    const { code, out, err } = await run(["annotate", "--format", "jsonl"], { input });
    expect(code).toBe(1);
    expect(err).toContain("error[input-encoding]: stdin:1");
    expect(parse(out).map(({ id }) => id)).toEqual(["2"]);
  });

  it("passes over a line of 20 MB and goes on", async () => {
    const long = `{"id":"1","text":"${"a".repeat(20_000_000)}"}\n`;
    const { code, out, err } = await run(["annotate", "--format", "jsonl"], {
      input: [long, '{"id":"2","text":"fever"}\n'],
    });
    expect(code).toBe(1);
    expect(err).toContain("error[input-too-large]: stdin:1");
    expect(parse(out).map(({ id }) => id)).toEqual(["2"]);
    const text = await run(["annotate"], { input: ["one line\n", "a ".repeat(10_000_000)] });
    expect(text.code).toBe(1);
    expect(text.err).toContain("error[input-too-large]: stdin:2");
  });

  it.each([
    ["empty.txt", "input-empty", ""],
    ["blank.txt", "input-empty", "\uFEFF \n\n"],
    ["empty.jsonl", "input-empty", "\n\n"],
    ["binary.txt", "input-binary", new Uint8Array([1, 2, 0, 255, 0, 9])],
    ["binary.jsonl", "input-binary", new Uint8Array([1, 2, 0, 255, 0, 9])],
    ["latin1.txt", "input-encoding", Buffer.from("caf\xe9 noir", "latin1")],
    ["utf16.txt", "input-encoding", Buffer.from("\uFEFFfever", "utf16le")],
    ["cut.txt.gz", "input-format", gzipSync("fever ".repeat(1000)).subarray(0, 30)],
  ])("%s gives %s a clear error, and the next file is annotated", async (name, errorCode, content) => {
    const good = file("good.txt", "fever");
    const bad = file(name, content);
    const { code, out, err } = await run(["annotate", "--format", "jsonl", bad, good]);
    expect(code).toBe(1);
    expect(err).toContain(`error[${errorCode}]: ${bad}`);
    expect(err).toContain("1 could not be read, 1 annotated");
    expect(parse(out).map(({ id }) => id)).toEqual([good]);
  });

  it("does not load the model when there is nothing to annotate", async () => {
    const log = fakeLog();
    const { code, out, err } = await run(["annotate", "no-such-file.txt", temporaryFolder()], {
      rooms: fakeRooms({ log }),
    });
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("error[file-not-found]: no-such-file.txt: ");
    expect(err).toContain("error[file-unreadable]: ");
    expect(err).toContain("2 could not be read, nothing was annotated");
    expect(log.loaded).toEqual([]);
  });

  it("reports a missing model with its code and what to do", async () => {
    const { code, err } = await run(["annotate", "--model", "no-such-model"], { input: ["fever"] });
    expect(code).toBe(1);
    expect(err).toBe("error[model-missing]: no-such-model: there is no config.json\n  Give a model directory.\n");
  });

  it("shows a stack trace only with --debug", async () => {
    const { err } = await run(["annotate", "--debug", "--model", "no-such-model"], { input: ["fever"] });
    expect(err).toMatch(/\n {4}at /);
  });
});

describe("annotate: output", () => {
  it("writes a file whole or not at all", async () => {
    const folder = temporaryFolder();
    const out = join(folder, "out.jsonl");
    expect((await run(["annotate", "--format", "jsonl", "--out", out], { input: ["fever"] })).code).toBe(0);
    expect(parse(readFileSync(out, "utf8"))).toHaveLength(1);

    const failed = join(folder, "failed.jsonl");
    const input = ['{"id":"1","text":"fever"}\nnot json\n'];
    expect((await run(["annotate", "--format", "jsonl", "--strict", "--out", failed], { input })).code).toBe(1);
    expect(readdirSync(folder)).toEqual(["out.jsonl"]);
  });

  it("refuses an output that cannot be written before the model is loaded", async () => {
    const log = fakeLog();
    const out = join(temporaryFolder(), "no", "such", "out.jsonl");
    const { code, err } = await run(["annotate", "--out", out], { input: ["fever"], rooms: fakeRooms({ log }) });
    expect(code).toBe(1);
    expect(err).toContain(`error[file-unwritable]: ${out}`);
    expect(log.loaded).toEqual([]);
  });

  it("ends quietly when the reader of a pipe goes away", async () => {
    const stdout = new MemoryStream();
    stdout.failAfter = 1;
    const log = fakeLog();
    const input = Array.from({ length: 50 }, (_, id) => `{"id":"${id}","text":"fever"}\n`);
    const { code, err } = await run(["annotate", "--format", "jsonl"], { input, stdout, rooms: fakeRooms({ log }) });
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(log.annotated.length).toBeLessThan(5);
    expect(log.disposed).toBe(1);
  });

  it("reports a full disk behind standard output", async () => {
    const stdout = new MemoryStream();
    stdout.failAfter = 0;
    stdout.failWith = "ENOSPC";
    const { code, err } = await run(["annotate"], { input: ["fever"], stdout });
    expect(code).toBe(1);
    expect(err).toContain("error[disk-full]");
  });

  it("stops between documents on Ctrl-C, with exit code 130 and no file", async () => {
    const abort = new AbortController();
    const folder = temporaryFolder();
    const log = fakeLog();
    const rooms = fakeRooms({ log, onDocument: ({ id }) => id === "3" && abort.abort() });
    const input = Array.from({ length: 50 }, (_, id) => `{"id":"${id}","text":"fever"}\n`);
    const argv = ["annotate", "--format", "jsonl", "--out", join(folder, "out.jsonl")];
    const { code, err } = await run(argv, { input, rooms, signal: abort.signal });
    expect(code).toBe(130);
    expect(err).toBe("");
    expect(log.annotated.length).toBeLessThan(6);
    expect(log.disposed).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("annotate: table", () => {
  const text = "Patients with lung cancer had fever.";

  it("marks mentions with brackets and types where there is no colour", async () => {
    const { code, out } = await run(["annotate"], { input: [`${text}\r\n\r\n`] });
    expect(code).toBe(0);
    expect(out).not.toContain("\n\n\n");
    expect(out).toContain("Patients with [lung cancer|Disease] had [fever|Symptom].");
    expect(out).not.toContain("\u001b");
    const rows = out.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(["type", "mention", "start", "end", "score", "context"]);
    expect(rows).toContainEqual([
      "Disease",
      "lung cancer",
      "14",
      "25",
      "0.988",
      "Patients with [lung cancer] had fever.",
    ]);
    expect(out).toContain("1 document: Disease 1, Symptom 1");
  });

  it("uses colour on a terminal, and heeds NO_COLOR, FORCE_COLOR and --no-color", async () => {
    const colored = async (terminal: boolean, environment: Record<string, string>, ...flags: string[]) =>
      (await run(["annotate", ...flags], { input: [text], terminal, environment })).out.includes("\u001b[");
    expect(await colored(true, {})).toBe(true);
    expect(await colored(true, { NO_COLOR: "1" })).toBe(false);
    expect(await colored(true, { TERM: "dumb" })).toBe(false);
    expect(await colored(true, {}, "--no-color")).toBe(false);
    expect(await colored(false, {})).toBe(false);
    expect(await colored(false, { FORCE_COLOR: "1" })).toBe(true);
    expect(await colored(true, { FORCE_COLOR: "0" })).toBe(false);
  });

  it("lets no control sequence of a document through", async () => {
    const { out } = await run(["annotate"], { input: ["\u001b[31mfever\u001b[0m \u009b31m and \u0007 bell"] });
    expect(out).not.toContain("\u001b");
    expect(out).not.toContain("\u009b");
    expect(out).not.toContain("\u0007");
    expect(out).toContain("\u241b[31m[fever|Symptom]");
  });

  it("wraps the text and loses no word of it", async () => {
    const words = Array.from({ length: 200 }, (_, index) => `word${index}`).join(" ");
    const { out } = await run(["annotate", "--no-color"], { input: [`${words} fever`], terminal: true });
    const body = out.slice(0, out.indexOf("\n\n")).split("\n").slice(1);
    expect(body.every((line) => line.length <= 80)).toBe(true);
    expect(body.join(" ")).toBe(`${words} [fever|Symptom]`);
  });

  it("says so when there is nothing", async () => {
    const { code, out } = await run(["annotate"], { input: ["All is well."] });
    expect(code).toBe(0);
    expect(out).toContain("No mentions found.");
  });
});

describe("annotate: formats of corpora", () => {
  const input = [
    '{"id":"7","text":"\\ufeffCaf\\u00e9 \\ud83d\\ude00: lung cancer.\\nNo fever."}\n{"id":"8","text":"All is well."}\n{"id":"9","text":"fever"}\n',
  ];

  it.each(["pubtator", "bioc-xml", "bioc-json"])("writes %s that is read as it was annotated", async (format) => {
    const { code, out, err } = await run(["annotate", "--format", format], { input });
    expect([code, err]).toEqual([0, ""]);
    const documents = await readCorpus(file(`found.${format}`, out), ({ message }) => expect.fail(message));
    const texts = input[0]!
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(documents.map(({ id }) => id)).toEqual(["7", "8", "9"]);
    documents.forEach(({ text, entities }, i) => {
      const found = findFakeEntities(texts[i]!).map(({ type, start, end }) => ({ type, start, end }));
      expect(entities.map(({ type, spans: [span] }) => ({ type, ...span }))).toEqual(found);
      expect(text.trimEnd()).toBe(format === "pubtator" ? texts[i]!.replaceAll("\n", " ") : texts[i]);
    });
  });

  it("writes a folder that BRAT opens, whose offsets are those of its texts", async () => {
    const out = join(temporaryFolder(), "brat");
    const { code, err } = await run(["annotate", "--format", "brat", "--out", out], { input });
    expect([code, err]).toEqual([0, ""]);
    expect(readdirSync(out).sort()).toEqual(
      ["7.ann", "7.txt", "8.ann", "8.txt", "9.ann", "9.txt", "annotation.conf"].sort(),
    );
    const text = readFileSync(join(out, "7.txt"), "utf8");
    expect(text).toBe("\ufeffCaf\u00e9 \u{1f600}: lung cancer.\nNo fever.");
    const lines = readFileSync(join(out, "7.ann"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const [, start, end, mention] = /^T\d+\t\S+ (\d+) (\d+)\t(.*)$/.exec(line)!;
      expect([...text].slice(Number(start), Number(end)).join("")).toBe(mention);
    }
    expect(readFileSync(join(out, "8.ann"), "utf8")).toBe("");
    expect(readFileSync(join(out, "annotation.conf"), "utf8")).toBe(
      "[entities]\nDisease\nSymptom\n\n[relations]\n\n[events]\n\n[attributes]\n",
    );
    const documents = await readCorpus(out, ({ message }) => expect.fail(message));
    expect(documents.map(({ id, entities }) => [id, entities.length])).toEqual([
      ["7", 2],
      ["8", 0],
      ["9", 1],
    ]);
    const log = fakeLog();
    const taken = await run(["annotate", "--format", "brat", "--out", out], { input, rooms: fakeRooms({ log }) });
    expect([taken.code, taken.err]).toEqual([1, expect.stringContaining("error[file-exists]")]);
    expect(log.loaded, "refused before the model is loaded").toEqual([]);
    expect((await run(["annotate", "--format", "brat"], { input })).code).toBe(2);
  });

  it("writes tagged sentences that training reads", async () => {
    const { code, out } = await run(["annotate", "--format", "conll"], { input });
    expect(code).toBe(0);
    const { sentences } = parseConll(out);
    expect(sentences.map(({ tokens }) => tokens.join(" "))).toContain("No fever .");
    expect(sentences.flatMap(({ tags }) => tags).filter((tag) => tag !== "O")).toEqual([
      "B-Disease",
      "I-Disease",
      "B-Symptom",
      "B-Symptom",
    ]);
  });
});

describe("annotate: html", () => {
  it("writes one page that holds everything and lets nothing of the text become markup", async () => {
    const text = `<script>alert("1")</script> lung cancer & 'fever' \u{1f600}`;
    const { code, out } = await run(["annotate", "--format", "html"], { input: [text] });
    expect(code).toBe(0);
    expect(out.startsWith("<!doctype html>")).toBe(true);
    expect(out).not.toContain("<script");
    expect(out).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    expect(out).toContain("&amp; &#39;<mark");
    expect(out).toContain("Disease, score 0.988, characters 28 to 39");
    expect(out).not.toMatch(/(?:src|href)=|url\(|@import/);
    expect(out).toContain("prefers-color-scheme: dark");
    expect(out).toContain("@media print");
  });

  it("gives every tooltip its own id and counts the mentions", async () => {
    const input = ['{"id":"a","text":"fever, fever"}\n{"id":"b","text":"fever and lung cancer"}\n'];
    const { out } = await run(["annotate", "--format", "html"], { input });
    const ids = [...out.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of out.matchAll(/aria-describedby="([^"]+)"/g)) expect(ids).toContain(id);
    expect(out).toContain("<dt>Mentions</dt><dd>4</dd>");
    expect(out).toMatch(/Symptom<\/mark> 3<\/li>/);
  });
});
