// `biobert ask`: answers out of files with their places, on a model that has learnt a few questions by heart.

import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lazyRooms } from "../../src/cli/common/rooms.ts";
import type { FoundAnswer } from "../../src/inference/index.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";
import { run } from "./harness.ts";

const space = tinyTaskSpace("ask");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const model = join(space.folder, "model");
const texts = tinyTexts(12, 3);
const wordOf = (i: number): string => texts[i]!.split(" ")[(i * 2) % 3]!;
const ask = (...argv: string[]) => run(["ask", ...argv, "--model", model, "--threads", "1"], { rooms: lazyRooms });

beforeAll(async () => {
  const lines = texts.map((context, i) =>
    JSON.stringify({ id: `q${i}`, question: texts[(i + 5) % 12], context, answers: [wordOf(i)] }),
  );
  const path = space.write("questions.jsonl", lines);
  const { error } = await trainTask("qa", space.options("model", { trainFiles: [path], epochs: 60, keep: "last" }));
  if (error !== undefined) throw error;
});

describe("biobert ask", () => {
  it("gives the answer learnt, with its place in the file and its sentence", async () => {
    const file = space.write("note.txt", [texts[0]!]);
    const { code, out } = await ask(texts[5]!, file, "--json", "--top", "2");
    expect(code).toBe(0);
    const { question, answers } = JSON.parse(out) as { question: string; answers: FoundAnswer[] };
    expect(question).toBe(texts[5]);
    expect(answers.length).toBeLessThanOrEqual(2);
    const [best] = answers;
    expect(best!.text).toBe(wordOf(0));
    const content = `${texts[0]!}\n`;
    expect([best!.document, content.slice(best!.start, best!.end)]).toEqual([file, best!.text]);
    expect(content.slice(best!.sentence.start, best!.sentence.end)).toBe(best!.sentence.text);
    expect(best!.sentence.text).toContain(best!.text);
    const shown = await ask(texts[5]!, file);
    expect(shown.out).toMatch(new RegExp(`^1\\. ${best!.text}   .*\\[${best!.start}, ${best!.end}\\)`));
    expect(shown.out).toContain(`[${best!.text}]`);
  });

  it("reads JSON lines, ranks answers of all documents, and goes on after a bad line", async () => {
    const file = space.write("many.jsonl", [
      JSON.stringify({ id: "a", text: texts[1] }),
      "no json",
      JSON.stringify({ id: "b", text: `${texts[0]} `.repeat(60) }),
    ]);
    const { code, out, err } = await ask(texts[5]!, file, "--json", "--top", "50");
    expect(code, "a line was bad").toBe(1);
    expect(err).toContain(`${file}:2`);
    const { answers } = JSON.parse(out) as { answers: FoundAnswer[] };
    expect(new Set(answers.map(({ document }) => document))).toEqual(new Set(["a", "b"]));
    const scores = answers.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it("runs the head for questions of a model that has others", async () => {
    const copy = join(space.folder, "heads");
    cpSync(model, copy, { recursive: true });
    const path = join(copy, "biobert.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { heads: Record<string, unknown>[] };
    const [own] = manifest.heads;
    const classes = { name: "classes", task: "classification", labels: ["a", "b"], file: "heads/classes.safetensors" };
    writeFileSync(path, JSON.stringify({ ...manifest, heads: [own, classes] }));
    const file = space.write("heads.txt", [texts[0]!]);
    const asked = (...more: string[]) =>
      run(["ask", texts[5]!, file, "--model", copy, "--threads", "1", ...more], { rooms: lazyRooms });
    expect((await asked()).out).toContain(`1. ${wordOf(0)} `);
    expect((await asked("--head", own!["name"] as string)).code).toBe(0);
    expect(await asked("--head", "classes")).toMatchObject({ code: 1, err: expect.stringContaining("model-task") });
  });

  it("refuses an empty question, a file that is not there and a model of another task", async () => {
    expect(await ask(" ", space.write("x.txt", ["text"]))).toMatchObject({ code: 2 });
    expect(await ask("Why?", join(space.folder, "missing.txt"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("missing.txt"),
    });
    const rows = space.write(
      "rows.tsv",
      texts.map((text, i) => `${text}\t${i % 2}`),
    );
    const other = space.options("classes", { trainFiles: [rows], epochs: 1, keep: "last" });
    expect((await trainTask("classification", other)).error).toBeUndefined();
    const file = space.write("y.txt", [texts[0]!]);
    const wrong = await run(["ask", "Why?", file, "--model", other.outputDirectory], { rooms: lazyRooms });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("error[model-task]") });
  });
});
