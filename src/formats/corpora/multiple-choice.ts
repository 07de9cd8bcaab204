// Questions with options: MedQA (Jin et al. 2021; options as an object or as "A. text"), MedMCQA (Pal et al. 2022; `cop` counts from
// 1), FrenchMedMCQA (Labrak et al. 2022; one or several right), MMLU's CSV (Hendrycks et al. 2021) and MedConceptsQA (Shoham and
// Rappoport 2024). All become one form.

import type { WarningSink } from "../../core/index.ts";
import { csvRows } from "../csv.ts";
import { arrayField, badInput, type FormatPlace, jsonRecords, quoted, recordOf, stringField } from "../reading.ts";

export interface ChoiceQuestion {
  id: string;
  question: string;
  options: string[];
  /** Indices of the right options, ascending. */
  answers: number[];
  level?: string;
  subject?: string;
  line?: number;
}

export interface ChoiceReading {
  file?: string;
  warn?: WarningSink;
  /** Refuse questions with another number of options. */
  options?: number;
}

/** MedQA as JSON lines or an array. @throws BiobertError `input-format`. */
export function parseMedQa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = { file: reading.file, hint: 'A MedQA record is {"question", "options": {"A": …} or ["A. …"], "answer", "answer_idx"}.' };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const given = record["options"];
    const entries: [string, string][] = Array.isArray(given)
      ? given.map((option, i) => {
          const match = /^([A-Z])[.)]\s*(.*)$/su.exec(String(option));
          return match === null ? [letter(i), String(option)] : [match[1]!, match[2]!];
        })
      : Object.entries(recordOf(given, place, where)).map(([key, value]) => [key, String(value)]);
    const answer = stringField(record, "answer", place, where);
    const key = record["answer_idx"];
    const index = typeof key === "string" ? entries.findIndex(([name]) => name === key) : entries.findIndex(([, option]) => option === answer);
    if (index < 0) throw badInput(place, `the answer ${quoted(typeof key === "string" ? key : answer)} is none of the options`, where);
    const level = record["meta_info"];
    return { question: stringField(record, "question", place, where), options: entries.map(([, option]) => option), answers: [index], ...(typeof level === "string" ? { level } : {}) };
  });
}

/** MedMCQA as JSON lines; `choice_type` "multi" has one right option all the same. @throws BiobertError `input-format`. */
export function parseMedMcqa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = { file: reading.file, hint: 'A MedMCQA record is {"id", "question", "opa", "opb", "opc", "opd", "cop": 1 to 4}.' };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const right = record["cop"];
    if (typeof right !== "number" || !Number.isInteger(right) || right < 1 || right > 4) throw badInput(place, `"cop" is ${JSON.stringify(right)}, not 1 to 4`, where);
    const subject = record["subject_name"];
    return {
      question: stringField(record, "question", place, where),
      options: ["opa", "opb", "opc", "opd"].map((name) => stringField(record, name, place, where)),
      answers: [right - 1],
      ...(typeof record["choice_type"] === "string" ? { level: record["choice_type"] } : {}),
      ...(typeof subject === "string" ? { subject } : {}),
    };
  });
}

/** FrenchMedMCQA: five options, one or several right. @throws BiobertError `input-format`. */
export function parseFrenchMedMcqa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = { file: reading.file, hint: 'A FrenchMedMCQA record is {"id", "question", "answers": {"a": …}, "correct_answers": ["a", …]}.' };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const entries = Object.entries(recordOf(record["answers"], place, where)).sort(([a], [b]) => (a < b ? -1 : 1));
    const answers = arrayField(record, "correct_answers", place, where).map((key) => {
      const index = entries.findIndex(([name]) => name === key);
      if (index < 0) throw badInput(place, `the answer ${JSON.stringify(key)} is none of the options`, where);
      return index;
    });
    return {
      question: stringField(record, "question", place, where),
      options: entries.map(([, option]) => String(option)),
      answers: [...new Set(answers)].sort((a, b) => a - b),
      ...(typeof record["type"] === "string" ? { level: record["type"] } : {}),
      ...(typeof record["subject_name"] === "string" ? { subject: record["subject_name"] } : {}),
    };
  });
}

/** MMLU's CSV without header: question, four options, the letter of the right one. @throws BiobertError `input-format`. */
export function parseMmluCsv(text: string, reading: ChoiceReading & { subject?: string } = {}): ChoiceQuestion[] {
  const place: FormatPlace = { file: reading.file, hint: "Each row is question, options (four in MMLU), letter of the right option." };
  const rows = function* () {
    let number = 0;
    for (const { columns, line } of csvRows(text, place)) yield { record: { columns }, number: ++number, line };
  };
  return readAll(rows(), { options: 4, ...reading }, place, ({ columns }, where) => {
    const cells = columns as string[];
    if (cells.length < 4) throw badInput(place, `${cells.length} columns, but a question, two or more options and a letter are expected`, where);
    const options = cells.slice(1, -1);
    const index = cells.at(-1)!.trim().toUpperCase().charCodeAt(0) - 65;
    if (cells.at(-1)!.trim().length !== 1 || index < 0 || index >= options.length) throw badInput(place, `the answer ${quoted(cells.at(-1)!)} is none of A to ${letter(options.length - 1)}`, where);
    return { question: cells[0]!, options, answers: [index], ...(reading.subject === undefined ? {} : { subject: reading.subject }) };
  });
}

/**
 * MedConceptsQA as JSON lines or an array: question, option1 to option4, answer_id (1 to 4), level, vocab. The benchmark's own
 * `answer` letter is not read: its script knows no letter for option 3.
 * @throws BiobertError `input-format`.
 */
export function parseMedConceptsQa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = { file: reading.file, hint: 'A MedConceptsQA record is {"question", "option1" to "option4", "answer_id": 1 to 4, "level", "vocab"}.' };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const right = Number(record["answer_id"]);
    if (!Number.isInteger(right) || right < 1 || right > 4) throw badInput(place, `"answer_id" is ${JSON.stringify(record["answer_id"])}, not 1 to 4`, where);
    return {
      // Some releases repeat the options in the question; they are not part of it here.
      question: stringField(record, "question", place, where).split(/\n\s*A\. /)[0]!.trim(),
      options: [1, 2, 3, 4].map((i) => stringField(record, `option${i}`, place, where)),
      answers: [right - 1],
      ...(typeof record["level"] === "string" ? { level: record["level"] } : {}),
      ...(typeof record["vocab"] === "string" ? { subject: record["vocab"] } : {}),
    };
  });
}

/** A, B, C… */
export function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

type Where = { line?: number; name?: string };

function readAll(
  records: Iterable<{ record: Record<string, unknown>; number: number; line?: number }>,
  { options: wanted, warn, file }: ChoiceReading,
  place: FormatPlace,
  read: (record: Record<string, unknown>, where: Where) => Omit<ChoiceQuestion, "id" | "line">,
): ChoiceQuestion[] {
  const questions: ChoiceQuestion[] = [];
  const ids = new Set<string>();
  for (const { record, number, line } of records) {
    const given = record["id"] ?? record["question_id"];
    const id = typeof given === "string" || typeof given === "number" ? String(given) : String(number);
    const where: Where = { name: `question ${id}`, ...(line === undefined ? {} : { line }) };
    const question = read(record, where);
    if (question.question.trim() === "") throw badInput(place, "an empty question", where);
    if (question.options.length < 2) throw badInput(place, `${question.options.length} options where two or more are expected`, where);
    if (wanted !== undefined && question.options.length !== wanted) throw badInput(place, `${question.options.length} options where ${wanted} are expected`, where);
    if (question.answers.length === 0) throw badInput(place, "no right option", where);
    if (ids.has(id)) warn?.({ code: "question-repeated", message: `the question ${id} has come before`, place: { file, ...where } });
    ids.add(id);
    if (new Set(question.options).size < question.options.length) warn?.({ code: "options-repeated", message: `two options of question ${id} are the same`, place: { file, ...where } });
    questions.push({ id, ...question, ...(line === undefined ? {} : { line }) });
  }
  return questions;
}
