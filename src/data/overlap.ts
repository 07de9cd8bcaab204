// What training and test data share: document ids, whole texts, and sentences or texts of twelve words or more. A score on what a model has
// been trained on is memory, so `fine-tune` refuses it, unless the registry lists it as known of a published split.

import { BiobertError } from "../core/index.ts";
import { splitSentences } from "../text/index.ts";
import type { ExampleBase } from "./examples.ts";
import { sha256OfFiles } from "./hash.ts";
import type { KnownOverlap } from "./registry/index.ts";

/** A sentence of so many words is in two corpora by no chance. */
export const SHARED_WORDS = 12;

/** Something that both have, with the first place of each. */
export interface SharedPlace {
  /** The document's id, or the sentence as words. */
  what: string;
  test: OverlapPlace;
  train: OverlapPlace;
}

/** Where an example stands. */
export type OverlapPlace = Pick<ExampleBase, "id" | "file" | "line">;

export interface Overlap extends KnownOverlap {
  /**
   * Indices of the test examples that share a document, a long sentence or their whole text: what a score without them leaves out. Of a
   * question with several contexts all are among them where one is.
   */
  examples: number[];
  /** The first shared documents and sentences, for a message. */
  sharedDocuments: SharedPlace[];
  sharedSentences: SharedPlace[];
}

/** An example of a data set or of a task: what is compared is told by the fields it has. */
export type ComparedExample = Pick<ExampleBase, "id" | "documentId" | "file" | "line">;

type Compared = { readonly examples: readonly ComparedExample[] };

/** How many shared things a message names. */
const NAMED = 5;

/**
 * Compares the test examples with those of training. Sentences are compared as words in lower case, punctuation aside; whole texts as
 * they are. Of anonymised pairs the text before that is compared where the corpus gives it, of questions their contexts, of
 * multiple choice the question.
 */
export function findOverlap(train: readonly Compared[], test: Compared): Overlap {
  const documents = new Map<string, ComparedExample>();
  const texts = new Map<string, { long: readonly string[]; first: ComparedExample }>();
  const sentences = new Map<string, ComparedExample>();
  for (const { examples } of train) {
    for (const example of examples) {
      const { documentId } = example;
      if (documentId !== undefined && !documents.has(documentId)) documents.set(documentId, example);
      for (const text of comparedTexts(example)) {
        if (texts.has(text)) continue;
        const long = longSentences(text, example);
        texts.set(text, { long, first: example });
        for (const sentence of long) if (!sentences.has(sentence)) sentences.set(sentence, example);
      }
    }
  }
  const result: Overlap = {
    documents: 0,
    texts: 0,
    sentences: 0,
    examples: [],
    sharedDocuments: [],
    sharedSentences: [],
  };
  const shared = new Set<string>();
  const note = (list: SharedPlace[], what: string, test: ComparedExample, train: ComparedExample): void => {
    if (list.length < NAMED && !list.some((one) => one.what === what)) {
      list.push({ what, test: placeOf(test), train: placeOf(train) });
    }
  };
  const tested = new Map<string, readonly string[]>();
  test.examples.forEach((example, index) => {
    const { documentId } = example;
    const document = documentId === undefined ? undefined : documents.get(documentId);
    if (document !== undefined) {
      shared.add(documentId!);
      note(result.sharedDocuments, documentId!, example, document);
    }
    const all = comparedTexts(example);
    let long: string | undefined;
    for (const text of all) {
      let own = texts.get(text)?.long ?? tested.get(text);
      if (own === undefined) tested.set(text, (own = longSentences(text, example)));
      long ??= own.find((sentence) => sentences.has(sentence));
    }
    // A text of short sentences has no long one, and is as little in two corpora by chance.
    long ??= all.find((text) => texts.has(text) && wordsOf(text).length >= SHARED_WORDS);
    const whole = all.length > 0 && all.every((text) => texts.has(text));
    if (long !== undefined) {
      result.texts++;
      note(result.sharedSentences, long, example, (sentences.get(long) ?? texts.get(long)?.first)!);
    }
    if (whole) result.sentences++;
    if (document !== undefined || long !== undefined || whole) result.examples.push(index);
  });
  result.documents = shared.size;
  result.examples = withWholeQuestions(result.examples, test.examples);
  return result;
}

/** The contexts of a question are answered together. */
function withWholeQuestions(indices: number[], examples: readonly ComparedExample[]): number[] {
  const questionOf = (index: number): string | undefined => (examples[index] as { questionId?: string }).questionId;
  const questions = new Set(indices.map(questionOf));
  questions.delete(undefined);
  if (questions.size === 0) return indices;
  const own = new Set(indices);
  return [...examples.keys()].filter((index) => own.has(index) || questions.has(questionOf(index)));
}

/** The numbers of an overlap, for a record. */
export function overlapCounts({ documents, texts, sentences, examples }: Overlap): KnownOverlap & { examples: number } {
  return { documents, texts, sentences, examples: examples.length };
}

/** Whether an overlap is more than is known of the split. Short texts that both have ("Results .") are counted and refuse nothing. */
export function exceedsKnown(overlap: KnownOverlap, known: KnownOverlap | undefined): boolean {
  return overlap.documents > (known?.documents ?? 0) || overlap.texts > (known?.texts ?? 0);
}

/** An overlap in words: how much, and the first of it with both its places. */
export function describeOverlap(overlap: Overlap): string {
  const [document, sentence] = [overlap.sharedDocuments[0], overlap.sharedSentences[0]];
  const parts: string[] = [];
  if (document !== undefined) {
    const more = overlap.documents > overlap.sharedDocuments.length ? ", …" : "";
    const ids = overlap.sharedDocuments.map(({ what }) => what).join(", ");
    parts.push(
      `${overlap.documents} ${overlap.documents === 1 ? "document" : "documents"} (${ids}${more}; ${placeText(document.train)} of training)`,
    );
  }
  if (sentence !== undefined) {
    const { what, train } = sentence;
    const shown = JSON.stringify(what.length > 80 ? `${what.slice(0, 80)}…` : what);
    const those = overlap.texts === 1 ? "one example" : `${overlap.texts} examples`;
    parts.push(
      `a sentence or text of ${SHARED_WORDS} words or more in ${those} (${shown}; ${placeText(train)} of training)`,
    );
  }
  return parts.join(" and ");
}

/** What is compared, in words; `between` names the heads where training and compared data are of two. */
export function overlapSides(compared: string, between?: readonly [train: string, compared: string]): string {
  if (between === undefined) return `training and ${compared} data`;
  return `the training data of ${between[0]} and the ${compared} data of ${between[1]}`;
}

/**
 * Refuses training data that share documents, or sentences of twelve words, with the `compared` data beyond what is `known` of the
 * split.
 * @throws BiobertError `data-overlap` at the first shared example, with what is shared and what to do.
 */
export function refuseOverlap(
  overlap: Overlap,
  known: KnownOverlap | undefined,
  compared = "test",
  between?: readonly [train: string, compared: string],
): void {
  if (!exceedsKnown(overlap, known)) return;
  const listed =
    known === undefined ? "" : `; known of this split are ${known.documents} documents and ${known.texts} examples`;
  const first = (overlap.documents > (known?.documents ?? 0) ? overlap.sharedDocuments : overlap.sharedSentences)[0]!
    .test;
  throw new BiobertError({
    code: "data-overlap",
    message: `${overlapSides(compared, between)} share ${describeOverlap(overlap)}${listed}`,
    place: { file: first.file, line: first.line, name: first.id },
    hint: `A score on it would be partly memory. Take out of the training data what is in the ${compared} data, or name the published split that has this overlap with --dataset ID, or train all the same with --allow-overlap.`,
  });
}

/**
 * The first file of `compared` whose content is that of one in `train`, with that one; undefined where there is none.
 * @throws BiobertError `file-not-found` or `file-unreadable`.
 */
export async function sameFile(
  train: readonly string[],
  compared: readonly string[],
): Promise<{ train: string; compared: string } | undefined> {
  const byHash = new Map<string, string>();
  if (compared.length > 0) for (const file of train) byHash.set(await sha256OfFiles([file]), file);
  for (const file of compared) {
    const found = byHash.get(await sha256OfFiles([file]));
    if (found !== undefined) return { train: found, compared: file };
  }
  return undefined;
}

/**
 * Refuses a file that is both trained on and compared, by whatever names, however short its texts are.
 * @throws BiobertError `data-overlap`; those of reading files.
 */
export async function refuseSameFile(
  train: readonly string[],
  compared: readonly string[],
  name = "test",
  between?: readonly [train: string, compared: string],
): Promise<void> {
  const same = await sameFile(train, compared);
  if (same === undefined) return;
  const other = same.train === same.compared ? "" : `, there called ${same.train}`;
  throw new BiobertError({
    code: "data-overlap",
    message: `${overlapSides(name, between)} have this file in common${other}`,
    place: { file: same.compared },
    hint: "A score on it would be memory. Give other data, leave it out, or train all the same with --allow-overlap.",
  });
}

/** Test examples without those that overlap: what the score beside the published one is made of. */
export function withoutOverlap<Item>(items: readonly Item[], overlap: Pick<Overlap, "examples">): Item[] {
  const left = new Set(overlap.examples);
  return items.filter((_, index) => !left.has(index));
}

function placeOf({ id, file, line }: ComparedExample): OverlapPlace {
  return { id, file, line };
}

function placeText({ id, file, line }: OverlapPlace): string {
  return file === undefined ? id : `${file}${line === undefined ? "" : `:${line}`}`;
}

/** The fields of examples that hold what is compared. */
interface TextFields {
  tokens?: readonly string[];
  contexts?: readonly string[];
  context?: string;
  options?: readonly string[];
  question?: string;
  score?: number;
  first?: unknown;
  second?: unknown;
  abstract?: string;
  title?: string;
  source?: string;
  text?: string;
  /** The second text of a pair. */
  pair?: string;
}

/** The texts of an example by which it is known again. */
export function comparedTexts(example: ComparedExample): readonly string[] {
  const fields = example as TextFields;
  if (fields.tokens !== undefined) return [fields.tokens.join(" ")];
  if (fields.contexts !== undefined) return fields.contexts;
  if (fields.context !== undefined) return [fields.context];
  if (fields.options !== undefined) return fields.question === undefined ? [] : [fields.question];
  if (fields.score !== undefined) return [fields.first, fields.second].filter((text) => typeof text === "string");
  if (fields.abstract !== undefined) return [fields.abstract === "" ? (fields.title ?? "") : fields.abstract];
  if (fields.source !== undefined) return [fields.source];
  return [fields.text, fields.pair].filter((text) => text !== undefined);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** The sentences of at least `SHARED_WORDS` words, as words; tagged tokens are one sentence. */
export function longSentences(text: string, example: ComparedExample): string[] {
  const parts = "tokens" in example ? [text] : splitSentences(text).map(({ start, end }) => text.slice(start, end));
  return parts
    .map(wordsOf)
    .filter((words) => words.length >= SHARED_WORDS)
    .map((words) => words.join(" "));
}
