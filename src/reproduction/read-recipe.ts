// Recipes from YAML files: an unknown key, a wrong value and a key given twice are errors with the file, the line and the nearest
// key that there is.

import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { directoryFiles, readText } from "../data/index.ts";
import { type Recipe, recipeSchema } from "./recipe.ts";

/** The keys that a recipe may have anywhere: what an unknown one is compared with. */
const KEYS =
  "id title task data dataset train dev test folds options start starts model name training learningRate epochs batchSize optimizer schedule warmup weightDecay clip dropout maxLength keep accumulate layerDecay freeze patience balance classWeights embeddings layers hours machine seeds protocol metric published version registry value source differs search embedding pooling long normalize".split(
    " ",
  );

/** Letters to change, add or leave out to make one word of another. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let k = 1; k <= to.length; k++) {
      const changed = row[k - 1]! + (from[i - 1] === to[k - 1] ? 0 : 1);
      next.push(Math.min(changed, row[k]! + 1, next[k - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

/** The nearest of some words, where one is near at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const byDistance = known
    .map((other) => ({ other, distance: editDistance(word.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = byDistance;
  return best !== undefined && best.distance <= Math.max(2, word.length / 2) ? best.other : undefined;
}

/** The line of what is at a path; of a key that is not meant, its own. */
function lineOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
  key?: string,
): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (key !== undefined && length === path.length && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      if (pair !== undefined && isScalar(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
    }
    const range = (node as { range?: [number, number, number] | null } | undefined)?.range;
    if (range) return lines.linePos(range[0]).line;
  }
  return undefined;
}

/**
 * A recipe out of the text of its file.
 * @throws BiobertError `input-format` with the file, the line and what is wrong; for an unknown key the nearest one.
 */
export function parseRecipe(text: string, file: string): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2", uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    throw new BiobertError({
      code: "input-format",
      message: `not YAML: ${broken.message}`,
      place: { file, line },
      cause: broken,
    });
  }
  const result = recipeSchema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (result.success) return result.data;
  // A key that is misspelt is missing, too: the misspelling is the one to tell of.
  const issues = result.error.issues.map(deepest);
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
  const at = (key?: string): BiobertError["place"] => ({ file, line: lineOf(document, lines, issue.path, key) });
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const near = nearest(key, KEYS);
    throw new BiobertError({
      code: "input-format",
      message: `${[...issue.path, key].join(".")} is no key of a recipe`,
      place: at(key),
      ...(near === undefined ? {} : { hint: `Perhaps ${near} is meant.` }),
    });
  }
  const where = issue.path.join(".");
  throw new BiobertError({
    code: "input-format",
    message: `${where === "" ? "the recipe" : where}: ${issue.message}`,
    place: at(),
  });
}

/** Of a value that fits none of several forms, what is wrong with the one that it comes nearest to. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const [nearestForm] = [...issue.errors].sort((a, b) => a.length - b.length);
  const inner = nearestForm?.[0];
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

/**
 * Reads a recipe's file; its name is its id.
 * @throws BiobertError those of reading text and of `parseRecipe`; `input-format` where the name is another.
 */
export async function readRecipe(file: string): Promise<Recipe> {
  const recipe = parseRecipe(await readText(file, { requireContent: true }), file);
  const expected = file.replace(/^.*[\\/]/, "").replace(/\.ya?ml$/, "");
  if (recipe.id === expected) return recipe;
  throw new BiobertError({
    code: "input-format",
    message: `the recipe calls itself ${recipe.id}, its file ${expected}`,
    place: { file },
  });
}

/** Ids of the recipes in a folder, sorted. @throws BiobertError `file-not-found`, `file-unreadable`. */
export async function recipeIds(folder: string): Promise<string[]> {
  const { names } = await directoryFiles(folder);
  return names
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/**
 * The recipe of this id in a folder.
 * @throws BiobertError `usage` for one that there is not, with the nearest; and as `readRecipe`.
 */
export async function recipeNamed(id: string, folder: string): Promise<Recipe> {
  const ids = await recipeIds(folder);
  if (ids.includes(id)) return readRecipe(`${folder}/${id}.yaml`);
  const near = nearest(id, ids);
  throw new BiobertError({
    code: "usage",
    message: `there is no recipe ${JSON.stringify(id)}`,
    hint: `${near === undefined ? "" : `Perhaps ${near} is meant. `}See all with biobert reproduce --list.`,
  });
}
