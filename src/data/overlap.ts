// What training and test data share: document ids, whole texts, and runs of twelve words. A score on what a model has been trained
// on is memory, so `fine-tune` refuses it, unless the registry lists it as known of a published split.

import { BiobertError } from "../core/index.ts";
import type { AnyExampleSet, ExampleBase } from "./examples.ts";
import type { KnownOverlap } from "./registry/index.ts";

/** A run of so many words is no chance. */
export const RUN_WORDS = 12;

export interface Overlap extends KnownOverlap {
  /** Indices of the test examples that share a document, a whole text or a run: what a score without them leaves out. */
  examples: number[];
  /** Ids of the first shared documents, for a message. */
  documentIds: string[];
  /** The first shared runs, for a message. */
  runs: string[];
}

type Compared = Pick<AnyExampleSet, "examples">;

/**
 * Compares the test examples with those of training. Words are runs of letters and digits in lower case. Of anonymised pairs the
 * text before that is compared where the corpus gives it; of questions the question and its contexts, a shared context alone being
 * a shared text, as it shows the answer's place.
 */
export function findOverlap(train: readonly Compared[], test: Compared): Overlap {
  const documents = new Set<string>();
  const texts = new Set<string>();
  const runs = new Set<number>();
  for (const { examples } of train) {
    for (const example of examples) {
      if (example.documentId !== undefined) documents.add(example.documentId);
      for (const text of textsOf(example)) {
        const words = wordsOf(text);
        texts.add(words.join(" "));
        eachRun(words, (hash) => void runs.add(hash));
      }
    }
  }
  const result: Overlap = { documents: 0, texts: 0, sentences: 0, examples: [], documentIds: [], runs: [] };
  const shared = new Set<string>();
  test.examples.forEach((example, index) => {
    const sharesDocument = example.documentId !== undefined && documents.has(example.documentId);
    if (sharesDocument) shared.add(example.documentId!);
    let sharesRun = false;
    const all = textsOf(example).map(wordsOf);
    for (const words of all) {
      eachRun(words, (hash, at) => {
        if (!runs.has(hash)) return true;
        sharesRun = true;
        if (result.runs.length < 3) result.runs.push(words.slice(at, at + RUN_WORDS).join(" "));
        return false;
      });
      if (sharesRun) break;
    }
    const whole = all.length > 0 && all.every((words) => texts.has(words.join(" ")));
    if (sharesRun) result.texts++;
    if (whole) result.sentences++;
    if (sharesDocument || sharesRun || whole) result.examples.push(index);
  });
  result.documents = shared.size;
  result.documentIds = [...shared].slice(0, 5);
  return result;
}

/**
 * Refuses training data that share documents, or runs of twelve words, with the test data beyond what is `known` of the split.
 * Short sentences that both have ("Results .") are counted in the result but refuse nothing.
 * @throws BiobertError `input-format` with what is shared and what to do.
 */
export function refuseOverlap(overlap: Overlap, known: KnownOverlap | undefined, place: { file?: string } = {}): void {
  const moreDocuments = overlap.documents > (known?.documents ?? 0);
  if (!moreDocuments && overlap.texts <= (known?.texts ?? 0)) return;
  const what = moreDocuments
    ? `${overlap.documents} ${overlap.documents === 1 ? "document" : "documents"} (${overlap.documentIds.join(", ")}${overlap.documents > overlap.documentIds.length ? ", …" : ""})`
    : `${RUN_WORDS} words or more of ${overlap.texts} test ${overlap.texts === 1 ? "example" : "examples"} (${JSON.stringify(overlap.runs[0])}, …)`;
  const listed = known === undefined ? "" : `; known of this split are ${known.documents} documents and ${known.texts} examples`;
  throw new BiobertError({
    code: "input-format",
    message: `training and test data share ${what}${listed}`,
    place,
    hint: "A score on it would be partly memory. Take what is tested out of the training data, or evaluate on other data.",
  });
}

/** Test examples without those that overlap: what the score beside the published one is made of. */
export function withoutOverlap<Example>(examples: readonly Example[], overlap: Pick<Overlap, "examples">): Example[] {
  const left = new Set(overlap.examples);
  return examples.filter((_, index) => !left.has(index));
}

function textsOf(example: AnyExampleSet["examples"][number] & ExampleBase): string[] {
  if ("tokens" in example) return [example.tokens.join(" ")];
  if ("contexts" in example) return example.contexts;
  if ("context" in example) return [example.context];
  if ("options" in example) return [example.question];
  if ("score" in example) return [example.first, example.second];
  if ("abstract" in example) return [example.abstract === "" ? example.title : example.abstract];
  if ("source" in example && example.source !== undefined) return [example.source];
  return [example.text];
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** Calls back with a 53-bit hash of each run of `RUN_WORDS` words, until false comes back. */
function eachRun(words: readonly string[], visit: (hash: number, at: number) => boolean | void): void {
  const hashes = words.map(hashOf);
  for (let at = 0; at + RUN_WORDS <= words.length; at++) {
    let low = 0x811c9dc5;
    let high = 0x1b873593;
    for (let i = at; i < at + RUN_WORDS; i++) {
      low = Math.imul(low ^ hashes[i]!, 0x01000193);
      high = Math.imul(high ^ hashes[i]!, 0x85ebca6b) + 0x3c6ef372;
    }
    if (visit((high >>> 11) * 0x100000000 + (low >>> 0), at) === false) return;
  }
}

/** FNV-1a, mixed. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
