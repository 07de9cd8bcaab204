// Answers to score: BioASQ's JSON (golden files and systems' files have one form) and SQuAD's (questions with answers; predictions as one object of
// id and text).

import { BiobertError } from "../../core/index.ts";
import type { BioasqExactAnswer, BioasqQuestion, SquadQuestion } from "../../metrics/index.ts";
import { jsonFaultPlace } from "../json-place.ts";

type Json = unknown;

/** What a JSON file of answers is, by its outermost keys. */
export type AnswerFileKind = "bioasq" | "squad" | "squad-predictions";

/**
 * Parses JSON.
 * @throws BiobertError `input-format` with line and column.
 */
export function parseJson(text: string, file?: string): Json {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BiobertError({
      code: "input-format",
      message: `not JSON: ${message}`,
      place: { file, ...jsonFaultPlace(text) },
      cause: error,
    });
  }
}

/** Which kind of answer file this is. @throws BiobertError `input-format` when it is none. */
export function answerFileKind(json: Json, file?: string): AnswerFileKind {
  if (isObject(json) && Array.isArray(json["questions"])) return "bioasq";
  if (isObject(json) && Array.isArray(json["data"])) return "squad";
  if (isObject(json) && Object.values(json).every((value) => typeof value === "string")) return "squad-predictions";
  throw new BiobertError({
    code: "input-format",
    message: 'neither BioASQ ({"questions": [...]}) nor SQuAD ({"data": [...]}, or an object of ids and answers)',
    place: { file },
  });
}

const TYPES = new Set(["yesno", "factoid", "list", "summary"]);

/**
 * The questions of a BioASQ file with their exact answers. The type may be missing in a system's file (`isSystem`), where it is that of the golden
 * question.
 * @throws BiobertError `input-format` naming the question: no id, an unknown type, an exact answer of another form, an id given twice.
 */
export function bioasqQuestions(json: Json, options: { file?: string; isSystem?: boolean } = {}): BioasqQuestion[] {
  const { file, isSystem = false } = options;
  const list = isObject(json) ? json["questions"] : undefined;
  const bad = (name: string, message: string) =>
    new BiobertError({ code: "input-format", message, place: { file, name } });
  if (!Array.isArray(list)) throw bad("questions", "there is no list of questions");
  const ids = new Set<string>();
  return list.map((question: Json, index): BioasqQuestion => {
    const where = `question ${index + 1}`;
    if (!isObject(question) || typeof question["id"] !== "string") throw bad(where, "the question has no id");
    const { id } = question as { id: string };
    const type = question["type"] ?? (isSystem ? "summary" : undefined);
    if (typeof type !== "string" || !TYPES.has(type))
      throw bad(`${where}, ${id}`, `unknown type ${JSON.stringify(type)}`);
    if (ids.has(id)) throw bad(`${where}, ${id}`, "the id has come before");
    ids.add(id);
    const answer = question["exact_answer"] ?? undefined;
    if (answer !== undefined && !isExactAnswer(answer)) {
      throw bad(`${where}, ${id}`, "the exact answer is neither text nor a list of texts or of lists of synonyms");
    }
    return { id, type: type as BioasqQuestion["type"], ...(answer === undefined ? {} : { exactAnswer: answer }) };
  });
}

/**
 * The questions of a SQuAD file (1.1 or 2.0) with their acceptable answers.
 * @throws BiobertError `input-format` naming the question: a missing part, an id given twice.
 */
export function squadQuestions(json: Json, file?: string): SquadQuestion[] {
  const bad = (name: string, message: string) =>
    new BiobertError({ code: "input-format", message, place: { file, name } });
  const listOf = (value: Json, key: string, name: string): Json[] => {
    const list = isObject(value) ? value[key] : undefined;
    if (!Array.isArray(list)) throw bad(name, `there is no list ${JSON.stringify(key)}`);
    return list;
  };
  const questions: SquadQuestion[] = [];
  const ids = new Set<string>();
  listOf(json, "data", "file").forEach((article, a) => {
    listOf(article, "paragraphs", `article ${a + 1}`).forEach((paragraph, p) => {
      const where = `article ${a + 1}, paragraph ${p + 1}`;
      listOf(paragraph, "qas", where).forEach((question, q) => {
        const name = `${where}, question ${q + 1}`;
        if (!isObject(question) || typeof question["id"] !== "string") throw bad(name, "the question has no id");
        const { id } = question as { id: string };
        if (ids.has(id)) throw bad(`${name}, ${id}`, "the id has come before");
        ids.add(id);
        const answers = (question["answers"] ?? []) as Json;
        if (!Array.isArray(answers)) throw bad(`${name}, ${id}`, "the answers are no list");
        const texts = answers.map((answer: Json) => (isObject(answer) ? answer["text"] : undefined));
        if (!texts.every((text) => typeof text === "string")) throw bad(`${name}, ${id}`, "an answer has no text");
        questions.push({ id, answers: texts });
      });
    });
  });
  return questions;
}

function isExactAnswer(value: Json): value is BioasqExactAnswer {
  if (typeof value === "string") return true;
  if (!Array.isArray(value)) return false;
  return value.every(
    (item) => typeof item === "string" || (Array.isArray(item) && item.every((text) => typeof text === "string")),
  );
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
