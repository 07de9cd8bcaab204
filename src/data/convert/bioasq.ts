// BioASQ questions -> questions with contexts, the conversion BioBERT's users asked for: a snippet is a context, and of a factoid or
// list question an answer is wherever one of its golden answers, or a synonym, stands literally in the snippet.

import type { BioAsqQuestion, SquadQuestion } from "../../formats/index.ts";
import type { Answer, QaExample, YesNoExample } from "../examples.ts";

export interface BioAsqExamplesOptions {
  batch?: string;
  /** Leave contexts out in which no answer stands: for training. */
  answeredOnly?: boolean;
  /** Question ids to leave out: those that are tested on. */
  without?: ReadonlySet<string>;
  file?: string;
}

export interface BioAsqConversion<Example> {
  examples: Example[];
  counts: {
    questions: number;
    /** Left out as they are tested on. */
    tested: number;
    /** With no exact answer in the file, or a blank one. */
    unanswered: number;
    /** With an answer that stands in none of their snippets. */
    unfound: number;
    withoutContext: number;
  };
}

/** The texts of a question's snippets, without those that come twice and blank ones. */
export function snippetContexts({ snippets }: Pick<BioAsqQuestion, "snippets">): string[] {
  return [...new Set(snippets.map(({ text }) => text.trim()))].filter((text) => text !== "");
}

/** `6B2_golden.json` and `BioASQ-test-factoid-6b-2.json` are both of batch `6b-2`; undefined where a name says none. */
export function batchOf(path: string): string | undefined {
  const match = /(\d+)B(\d)_golden/.exec(path) ?? /-(\d+)b-(\d)\.json(?:\.gz)?$/.exec(path);
  return match === null ? undefined : `${match[1]}b-${match[2]}`;
}

/** Factoid or list questions, one example a snippet (`ID_000`, `ID_001`, …). Snippets that come twice are taken once. */
export function bioAsqSpans(
  questions: readonly BioAsqQuestion[],
  kind: "factoid" | "list",
  options: BioAsqExamplesOptions = {},
): BioAsqConversion<QaExample> {
  const counts = { questions: 0, tested: 0, unanswered: 0, unfound: 0, withoutContext: 0 };
  const examples: QaExample[] = [];
  for (const question of questions) {
    if (question.type !== kind) continue;
    if (options.without?.has(question.id) === true) {
      counts.tested++;
      continue;
    }
    counts.questions++;
    const golden = question.exactAnswer;
    if (golden === undefined || golden.length === 0) counts.unanswered++;
    const contexts = snippetContexts(question);
    if (contexts.length === 0) counts.withoutContext++;
    let found = 0;
    contexts.forEach((context, number) => {
      const answers = (golden ?? []).flat().flatMap((answer) => literalAnswers(context, answer));
      if (answers.length > 0) found++;
      else if (options.answeredOnly === true) return;
      const pmid = question.snippets.find(({ text }) => text.trim() === context)?.documentId;
      examples.push({
        id: `${question.id}_${String(number).padStart(3, "0")}`,
        questionId: question.id,
        kind,
        question: question.body,
        context,
        answers: distinct(answers),
        isImpossible: false,
        ...(golden === undefined ? {} : { golden }),
        ...(pmid === undefined ? {} : { documentId: pmid }),
        ...(options.batch === undefined ? {} : { batch: options.batch }),
        ...(options.file === undefined ? {} : { file: options.file }),
      });
    });
    if (found === 0 && golden !== undefined && golden.length > 0) counts.unfound++;
  }
  return { examples, counts };
}

/** Which of BioASQ's questions are taken for those that an extract answers. */
export type QuestionKind = "factoid" | "list" | "both";

/** The same of one kind or both, factoid questions first. */
export function bioAsqSpansOf(
  questions: readonly BioAsqQuestion[],
  kind: QuestionKind,
  options: BioAsqExamplesOptions = {},
): BioAsqConversion<QaExample>[] {
  return (["factoid", "list"] as const)
    .filter((one) => kind === "both" || kind === one)
    .map((one) => bioAsqSpans(questions, one, options));
}

/** Yes/no questions, one example each with its snippets as contexts. */
export function bioAsqYesNo(
  questions: readonly BioAsqQuestion[],
  options: BioAsqExamplesOptions = {},
): BioAsqConversion<YesNoExample> {
  const counts = { questions: 0, tested: 0, unanswered: 0, unfound: 0, withoutContext: 0 };
  const examples: YesNoExample[] = [];
  for (const question of questions) {
    if (question.type !== "yesno") continue;
    if (options.without?.has(question.id) === true) {
      counts.tested++;
      continue;
    }
    counts.questions++;
    const contexts = snippetContexts(question);
    if (contexts.length === 0) counts.withoutContext++;
    if (question.yesNo === undefined) counts.unanswered++;
    if (question.yesNo === undefined || contexts.length === 0) continue;
    examples.push({
      id: question.id,
      questionId: question.id,
      question: question.body,
      contexts,
      label: question.yesNo,
      ...(options.batch === undefined ? {} : { batch: options.batch }),
      ...(options.file === undefined ? {} : { file: options.file }),
    });
  }
  return { examples, counts };
}

/** BioBERT's SQuAD form of BioASQ: `<24 hexadecimal>_<3 digits>` ids belong to one question; golden answers come from another file. */
export function squadSpans(
  questions: readonly SquadQuestion[],
  options: {
    kind?: QaExample["kind"];
    golden?: ReadonlyMap<string, string[][]>;
    batch?: string;
    file?: string;
    without?: ReadonlySet<string>;
  } = {},
): QaExample[] {
  const ids = new Set<string>();
  const examples: QaExample[] = [];
  for (const { id, question, context, answers, isImpossible } of questions) {
    const questionId = /^([0-9a-f]{24})_\d{3}$/.exec(id)?.[1] ?? id;
    if (options.without?.has(questionId) === true) continue;
    let unique = id;
    for (let number = 1; ids.has(unique); number++) unique = `${id}#${number}`;
    ids.add(unique);
    const golden = options.golden?.get(questionId);
    examples.push({
      id: unique,
      questionId,
      kind: options.kind ?? "span",
      question,
      context,
      answers,
      isImpossible,
      ...(golden === undefined ? {} : { golden }),
      ...(options.batch === undefined ? {} : { batch: options.batch }),
      ...(options.file === undefined ? {} : { file: options.file }),
    });
  }
  return examples;
}

/**
 * Where an answer stands in a context: as written, else in any case; at word boundaries only. The first place is taken, as in the
 * release's files; none is an empty list.
 */
export function literalAnswers(context: string, answer: string): Answer[] {
  const wanted = answer.trim();
  if (wanted === "") return [];
  for (const [text, needle] of [
    [context, wanted],
    [foldCase(context), foldCase(wanted)],
  ] as const) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      if (isBoundary(text, at) && isBoundary(text, at + needle.length))
        return [{ text: context.slice(at, at + wanted.length), start: at }];
    }
  }
  return [];
}

/** Lower case where it has the same length, so that offsets stay. */
function foldCase(text: string): string {
  let out = "";
  for (const character of text) {
    const lower = character.toLowerCase();
    out += lower.length === character.length ? lower : character;
  }
  return out;
}

/** Not between two letters or digits. */
function isBoundary(text: string, at: number): boolean {
  const word = /[\p{L}\p{N}]/u;
  return at <= 0 || at >= text.length || !word.test(text[at - 1]!) || !word.test(text[at]!);
}

function distinct(answers: readonly Answer[]): Answer[] {
  const seen = new Set<string>();
  return answers.filter(
    ({ text, start }) => !seen.has(`${start} ${text}`) && seen.add(`${start} ${text}`) !== undefined,
  );
}
