// Corpora for named entity recognition, read from CoNLL, IOB or IOBES files, with their labels checked before use.

import { BiobertError, type Warning, type WarningSink } from "../core/index.ts";
import { CONLL_HINT, type ConllSentence, type LabelSummary, checkLabels, parseConll } from "../formats/index.ts";
import { entitiesOf, mergePieces, plainTag } from "../metrics/index.ts";
import { readText } from "./files.ts";

export interface NerSentence extends Omit<ConllSentence, "document"> {
  file: string;
  /** File and number of its document, where the file marks documents. */
  documentId?: string;
}

export interface NerCounts {
  sentences: number;
  tokens: number;
  entities: number;
}

/** The sentences of one or more files; scheme, labels and types are those of all files together. */
export interface NerCorpus extends LabelSummary {
  sentences: NerSentence[];
  files: (NerCounts & { file: string })[];
  warnings: Warning[];
}

/**
 * Reads files (gzip-compressed or not) as one corpus, in the order given. Files of word pieces with BioBERT's labels (`X`,
 * `[CLS]`, `[SEP]`) are read by words, which is said; a sentence's line is then that of its first piece.
 * `untagged` takes files of words alone, too, whose sentences have no tags.
 * @throws BiobertError those of `readText` (an empty file is `input-empty`), of `parseConll` and of `checkLabels`, each
 * with file and line.
 */
export async function readNerCorpus(
  paths: readonly string[],
  { untagged = false }: { untagged?: boolean } = {},
): Promise<NerCorpus> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => void warnings.push(warning);
  const sentences: NerSentence[] = [];
  const files: NerCorpus["files"] = [];
  for (const file of paths) {
    const text = await readText(file, { stripBom: true, requireContent: true });
    const read = asWords(parseConll(text, { file, warn, untagged }).sentences, file, warn).map(
      ({ document, ...sentence }): NerSentence => ({
        ...sentence,
        file,
        ...(document === undefined ? {} : { documentId: `${file}#${document}` }),
      }),
    );
    if (read.length === 0) {
      throw new BiobertError({
        code: "input-empty",
        message: "the file holds no sentence",
        place: { file },
        hint: CONLL_HINT,
      });
    }
    files.push({ file, ...countNer(read) });
    for (const sentence of read) sentences.push(sentence);
  }
  const tagged = sentences.filter(({ tags }) => tags.length > 0);
  return { sentences, files, warnings, ...checkLabels(tagged, tagged.length === 0 ? undefined : warn) };
}

/** The words of a file that holds BioBERT's word pieces, told by its labels; any other file as it is. */
function asWords(sentences: readonly ConllSentence[], file: string, warn: WarningSink): readonly ConllSentence[] {
  const first = sentences.find(({ tags }) => tags.some((tag) => plainTag(tag) !== tag));
  if (first === undefined) return sentences;
  const message = "the labels are BioBERT's, of word pieces; it is read by words, each with its first piece's label";
  warn({ code: "pieces-merged", message, place: { file, line: first.line } });
  return sentences.flatMap(({ tokens, tags, ...place }) => {
    try {
      return mergePieces(tokens, [tags]).map((sentence) => ({
        tokens: sentence.tokens,
        tags: sentence.columns[0]!,
        ...place,
      }));
    } catch (error) {
      if (!(error instanceof BiobertError)) throw error;
      throw new BiobertError({ code: error.code, message: error.message, place: { file, line: place.line } });
    }
  });
}

/** Sentences, tokens and entities (by conlleval's rules). */
export function countNer(sentences: readonly { tokens: readonly string[]; tags: readonly string[] }[]): NerCounts {
  const counts = { sentences: sentences.length, tokens: 0, entities: 0 };
  for (const { tokens, tags } of sentences) {
    counts.tokens += tokens.length;
    counts.entities += entitiesOf(tags).length;
  }
  return counts;
}

/**
 * Checks that every tag of a corpus is one of `labels`, such as those of the model it is to be scored with.
 * @throws BiobertError `label-unknown` with the file and line of the first that is not.
 */
export function requireKnownLabels(corpus: Pick<NerCorpus, "sentences">, labels: readonly string[]): void {
  const known = new Set(labels);
  for (const { tags, line, file } of corpus.sentences) {
    const index = tags.findIndex((tag) => !known.has(tag));
    if (index < 0) continue;
    throw new BiobertError({
      code: "label-unknown",
      message: `the label ${JSON.stringify(tags[index])} is not known`,
      place: { file, line: line + index },
      hint: `Known labels: ${labels.length > 20 ? `${labels.slice(0, 20).join(", ")}, …` : labels.join(", ")}.`,
    });
  }
}

/** How many sentences of `test` have exactly the tokens of some sentence of `train`: a score is partly memory where there are many. */
export function countSharedSentences(
  train: readonly { tokens: readonly string[] }[],
  test: readonly { tokens: readonly string[] }[],
): number {
  const key = (sentence: { tokens: readonly string[] }) => sentence.tokens.join("\n");
  const seen = new Set(train.map(key));
  return test.filter((sentence) => seen.has(key(sentence))).length;
}
