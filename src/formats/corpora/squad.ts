// SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018), which the BioBERT release of BioASQ shares: {"data": [{"title", "paragraphs":
// [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}], "is_impossible"}]}]}]}. `answer_start` counts
// code points; what is returned counts UTF-16 units.

import type { WarningSink } from "../../core/index.ts";
import { OffsetMap } from "../offsets.ts";
import { arrayField, badInput, type FormatPlace, parseJson, quoted, recordOf, stringField } from "../reading.ts";

export interface SquadQuestion {
  id: string;
  title: string;
  question: string;
  context: string;
  answers: { text: string; start: number }[];
  isImpossible: boolean;
}

const HINT =
  'A SQuAD file is {"data": [{"paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}]}]}]}]}.';

/**
 * Reads the questions. Warnings: `answer-moved` where an answer does not stand at its offset but elsewhere in the context (the
 * nearest place is taken), `answer-not-found` where it stands nowhere (left out), `question-repeated` for a second question
 * of an id (kept).
 * @throws BiobertError `input-format`; a question without context or with an empty one is one.
 */
export function parseSquad(text: string, options: { file?: string; warn?: WarningSink } = {}): SquadQuestion[] {
  const place: FormatPlace = { file: options.file, hint: HINT };
  const root = recordOf(parseJson(text, place), place);
  if (!Array.isArray(root["data"])) throw badInput(place, 'no "data"');
  const ids = new Set<string>();
  const questions: SquadQuestion[] = [];
  for (const item of root["data"] as unknown[]) {
    const article = recordOf(item, place);
    const title = typeof article["title"] === "string" ? article["title"] : "";
    for (const part of arrayField(article, "paragraphs", place)) {
      const paragraph = recordOf(part, place);
      const asked = arrayField(paragraph, "qas", place).map((value) => recordOf(value, place));
      const context = stringField(paragraph, "context", place, { name: String(asked[0]?.["id"] ?? title) });
      if (context.trim() === "" && asked.length > 0)
        throw badInput(place, "a question without context", { name: String(asked[0]!["id"]) });
      const offsets = new OffsetMap(context);
      for (const record of asked) {
        const id = typeof record["id"] === "number" ? String(record["id"]) : stringField(record, "id", place);
        const warn = (code: string, message: string): void =>
          options.warn?.({ code, message, place: { file: options.file, name: id } });
        if (ids.has(id)) warn("question-repeated", `the question ${id} has come before`);
        ids.add(id);
        const answers: SquadQuestion["answers"] = [];
        for (const value of arrayField(record, "answers", place, { name: id })) {
          const answer = recordOf(value, place, { name: id });
          const wanted = stringField(answer, "text", place, { name: id });
          const start = offsets.toUnits(Number(answer["answer_start"]));
          if (wanted.trim() === "") {
            warn("answer-not-found", "an answer without text is left out");
            continue;
          }
          if (start !== undefined && context.startsWith(wanted, start)) {
            answers.push({ text: wanted, start });
            continue;
          }
          const found = nearest(context, wanted, start ?? 0);
          if (found < 0)
            warn("answer-not-found", `the answer ${quoted(wanted)} does not stand in the context; it is left out`);
          else {
            warn(
              "answer-moved",
              `the answer ${quoted(wanted)} does not stand at ${String(answer["answer_start"])}; the nearest place is taken`,
            );
            answers.push({ text: wanted, start: found });
          }
        }
        questions.push({
          id,
          title,
          question: stringField(record, "question", place, { name: id }).trim(),
          context,
          answers,
          isImpossible: record["is_impossible"] === true,
        });
      }
    }
  }
  return questions;
}

/** Writes questions as SQuAD 1.1, a paragraph each, in the order given; `answer_start` counts code points. */
export function encodeSquad(
  questions: readonly Pick<SquadQuestion, "id" | "question" | "context" | "answers">[],
  title: string,
): string {
  const paragraphs = questions.map(({ id, question, context, answers }) => {
    const offsets = new OffsetMap(context);
    const places = answers.map(({ text, start }) => ({ text, answer_start: offsets.toCodePoints(start) }));
    return { context, qas: [{ id, question, answers: places }] };
  });
  return `${JSON.stringify({ version: "1.1", data: [{ title, paragraphs }] }, undefined, 1)}\n`;
}

function nearest(context: string, wanted: string, near: number): number {
  let best = -1;
  for (let at = context.indexOf(wanted); at >= 0; at = context.indexOf(wanted, at + 1)) {
    if (best < 0 || Math.abs(at - near) < Math.abs(best - near)) best = at;
  }
  return best;
}
