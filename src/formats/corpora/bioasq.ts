// BioASQ task b, phase B (Tsatsaronis et al. 2015): {"questions": [{id, type, body, snippets, exact_answer, ideal_answer}]}. The
// same form, without answers, is a test set, and with a system's answers a submission.

import { arrayField, badInput, type FormatPlace, parseJson, recordOf, stringField } from "../reading.ts";
import type { WarningSink } from "../../core/index.ts";

export type BioAsqType = "yesno" | "factoid" | "list" | "summary";

export interface BioAsqQuestion {
  id: string;
  type: BioAsqType;
  body: string;
  /** URLs of abstracts, and their PMIDs. */
  documents: string[];
  documentIds: string[];
  snippets: { text: string; documentId: string | undefined }[];
  /**
   * Factoid and list: each entry is one answer with its synonyms, blank ones left out. Undefined where the file has no answer.
   * Golden factoids with several entries take any of them.
   */
  exactAnswer: string[][] | undefined;
  yesNo: "yes" | "no" | undefined;
  idealAnswer: string[];
}

/** Whether a text is a BioASQ file rather than another JSON of questions. */
export function isBioAsq(text: string): boolean {
  return /^\s*\{/.test(text) && /"questions"\s*:\s*\[/.test(text);
}

const HINT =
  'A BioASQ file is {"questions": [{"id", "type": yesno|factoid|list|summary, "body", "snippets": [{"text"}], "exact_answer"}]}.';

/**
 * Reads the questions. Warnings: `bioasq-answer` for an exact answer that is no answer of its question's type (left out),
 * `question-repeated` for an id that has come before (the first is kept), `question-without-context`.
 * @throws BiobertError `input-format`: not JSON, no questions, a question without id, body or a known type.
 */
export function parseBioAsq(text: string, options: { file?: string; warn?: WarningSink } = {}): BioAsqQuestion[] {
  const place: FormatPlace = { file: options.file, hint: HINT };
  const root = recordOf(parseJson(text, place), place);
  if (!Array.isArray(root["questions"])) throw badInput(place, 'no "questions"');
  const ids = new Set<string>();
  const questions: BioAsqQuestion[] = [];
  (root["questions"] as unknown[]).forEach((value, index) => {
    const where = { name: `question ${index + 1}` };
    const record = recordOf(value, place, where);
    const id = stringField(record, "id", place, where);
    const named = { name: id };
    const warn = (code: string, message: string): void =>
      options.warn?.({ code, message, place: { file: options.file, name: id } });
    const type = stringField(record, "type", place, named).trim();
    if (!["yesno", "factoid", "list", "summary"].includes(type))
      throw badInput(place, `unknown question type ${JSON.stringify(type)}`, named);
    if (ids.has(id)) return warn("question-repeated", `the question ${id} has come before and is left out`);
    ids.add(id);
    const documents = arrayField(record, "documents", place, named).map(String);
    const snippets = arrayField(record, "snippets", place, named).map((item) => {
      const snippet = recordOf(item, place, named);
      return {
        text: stringField(snippet, "text", place, named),
        documentId: pmidOf(String(snippet["document"] ?? "")),
      };
    });
    if (!snippets.some((snippet) => snippet.text.trim() !== ""))
      warn(
        "question-without-context",
        `the question ${id} has no snippet with text: it is left out where a text is read`,
      );
    const answer = record["exact_answer"];
    const question: BioAsqQuestion = {
      id,
      type: type as BioAsqType,
      body: stringField(record, "body", place, named).trim(),
      documents,
      documentIds: documents.map(pmidOf).filter((pmid) => pmid !== undefined),
      snippets,
      exactAnswer: undefined,
      yesNo: undefined,
      idealAnswer: [record["ideal_answer"]].flat().filter((item) => typeof item === "string"),
    };
    if (answer !== undefined && answer !== null) {
      if (type === "yesno") {
        const said = String([answer].flat(2)[0] ?? "")
          .trim()
          .toLowerCase()
          .replace(/\.$/, "");
        if (said === "yes" || said === "no") question.yesNo = said;
        else warn("bioasq-answer", `the answer ${JSON.stringify(answer)} of ${id} is neither yes nor no`);
      } else if (type !== "summary") {
        question.exactAnswer = answersOf(answer, type === "list");
        if (question.exactAnswer === undefined)
          warn("bioasq-answer", `the exact answer of ${id} is neither text nor lists of text`);
      }
    }
    questions.push(question);
  });
  return questions;
}

/** A string is one answer; of strings in a list each is an answer of a list question, else a synonym; of lists each is an answer. */
function answersOf(value: unknown, isList: boolean): string[][] | undefined {
  const clean = (items: unknown[]): string[] | undefined =>
    items.every((item) => typeof item === "string")
      ? (items as string[]).map((item) => item.trim()).filter((item) => item !== "")
      : undefined;
  if (typeof value === "string") return [clean([value])!].filter((entry) => entry.length > 0);
  if (!Array.isArray(value)) return undefined;
  const flat = clean(value as unknown[]);
  const entries =
    flat === undefined
      ? (value as unknown[]).map((item) => clean([item].flat()))
      : isList
        ? flat.map((item) => [item])
        : [flat];
  return entries.every((entry) => entry !== undefined) ? entries.filter((entry) => entry.length > 0) : undefined;
}

function pmidOf(url: string): string | undefined {
  return /(\d+)\/?$/.exec(url)?.[1];
}

/** A system's answer to a question: text for yes/no, for a factoid the best answers first, for a list all of them. */
export interface BioAsqAnswer {
  id: string;
  type: BioAsqType;
  body: string;
  /** Factoid and list: each entry is one answer with its synonyms. */
  exactAnswer: "yes" | "no" | readonly (readonly string[])[];
}

/**
 * Answers as BioASQ's evaluator reads them: `{"questions": [{"id", "type", "body", "exact_answer"}]}`. `into` is the text of another BioASQ file
 * (a test set, or answers to its other questions): all of its questions are written, each with its fields and, where there is one, the
 * new answer; answers to questions that it does not have follow.
 * @throws BiobertError `input-format` where `into` is no BioASQ file.
 */
export function encodeBioAsqAnswers(answers: readonly BioAsqAnswer[], into?: { text: string; file?: string }): string {
  const place: FormatPlace = { file: into?.file, hint: HINT };
  const root = into === undefined ? {} : recordOf(parseJson(into.text, place), place);
  const given = into === undefined ? [] : root["questions"];
  if (!Array.isArray(given)) throw badInput(place, 'no "questions"');
  const left = new Map(answers.map((answer) => [answer.id, answer]));
  const questions = (given as unknown[]).map((value, index) => {
    const record = recordOf(value, place, { name: `question ${index + 1}` });
    const answer = left.get(String(record["id"]));
    if (answer === undefined) return record;
    left.delete(answer.id);
    return { ...record, exact_answer: answer.exactAnswer };
  });
  for (const { id, type, body, exactAnswer } of left.values())
    questions.push({ id, type, body, exact_answer: exactAnswer });
  return `${JSON.stringify({ ...root, questions }, undefined, 1)}\n`;
}
