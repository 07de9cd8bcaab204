// Reads question answering data sets: BioASQ's golden files and BioBERT's releases of them, SQuAD, PubMedQA, multiple choice.

import {
  type BioAsqQuestion,
  type ChoiceQuestion,
  parseBioAsq,
  parseMmluCsv,
  parsePubMedQa,
  parsePubMedQaTruth,
  parseSquad,
  parseYesNoRows,
} from "../../formats/index.ts";
import { batchOf, bioAsqSpans, bioAsqYesNo, squadSpans } from "../convert/bioasq.ts";
import type { MultipleChoiceExample, QaExample, YesNoExample } from "../examples.ts";
import type { ReadContext, ReadResult } from "../registry/types.ts";
import { pubMedQaFolds } from "./pubmedqa-folds.ts";

/** The golden files among a split's, and the others. */
const isGolden = (path: string): boolean => path.endsWith("_golden.json");

async function goldenQuestions(
  { files, source, warn }: ReadContext,
  paths = files,
): Promise<{ questions: BioAsqQuestion[]; file: string; batch: string | undefined }[]> {
  const all = [];
  for (const path of paths.filter(isGolden)) {
    const { text, file } = await source.text(path);
    all.push({ questions: parseBioAsq(text, { file, warn }), file, batch: batchOf(path) });
  }
  return all;
}

/** Ids of the questions in golden files: what training must not contain. */
async function testedIds(context: ReadContext, tested: readonly string[]): Promise<Set<string>> {
  const quiet = { ...context, warn: () => {} };
  return new Set((await goldenQuestions(quiet, tested)).flatMap(({ questions }) => questions.map(({ id }) => id)));
}

/**
 * Factoid or list questions. Train: golden files' snippets that hold an answer, and BioBERT's first-release files, without the
 * questions of `tested`. Test: the release's contexts where there are some, with golden answers, else the golden files' snippets.
 */
export async function readBioAsqSpans(
  context: ReadContext,
  kind: "factoid" | "list",
  tested: readonly string[],
): Promise<ReadResult<"qa">> {
  const { files, source, warn, split } = context;
  const golden = await goldenQuestions(context);
  const released = files.filter((path) => !isGolden(path));
  const examples: QaExample[] = [];
  const counts: Record<string, number> = {};
  const add = (more: Record<string, number>): void => {
    for (const [name, value] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + value;
  };
  const without = split === "test" ? new Set<string>() : await testedIds(context, tested);
  if (split !== "test" || released.length === 0) {
    for (const { questions, file, batch } of golden) {
      const converted = bioAsqSpans(questions, kind, {
        answeredOnly: split !== "test",
        without,
        file,
        ...(batch === undefined ? {} : { batch }),
      });
      examples.push(...converted.examples);
      add(converted.counts);
    }
  }
  const answers = new Map(
    golden.flatMap(({ questions }) => questions.map(({ id, exactAnswer }) => [id, exactAnswer ?? []] as const)),
  );
  for (const path of released) {
    const { text, file } = await source.text(path);
    const batch = batchOf(path);
    const all = parseSquad(text, { file, warn });
    const kept = squadSpans(all, {
      kind,
      without,
      file,
      ...(split === "test" ? { golden: answers } : {}),
      ...(batch === undefined ? {} : { batch }),
    });
    add({ tested: all.length - kept.length });
    const known = new Set(examples.map(({ questionId }) => questionId));
    examples.push(...(split === "test" ? kept : kept.filter(({ questionId }) => !known.has(questionId))));
  }
  counts["questions"] = new Set(examples.map(({ questionId }) => questionId)).size;
  return { examples, counts };
}

/** BioASQ's yes/no questions out of golden files. */
export async function readBioAsqYesNo(context: ReadContext, tested: readonly string[]): Promise<ReadResult<"yes-no">> {
  const without = context.split === "test" ? new Set<string>() : await testedIds(context, tested);
  const examples: YesNoExample[] = [];
  let removed = 0;
  for (const { questions, file, batch } of await goldenQuestions(context)) {
    const converted = bioAsqYesNo(questions, { without, file, ...(batch === undefined ? {} : { batch }) });
    examples.push(...converted.examples);
    removed += converted.counts.tested;
  }
  return { examples, counts: { tested: removed } };
}

/** BLURB's yes/no table. */
export async function readYesNoRows({ files, source }: ReadContext): Promise<ReadResult<"yes-no">> {
  const examples: YesNoExample[] = [];
  for (const path of files) {
    const { text, file } = await source.text(path);
    for (const { id, question, context, label, line } of parseYesNoRows(text, { file }))
      examples.push({ id, questionId: id, question, contexts: [context], label, file, line });
  }
  return { examples };
}

/** PubMedQA: the official test ids, and of the other 500 a fold's two parts. */
export async function readPubMedQa({ files, source, split, fold }: ReadContext): Promise<ReadResult<"yes-no">> {
  const { text, file } = await source.text(files[0]!);
  const items = parsePubMedQa(text, { file });
  const truth = await source.text(files[1]!);
  const test = parsePubMedQaTruth(truth.text, { file: truth.file });
  const wanted =
    split === "test" ? new Set(test.keys()) : pubMedQaFolds(items, test)[fold - 1]![split === "dev" ? "dev" : "train"];
  const examples = items
    .filter(({ pmid }) => wanted.has(pmid))
    .map(({ pmid, question, contexts, longAnswer, decision }) => ({
      id: pmid,
      documentId: pmid,
      questionId: pmid,
      question,
      // A passage an abstract: its paragraphs are read together, as PubMedQA's authors have it and as its own file is read.
      contexts: [contexts.join(" ")],
      label: decision,
      longAnswer,
      file,
    }));
  return { examples };
}

/** Questions with options, by any of the parsers of `formats`. */
export async function readChoices(
  { files, source, warn }: ReadContext,
  parse: (text: string, options: { file: string; warn: ReadContext["warn"]; options?: number }) => ChoiceQuestion[],
  options?: number,
): Promise<ReadResult<"multiple-choice">> {
  const examples: MultipleChoiceExample[] = [];
  for (const path of files) {
    const { text, file } = await source.text(path);
    for (const question of parse(text, { file, warn, ...(options === undefined ? {} : { options }) }))
      examples.push({ ...question, file });
  }
  return { examples };
}

/** MMLU's files, a subject each: `anatomy_test.csv`. Ids are told apart by the subject. */
export async function readMmluSubjects({ files, source, warn }: ReadContext): Promise<ReadResult<"multiple-choice">> {
  const examples: MultipleChoiceExample[] = [];
  for (const path of files) {
    const { text, file } = await source.text(path);
    const subject = path.replace(/^.*\//, "").replace(/_(?:test|dev)\.csv$/, "");
    for (const question of parseMmluCsv(text, { file, warn, options: 4, subject }))
      examples.push({ ...question, id: `${subject}-${question.id}`, file });
  }
  return { examples };
}

/**
 * A fold's part of questions that are published in one file: each question's number modulo the folds, those of one text together
 * with the first of it, so that no question is trained on and tested.
 */
export function foldOfChoices(
  { examples }: ReadResult<"multiple-choice">,
  { split, fold }: Pick<ReadContext, "split" | "fold">,
  folds: number,
): ReadResult<"multiple-choice"> {
  const firstOf = new Map<string, number>();
  const kept = examples.filter(({ question }, number) => {
    const text = question.toLowerCase().replace(/\s+/g, " ").trim();
    const first = firstOf.get(text) ?? number;
    firstOf.set(text, first);
    const isTested = first % folds === fold - 1;
    return isTested === (split === "test");
  });
  return { examples: kept };
}
