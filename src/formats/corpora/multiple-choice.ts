// Questions with options: MedQA (Jin et al. 2021; options as an object or as "A. text"), MedMCQA (Pal et al. 2022; `cop` counts from
// 1), FrenchMedMCQA (Labrak et al. 2022; one or several right), MMLU's CSV (Hendrycks et al. 2021) and MedConceptsQA (Shoham and
// Rappoport 2024). All become one form.

import type { WarningSink } from "../../core/index.ts";
import {
  arrayField,
  badInput,
  documentIdOf,
  type FormatPlace,
  jsonRecords,
  quoted,
  recordField,
  stringField,
} from "../reading.ts";
import { areColumnNames, parseCsv, type TableRow } from "../table.ts";

export interface ChoiceQuestion {
  id: string;
  question: string;
  options: string[];
  /** Indices of the right options, ascending; empty only where a reading without gold allows it. */
  answers: number[];
  level?: string;
  subject?: string;
  /** The document that it is of, where the record names one. */
  documentId?: string;
  line?: number;
}

export interface ChoiceReading {
  file?: string;
  warn?: WarningSink;
  /** Refuse questions with another number of options. */
  options?: number;
  /** Default true: each question must say which options are right. Else one that does not has no `answers`. */
  gold?: boolean;
}

/** MedQA as JSON lines or an array. @throws BiobertError `input-format`. */
export function parseMedQa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = {
    file: reading.file,
    hint: 'A MedQA record is {"question", "options": {"A": …} or ["A. …"], "answer", "answer_idx"}.',
  };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const given = record["options"];
    const entries: [string, string][] = Array.isArray(given)
      ? withoutLetters(given.map((option, i) => optionText(option, letter(i), place, where))).map((option, i) => [
          letter(i),
          option,
        ])
      : optionEntries(recordField(record, "options", place, where), place, where);
    const key = record["answer_idx"];
    const without = reading.gold === false && typeof key !== "string" && typeof record["answer"] !== "string";
    const answer = without ? "" : stringField(record, "answer", place, where);
    const index =
      typeof key === "string"
        ? entries.findIndex(([name]) => name === key)
        : entries.findIndex(([, option]) => option === answer);
    if (index < 0 && !without)
      throw badInput(
        place,
        `the answer ${quoted(typeof key === "string" ? key : answer)} is none of the options`,
        where,
      );
    // An answer may be written otherwise than its option; as another option is written it contradicts.
    const named = entries[index]?.[1];
    if (typeof key === "string" && named !== answer && entries.some(([, option]) => option === answer))
      throw badInput(
        place,
        `"answer_idx" is ${quoted(key)}, but "answer" is the text of another option: ${quoted(answer)}`,
        where,
      );
    const level = record["meta_info"];
    return {
      question: stringField(record, "question", place, where),
      options: entries.map(([, option]) => option),
      answers: without ? [] : [index],
      ...(typeof level === "string" ? { level } : {}),
    };
  });
}

/** Options without the letters before them, where each has its own: "S. aureus" alone is not lettered S. */
function withoutLetters(options: readonly string[]): string[] {
  const matches = options.map((option, i) => {
    const match = /^([A-Z])[.)]\s*(.*)$/su.exec(option);
    return match !== null && match[1] === letter(i) ? match[2]! : undefined;
  });
  return matches.every((text) => text !== undefined) ? matches : [...options];
}

function optionEntries(options: Record<string, unknown>, place: FormatPlace, where: Where): [string, string][] {
  return Object.entries(options).map(([key, value]) => [key, optionText(value, key, place, where)]);
}

/** @throws BiobertError `input-format` for what is neither text nor a number. */
function optionText(value: unknown, name: string, place: FormatPlace, where: Where): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw badInput(place, `the option ${name} is ${JSON.stringify(value)}, not text`, where);
}

/** MedMCQA as JSON lines; `choice_type` "multi" has one right option all the same. @throws BiobertError `input-format`. */
export function parseMedMcqa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = {
    file: reading.file,
    hint: 'A MedMCQA record is {"id", "question", "opa", "opb", "opc", "opd", "cop": 1 to 4}.',
  };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const right = record["cop"];
    // The published test split has no answers: its "cop" is absent, 0 or -1.
    const without = reading.gold === false && (right === undefined || right === null || right === 0 || right === -1);
    if (!without && (typeof right !== "number" || !Number.isInteger(right) || right < 1 || right > 4))
      throw badInput(place, `"cop" is ${JSON.stringify(right)}, not 1 to 4`, where);
    if (typeof record["ope"] === "string")
      throw badInput(place, 'a fifth option, "ope", where four are expected: "opa" to "opd"', where);
    const subject = record["subject_name"];
    return {
      question: stringField(record, "question", place, where),
      options: ["opa", "opb", "opc", "opd"].map((name) => stringField(record, name, place, where)),
      answers: without ? [] : [(right as number) - 1],
      ...(typeof record["choice_type"] === "string" ? { level: record["choice_type"] } : {}),
      ...(typeof subject === "string" ? { subject } : {}),
    };
  });
}

/** FrenchMedMCQA: five options, one or several right. @throws BiobertError `input-format`. */
export function parseFrenchMedMcqa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = {
    file: reading.file,
    hint: 'A FrenchMedMCQA record is {"id", "question", "answers": {"a": …}, "correct_answers": ["a", …]}.',
  };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const entries = optionEntries(recordField(record, "answers", place, where), place, where).sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    const without = reading.gold === false && record["correct_answers"] === undefined;
    const right = without ? [] : arrayField(record, "correct_answers", place, where);
    const answers = right.map((key) => {
      const index = entries.findIndex(([name]) => name === key);
      if (index < 0) throw badInput(place, `the answer ${JSON.stringify(key)} is none of the options`, where);
      return index;
    });
    return {
      question: stringField(record, "question", place, where),
      options: entries.map(([, option]) => option),
      answers: [...new Set(answers)].sort((a, b) => a - b),
      ...(typeof record["type"] === "string" ? { level: record["type"] } : {}),
      ...(typeof record["subject_name"] === "string" ? { subject: record["subject_name"] } : {}),
    };
  });
}

/**
 * MMLU's CSV without header: question, four options, the letter of the right one. Without `gold` the letter may be missing: blank, or the
 * whole column, where less than half of the rows end with a letter of an option.
 * @throws BiobertError `input-format`.
 */
export function parseMmluCsv(text: string, reading: ChoiceReading & { subject?: string } = {}): ChoiceQuestion[] {
  const place: FormatPlace = {
    file: reading.file,
    hint: "Each row is question, options (four in MMLU), letter of the right option; there is no header.",
  };
  const table = parseCsv(text, reading.file);
  const hasLetter = reading.gold !== false || 2 * table.filter(endsWithLetter).length >= table.length;
  const rows = function* () {
    let number = 0;
    for (const { cells: columns, line } of table) yield { record: { columns }, number: ++number, line };
  };
  return readAll(rows(), { options: 4, ...reading }, place, ({ columns }, where) => {
    const cells = columns as string[];
    if (cells.length < (hasLetter ? 4 : 3))
      throw badInput(
        place,
        `${cells.length} columns, but a question, two or more options${hasLetter ? " and a letter" : ""} are expected`,
        where,
      );
    // Without gold the last column may be empty.
    const without = !hasLetter || (reading.gold === false && cells.at(-1)!.trim() === "");
    const options = hasLetter ? cells.slice(1, -1) : cells.slice(1);
    const index = cells.at(-1)!.trim().toUpperCase().charCodeAt(0) - 65;
    if (!without && (cells.at(-1)!.trim().length !== 1 || index < 0 || index >= options.length)) {
      const isHeader = where.line === 1 && (areColumnNames(cells) || areColumnNames(cells.slice(-1)));
      const message = `the answer ${quoted(cells.at(-1)!)} is none of A to ${letter(options.length - 1)}`;
      throw badInput(
        place,
        isHeader ? `line 1 looks like a header, and there must be none: ${message}` : message,
        where,
      );
    }
    return {
      question: cells[0]!,
      options,
      answers: without ? [] : [index],
      ...(reading.subject === undefined ? {} : { subject: reading.subject }),
    };
  });
}

/** Whether a row ends with the letter of one of its options, or with a blank in its place. */
function endsWithLetter({ cells }: TableRow): boolean {
  const last = cells.at(-1)!.trim().toUpperCase();
  const index = last.charCodeAt(0) - 65;
  return last === "" || (last.length === 1 && index >= 0 && index < cells.length - 2);
}

/**
 * MedConceptsQA as JSON lines or an array: question, option1 to option4, answer_id (1 to 4), level, vocab. The benchmark's own
 * `answer` letter is not read: its script knows no letter for option 3.
 * @throws BiobertError `input-format`.
 */
export function parseMedConceptsQa(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = {
    file: reading.file,
    hint: 'A MedConceptsQA record is {"question", "option1" to "option4", "answer_id": 1 to 4, "level", "vocab"}.',
  };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const without = reading.gold === false && record["answer_id"] === undefined;
    const right = Number(record["answer_id"]);
    if (!without && (!Number.isInteger(right) || right < 1 || right > 4))
      throw badInput(place, `"answer_id" is ${JSON.stringify(record["answer_id"])}, not 1 to 4`, where);
    if (typeof record["option5"] === "string")
      throw badInput(place, 'a fifth option, "option5", where four are expected: "option1" to "option4"', where);
    return {
      // Some releases repeat the options in the question; they are not part of it here. Blank lines are left to trim(): `\s*` would
      // read the rest of a run of line breaks anew from each of them.
      question: stringField(record, "question", place, where)
        .split(/\n[^\S\n]*A\. /)[0]!
        .trim(),
      options: [1, 2, 3, 4].map((i) => stringField(record, `option${i}`, place, where)),
      answers: without ? [] : [right - 1],
      ...(typeof record["level"] === "string" ? { level: record["level"] } : {}),
      ...(typeof record["vocab"] === "string" ? { subject: record["vocab"] } : {}),
    };
  });
}

/**
 * Questions in the form of this project, as JSON lines: `question`, `options` (a list), `answers` (indices from 0), and where
 * there are such `id`, `level` and `subject`.
 * @throws BiobertError `input-format`.
 */
export function parseChoices(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const place: FormatPlace = {
    file: reading.file,
    hint: 'A record is {"question", "options": ["…", "…"], "answers": [0]}, answers counted from 0.',
  };
  return readAll(jsonRecords(text, place), reading, place, (record, where) => {
    const options = arrayField(record, "options", place, where).map((option) => {
      if (typeof option === "string") return option;
      throw badInput(place, `the option ${JSON.stringify(option)} is not text`, where);
    });
    const without = reading.gold === false && record["answers"] === undefined;
    const answers = (without ? [] : arrayField(record, "answers", place, where)).map((index) => {
      if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < options.length) return index;
      throw badInput(place, `the answer ${JSON.stringify(index)} is none of 0 to ${options.length - 1}`, where);
    });
    return {
      question: stringField(record, "question", place, where),
      options,
      answers: [...new Set(answers)].sort((a, b) => a - b),
      ...(typeof record["level"] === "string" ? { level: record["level"] } : {}),
      ...(typeof record["subject"] === "string" ? { subject: record["subject"] } : {}),
      ...documentIdOf(record),
    };
  });
}

const FORMS =
  "Each record is a question of MedQA, MedMCQA, FrenchMedMCQA, MedConceptsQA, or {question, options, answers}.";

const JSON_PARSERS: readonly [key: string, parse: (text: string, reading: ChoiceReading) => ChoiceQuestion[]][] = [
  ["opa", parseMedMcqa],
  ["correct_answers", parseFrenchMedMcqa],
  ["option1", parseMedConceptsQa],
];

/**
 * Questions as JSON lines or an array in any of these forms, told by the fields of the first record.
 * @throws BiobertError `input-format`.
 */
export function parseAnyChoices(text: string, reading: ChoiceReading = {}): ChoiceQuestion[] {
  const [first] = jsonRecords(text, { file: reading.file, hint: FORMS });
  if (first === undefined) return [];
  const { record } = first;
  const [, found] = JSON_PARSERS.find(([key]) => key in record) ?? [];
  if (found !== undefined) return found(text, reading);
  // FrenchMedMCQA without its answers' key still has options by letter under "answers".
  if (typeof record["answers"] === "object" && !Array.isArray(record["answers"]) && record["answers"] !== null)
    return parseFrenchMedMcqa(text, reading);
  const isMedQa = "answer" in record || "answer_idx" in record || !Array.isArray(record["options"]);
  return isMedQa ? parseMedQa(text, reading) : parseChoices(text, reading);
}

/** A, B, C… */
export function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

type Where = { line?: number; name?: string };

function readAll(
  records: Iterable<{ record: Record<string, unknown>; number: number; line?: number }>,
  { options: wanted, warn, file, gold = true }: ChoiceReading,
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
    if (question.options.length < 2)
      throw badInput(place, `${question.options.length} options where two or more are expected`, where);
    if (wanted !== undefined && question.options.length !== wanted)
      throw badInput(place, `${question.options.length} options where ${wanted} are expected`, where);
    if (question.answers.length === 0 && gold) throw badInput(place, "no right option", where);
    if (ids.has(id))
      warn?.({ code: "question-repeated", message: `the question ${id} has come before`, place: { file, ...where } });
    ids.add(id);
    if (new Set(question.options).size < question.options.length)
      warn?.({
        code: "options-repeated",
        message: `two options of question ${id} are the same`,
        place: { file, ...where },
      });
    questions.push({ id, ...question, ...(line === undefined ? {} : { line }) });
  }
  return questions;
}
