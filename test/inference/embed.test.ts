// Vectors of texts: the same whatever else is in the batch, windows of long documents, layers, and what is written.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseNpy, parseSciDocsEmbeddings } from "../../src/formats/index.ts";
import { embed, type Encoder, loadEncoder } from "../../src/inference/index.ts";
import { run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts } from "../support/tiny-task.ts";

const space = tinyTaskSpace("embed");
const texts = tinyTexts(12, 4);
let encoder: Encoder;

beforeAll(async () => void (encoder = await loadEncoder(space.start, { threads: 1 })));
afterAll(async () => {
  await encoder.dispose();
  rmSync(space.folder, { recursive: true, force: true });
});

const near = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-5);
};

it("gives a text one vector, alone or among others", async () => {
  const all = await embed(encoder, texts);
  for (const i of [0, 5, 11]) near((await embed(encoder, [texts[i]!]))[0]!.vector, all[i]!.vector);
  const unit = await embed(encoder, texts, { normalize: true });
  for (const { vector } of unit) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
});

it("pools the states of all pieces, and has layers from the embeddings on", async () => {
  for (const pooling of ["mean", "first", "max", "sum"] as const) {
    const [states, pooled] = await Promise.all([
      loadEncoder(space.start, { threads: 1, pooling: "none" }),
      loadEncoder(space.start, { threads: 1, pooling }),
    ]);
    const { vector, pieces } = (await embed(states, [texts[0]!]))[0]!;
    const column = (k: number): number[] => Array.from({ length: pieces }, (_, i) => vector[i * states.width + k]!);
    const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
    const expected = Array.from({ length: states.width }, (_, k) => {
      const values = column(k);
      return { mean: sum(values) / pieces, sum: sum(values), first: values[0]!, max: Math.max(...values) }[pooling];
    });
    near((await embed(pooled, [texts[0]!, texts[1]!]))[0]!.vector, expected);
    await Promise.all([states.dispose(), pooled.dispose()]);
  }
  await expect(loadEncoder(space.start, { layer: 2 })).rejects.toMatchObject({ code: "usage" });
  await expect(loadEncoder(space.start, { device: "cuda" })).rejects.toMatchObject({ code: "device-unavailable" });
  const lowest = await loadEncoder(space.start, { layer: 0, threads: 1 });
  expect((await embed(lowest, texts))[0]!.vector).not.toEqual((await embed(encoder, texts))[0]!.vector);
  await lowest.dispose();
});

it("takes an abstract of any length, in any number of windows", async () => {
  const document = { title: "gene", abstract: "a ".repeat(200_000) };
  // What the model makes of its windows is nothing to this: each gives the number of rows that were run before it.
  let rows = 0;
  const counting: Encoder = {
    ...encoder,
    pooling: "max",
    width: 1,
    run: async ({ batch }) => Float32Array.from({ length: batch }, () => rows++),
  };
  const [embedding] = await embed(counting, [document], { maxLength: 3 });
  expect(embedding!.windows).toBeGreaterThan(200_000);
  expect(embedding!.vector).toEqual(Float32Array.of(rows - 1));
});

it("takes the mean over the windows of a long document, each by its pieces, or cuts it", async () => {
  const long = texts.join(" ");
  const [mean] = await embed(encoder, [long], { maxLength: 20 });
  const [cut] = await embed(encoder, [long], { maxLength: 20, long: "cut" });
  expect(mean!.windows).toBeGreaterThan(2);
  expect(cut).toMatchObject({ windows: mean!.windows, pieces: 20 });
  expect(mean!.pieces).toBeGreaterThan(40);
  expect(mean!.vector).not.toEqual(cut!.vector);
  await expect(embed(encoder, [long], { maxLength: 2 })).rejects.toMatchObject({ code: "usage" });
});

it("writes JSON lines, .npy with ids, and SciDocs' lines by the command", async () => {
  const path = join(space.folder, "documents.jsonl");
  const documents = [
    { id: "d1", title: texts[0]!, abstract: texts[1]! },
    { id: "d2", title: texts[2]!, abstract: "" },
  ];
  writeFileSync(path, documents.map((document) => JSON.stringify(document)).join("\n"));
  const flags = ["embed", path, "--model", space.start, "--threads", "1"];
  const { out, code } = await run(flags);
  expect(code).toBe(0);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; embedding: number[] });
  expect(lines.map(({ id }) => id)).toEqual(["d1", "d2"]);
  near(lines[1]!.embedding, (await embed(encoder, [texts[2]!]))[0]!.vector);
  const npy = join(space.folder, "v.npy");
  expect((await run([...flags, "--format", "npy", "--out", npy])).code).toBe(0);
  const matrix = parseNpy(readFileSync(npy));
  expect([matrix.rows, matrix.columns]).toEqual([2, encoder.width]);
  near(
    matrix.data,
    lines.flatMap(({ embedding }) => embedding),
  );
  expect(readFileSync(join(space.folder, "v.ids.txt"), "utf8")).toBe("d1\nd2\n");
  const scidocs = await run([...flags, "--format", "scidocs"]);
  expect(JSON.parse(scidocs.out.split("\n")[0]!)).toMatchObject({ paper_id: "d1", title: texts[0] });
  near(parseSciDocsEmbeddings(scidocs.out).get("d1")!, lines[0]!.embedding);
  // JSON lines can be scored, too.
  near(parseSciDocsEmbeddings(out).get("d1")!, lines[0]!.embedding);
  expect(() => parseSciDocsEmbeddings('{"embedding": [1]}')).toThrow("neither paper_id nor id");
  expect((await run([...flags, "--format", "npy"])).code).toBe(2);
  expect((await run([...flags, "--max-length", "8"])).err).toContain("longer than 8 pieces");
});

it("reports a document that it cannot read and goes on, ids beside their vectors", async () => {
  const path = join(space.folder, "some-bad.jsonl");
  const good = (id: string, text: string) => JSON.stringify({ id, text });
  writeFileSync(path, [good("a", texts[0]!), good("b", " "), "{broken", "[1]", good("e", texts[1]!)].join("\n"));
  const empty = join(space.folder, "empty.txt");
  writeFileSync(empty, "\n");
  const npy = join(space.folder, "some.npy");
  const flags = ["--model", space.start, "--threads", "1", "--format", "npy", "--out", npy];
  const { code, err } = await run(["embed", path, empty, ...flags]);
  expect(code).toBe(1);
  expect(err).toContain(`${path}:2: a document without text, title and abstract`);
  expect(err).toMatch(/some-bad\.jsonl:3: not JSON/);
  expect(err).toContain(`${path}:4: an array where an object is expected`);
  expect(err).toContain(`${empty}: there is no text in it`);
  expect(err).toContain("biobert: 4 could not be read, 2 embedded");
  expect(readFileSync(join(space.folder, "some.ids.txt"), "utf8")).toBe("a\ne\n");
  const matrix = parseNpy(readFileSync(npy));
  expect(matrix.rows).toBe(2);
  near(matrix.data.slice(encoder.width), (await embed(encoder, [texts[1]!]))[0]!.vector);
  expect(await run(["embed", empty, ...flags])).toMatchObject({
    code: 1,
    err: expect.stringContaining("1 could not be read, nothing was embedded"),
  });
});

it("tells JSON lines by their start where the name does not, but for .txt and where lines were asked for", async () => {
  const content = [0, 1].map((i) => JSON.stringify({ id: `d${i}`, text: texts[i] })).join("\n");
  const idsOf = async (name: string, ...more: string[]): Promise<string[]> => {
    const path = join(space.folder, name);
    writeFileSync(path, content);
    const { out } = await run(["embed", path, "--model", space.start, "--threads", "1", ...more]);
    return out
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id.replace(space.folder, "").slice(1));
  };
  expect((await idsOf("abstracts")).join()).toBe("0,1");
  expect(await idsOf("abstracts.txt")).toEqual(["abstracts.txt"]);
  expect(await idsOf("lines", "--lines")).toEqual(["lines:1", "lines:2"]);
});
