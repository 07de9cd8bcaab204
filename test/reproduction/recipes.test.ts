// Every recipe of configs/ fits its schema, the registry and its task; and a damaged one is refused with file, line and what is meant.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DATASETS } from "../../src/data/index.ts";
import {
  nearest,
  parseRecipe,
  readRecipe,
  recipeIds,
  recipeNamed,
  resolveRecipe,
} from "../../src/reproduction/index.ts";

const configs = join(import.meta.dirname, "..", "..", "configs");
const ids = readdirSync(configs).map((name) => name.replace(/\.yaml$/, ""));
const text = readFileSync(join(configs, "ncbi-disease.yaml"), "utf8");

function errorOf(work: () => unknown): {
  code?: string;
  message: string;
  place?: { file?: string; line?: number };
  hint?: string;
} {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** The number of the line that holds this. */
const lineOf = (source: string, part: string): number =>
  source.split("\n").findIndex((line) => line.includes(part)) + 1;

describe("configs/", () => {
  it("holds recipes alone, named as they call themselves", async () => {
    expect(await recipeIds(configs)).toEqual([...ids].sort());
  });

  it.each(ids)("%s fits the schema, the registry and its task's options, from each of its starts", async (id) => {
    const recipe = await readRecipe(join(configs, `${id}.yaml`));
    for (const start of Object.keys(recipe.starts)) {
      const resolved = resolveRecipe(recipe, { start });
      expect(resolved.dataset.id).toBe(recipe.data.dataset);
      for (const row of resolved.published) expect(row.source).not.toBe("");
      if (resolved.task === undefined) continue;
      expect(Object.keys(resolved.task.options)).toEqual(
        expect.arrayContaining(Object.keys(recipe.task === "document-embedding" ? {} : recipe.options)),
      );
      expect(resolved.training!.learningRate).toBeGreaterThan(0);
    }
  });

  it.each(ids)("%s has a comment on every value", (id) => {
    const lines = readFileSync(join(configs, `${id}.yaml`), "utf8").split("\n");
    const bare = lines.filter((line) => /^\s*(?:- )?[A-Za-z]+: \S/.test(line) && !/ # \S/.test(line));
    expect(bare).toEqual([]);
  });

  it("covers the published BioBERT scores of the registry", async () => {
    const published = DATASETS.filter(({ published: rows }) => rows.some(({ model }) => model.startsWith("BioBERT")));
    const recipes = await Promise.all(ids.map((id) => readRecipe(join(configs, `${id}.yaml`))));
    const missing = published.filter(({ id }) => !recipes.some(({ data }) => data.dataset === id)).map(({ id }) => id);
    expect(missing).toEqual([]);
  });
});

describe("a recipe that is wrong", () => {
  it.each([
    ["an unknown key", "learningRate: 2e-4", "lerningRate: 2e-4", /training\.lerningRate is no key/, "learningRate"],
    ["an unknown key of the data", "  test: test", "  tests: test", /data/, undefined],
    ["a value of another kind", "epochs: 8 ", "epochs: many ", /training\.epochs/, undefined],
    ["a value out of its range", "dropout: 0.1", "dropout: 1.5", /training\.dropout/, undefined],
    ["a split that there is not", "train: [train, dev]", "train: [train, devel]", /data\.train\.1/, undefined],
  ])("is refused for %s, with its line", (_what, before, after, message, hint) => {
    const damaged = text.replace(before, after);
    expect(damaged).not.toBe(text);
    const error = errorOf(() => parseRecipe(damaged, "some.yaml"));
    expect(error.code).toBe("input-format");
    expect(error.message).toMatch(message);
    expect(error.place?.file).toBe("some.yaml");
    if (_what !== "an unknown key of the data") expect(error.place?.line).toBe(lineOf(damaged, after.trim()));
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });

  it("is refused for a key given twice and for what is not YAML", () => {
    const twice = text.replace("metric: f1 ", "metric: f1\nmetric: recall ");
    expect(errorOf(() => parseRecipe(twice, "twice.yaml"))).toMatchObject({
      code: "input-format",
      place: { file: "twice.yaml", line: lineOf(twice, "metric: recall") },
    });
    expect(errorOf(() => parseRecipe("id: [a", "broken.yaml"))).toMatchObject({
      code: "input-format",
      place: { file: "broken.yaml" },
    });
  });

  it("is refused for a published row that the registry does not have, an unknown option and folds of a set without", () => {
    const changed = (before: string, after: string) =>
      resolveRecipe(parseRecipe(text.replace(before, after), "some.yaml"));
    expect(errorOf(() => changed("registry: entity F1 ", "registry: entity F2 ")).message).toMatch(
      /no published score of ncbi-disease/,
    );
    const option = errorOf(() => changed("type: Disease ", "typ: Disease "));
    expect(option.message).toMatch(/options\.typ is no option of ner/);
    expect(option.hint).toContain("type");
    expect(errorOf(() => changed("  test: test ", "  folds: all\n  test: test ")).message).toMatch(/no folds/);
    expect(errorOf(() => changed("keep: last ", "keep: best ")).message).toMatch(/needs data\.dev/);
  });

  it("is refused for a change of a setting that there is not, and changes one that there is", async () => {
    const recipe = await recipeNamed("ncbi-disease", configs);
    expect(errorOf(() => resolveRecipe(recipe, { changes: { epoch: "3" } }))).toMatchObject({
      code: "usage",
      hint: expect.stringContaining("epochs"),
    });
    expect(errorOf(() => resolveRecipe(recipe, { changes: { epochs: "0" } })).code).toBe("usage");
    expect(errorOf(() => resolveRecipe(recipe, { changes: { patience: "3" } })).message).toMatch(
      /keep: last does not read/,
    );
    expect(errorOf(() => resolveRecipe(recipe, { start: "larger" })).code).toBe("usage");
    const resolved = resolveRecipe(recipe, { changes: { learningRate: "5e-4", epochs: "12" } });
    expect(resolved.training).toMatchObject({ learningRate: 5e-4, epochs: 12, batchSize: 32 });
    expect(resolved.changed).toEqual(["learningRate=5e-4", "epochs=12"]);
    expect(resolveRecipe(recipe, { start: "biobert" }).training).toMatchObject({ learningRate: 5e-5, batchSize: 32 });
  });

  it("names the nearest recipe", async () => {
    await expect(recipeNamed("ncbi-diseas", configs)).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining("ncbi-disease"),
    });
  });
});

it("finds the nearest word, or none that is near", () => {
  expect(nearest("bachSize", ["batchSize", "epochs"])).toBe("batchSize");
  expect(nearest("zzzzzz", ["batchSize", "epochs"])).toBeUndefined();
});
