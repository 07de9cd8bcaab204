// BioASQ's questions -> files of questions with contexts, the conversion that BioBERT's users asked for: SQuAD's form, which other
// programs train on, or JSON lines as `qa` and `yes-no` read them: `biobert datasets convert`.

import { BiobertError, type WarningSink } from "../../core/index.ts";
import { encodeSquad, isBioAsq, parseBioAsq } from "../../formats/index.ts";
import { batchOf, bioAsqSpansOf, bioAsqYesNo, type QuestionKind } from "./bioasq.ts";
import { qaLines, yesNoLines } from "./task-files.ts";

export type QuestionFormat = "squad" | "qa" | "yes-no";

export interface QuestionFileOptions {
  /** Which questions of BioASQ are converted to `squad` and `qa`. Default: factoid and list. */
  questions?: QuestionKind;
  /** Leave out contexts in which no answer stands, as training asks. */
  answeredOnly?: boolean;
  /** The name of what is read, for messages; where it says a batch, the examples have it. */
  file?: string;
  warn?: WarningSink;
}

/**
 * A BioASQ file as one of questions with contexts; each snippet is a context, of yes/no questions all together. Ids are BioBERT's:
 * `QUESTION_000`, `QUESTION_001`, and so on. Warnings, each with its number: `questions-unanswered`, and
 * `answers-not-found` for questions with an answer that stands in none of their snippets.
 * @throws BiobertError `input-format` for what is no BioASQ file; `input-empty` where no example comes of it.
 */
export function encodeQuestions(text: string, format: QuestionFormat, options: QuestionFileOptions = {}): string {
  const { questions: kind = "both", answeredOnly = false, file, warn } = options;
  if (!isBioAsq(text))
    throw new BiobertError({
      code: "input-format",
      message: `this is no BioASQ file, of which ${format} is made`,
      place: { file },
      hint: 'BioASQ\'s JSON is {"questions": [{"id", "type", "body", "snippets": [{"text"}], "exact_answer"}]}.',
    });
  const asked = parseBioAsq(text, { file, ...(warn === undefined ? {} : { warn }) });
  const batch = file === undefined ? undefined : batchOf(file);
  const shared = { answeredOnly, ...(batch === undefined ? {} : { batch }) };
  const spans = format === "yes-no" ? [] : bioAsqSpansOf(asked, kind, shared);
  const yesNo = format === "yes-no" ? [bioAsqYesNo(asked, shared)] : [];
  const sum = (name: "unanswered" | "unfound"): number =>
    [...spans, ...yesNo].reduce((total, { counts }) => total + counts[name], 0);
  const say = (code: string, count: number, message: string): void => {
    if (count > 0) warn?.({ code, message: `${count} questions ${message}`, place: { file } });
  };
  const isGone = answeredOnly || format === "yes-no" ? "left out" : "kept without one";
  say("questions-unanswered", sum("unanswered"), `have no answer in the file: ${isGone}`);
  say("answers-not-found", sum("unfound"), `have an answer that stands in none of their snippets: ${isGone}`);
  const passages = spans.flatMap(({ examples }) => examples);
  const decisions = yesNo.flatMap(({ examples }) => examples);
  if (decisions.length > 0) return [...yesNoLines(decisions)].join("");
  if (passages.length > 0) return format === "qa" ? [...qaLines(passages)].join("") : encodeSquad(passages, "BioASQ");
  const what = format === "yes-no" ? "yes/no" : kind === "both" ? "factoid or list" : kind;
  throw new BiobertError({
    code: "input-empty",
    message: `none of the ${asked.length} questions is a ${what} question with a snippet${answeredOnly || format === "yes-no" ? " and an answer" : ""}`,
    place: { file },
    hint: "BioASQ gives snippets with phase B and with its training and golden files.",
  });
}
