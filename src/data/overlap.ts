// What training and test data share: document ids, whole texts, and sentences of twelve words or more. A score on what a model has
// been trained on is memory, so `fine-tune` refuses it, unless the registry lists it as known of a published split.

import { BiobertError } from "../core/index.ts";
import { splitSentences } from "../text/index.ts";
import type { AnyExampleSet } from "./examples.ts";
import type { KnownOverlap } from "./registry/index.ts";

/** A sentence of so many words is in two corpora by no chance. */
export const SHARED_WORDS = 12;

export interface Overlap extends KnownOverlap {
  /** Indices of the test examples that share a document, a long sentence or their whole text: what a score without them leaves out. */
  examples: number[];
  /** Ids of the first shared documents, for a message. */
  documentIds: string[];
  /** The first shared sentences, as words, for a message. */
  found: string[];
}

type Example = AnyExampleSet["examples"][number];
type Compared = { readonly examples: readonly Example[] };

/**
 * Compares the test examples with those of training. Sentences are compared as words in lower case, punctuation aside; whole texts as
 * they are. Of anonymised pairs the text before that is compared where the corpus gives it, of questions their contexts, of
 * multiple choice the question.
 */
export function findOverlap(train: readonly Compared[], test: Compared): Overlap {
  const documents = new Set<string>();
  const texts = new Set<string>();
  const sentences = new Set<string>();
  const cache = new Map<string, string[]>();
  for (const { examples } of train) {
    for (const example of examples) {
      if (example.documentId !== undefined) documents.add(example.documentId);
      for (const text of textsOf(example)) {
        if (texts.has(text)) continue;
        texts.add(text);
        for (const sentence of longSentences(text, example, cache)) sentences.add(sentence);
      }
    }
  }
  const result: Overlap = { documents: 0, texts: 0, sentences: 0, examples: [], documentIds: [], found: [] };
  const shared = new Set<string>();
  test.examples.forEach((example, index) => {
    const sharesDocument = example.documentId !== undefined && documents.has(example.documentId);
    if (sharesDocument) shared.add(example.documentId!);
    const all = textsOf(example);
    const long = all.flatMap((text) => longSentences(text, example, cache)).find((sentence) => sentences.has(sentence));
    const whole = all.length > 0 && all.every((text) => texts.has(text));
    if (long !== undefined) {
      result.texts++;
      if (result.found.length < 3 && !result.found.includes(long)) result.found.push(long);
    }
    if (whole) result.sentences++;
    if (sharesDocument || long !== undefined || whole) result.examples.push(index);
  });
  result.documents = shared.size;
  result.documentIds = [...shared].slice(0, 5);
  return result;
}

/**
 * Refuses training data that share documents, or sentences of twelve words, with the test data beyond what is `known` of the split.
 * Short texts that both have ("Results .") are counted in the result but refuse nothing.
 * @throws BiobertError `input-format` with what is shared and what to do.
 */
export function refuseOverlap(overlap: Overlap, known: KnownOverlap | undefined, place: { file?: string } = {}): void {
  const moreDocuments = overlap.documents > (known?.documents ?? 0);
  if (!moreDocuments && overlap.texts <= (known?.texts ?? 0)) return;
  const first = overlap.found[0] ?? "";
  const what = moreDocuments
    ? `${overlap.documents} ${overlap.documents === 1 ? "document" : "documents"} (${overlap.documentIds.join(", ")}${overlap.documents > overlap.documentIds.length ? ", …" : ""})`
    : `a sentence of ${SHARED_WORDS} words or more in ${overlap.texts} test ${overlap.texts === 1 ? "example" : "examples"} (${JSON.stringify(first.length > 80 ? `${first.slice(0, 80)}…` : first)})`;
  const listed = known === undefined ? "" : `; known of this split are ${known.documents} documents and ${known.texts} examples`;
  throw new BiobertError({
    code: "input-format",
    message: `training and test data share ${what}${listed}`,
    place,
    hint: "A score on it would be partly memory. Take what is tested out of the training data, or evaluate on other data.",
  });
}

/** Test examples without those that overlap: what the score beside the published one is made of. */
export function withoutOverlap<Item>(examples: readonly Item[], overlap: Pick<Overlap, "examples">): Item[] {
  const left = new Set(overlap.examples);
  return examples.filter((_, index) => !left.has(index));
}

function textsOf(example: Example): string[] {
  if ("tokens" in example) return [example.tokens.join(" ")];
  if ("contexts" in example) return example.contexts;
  if ("context" in example) return [example.context];
  if ("options" in example) return [example.question];
  if ("score" in example) return [example.first, example.second];
  if ("abstract" in example) return [example.abstract === "" ? example.title : example.abstract];
  if ("source" in example && example.source !== undefined) return [example.source];
  return [example.text];
}

/** The sentences of at least `SHARED_WORDS` words, as words; tagged tokens are one sentence. */
function longSentences(text: string, example: Example, cache: Map<string, string[]>): string[] {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parts = "tokens" in example ? [text] : splitSentences(text).map(({ start, end }) => text.slice(start, end));
  const long = parts.map((part) => part.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter((words) => words.length >= SHARED_WORDS);
  const sentences = long.map((words) => words.join(" "));
  cache.set(text, sentences);
  return sentences;
}
