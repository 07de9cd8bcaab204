// One answer for a question out of the n-best lists of its snippets, as bioasq-biobert (Yoon et al. 2019) does for factoids and lists:
// equal answers add up their probabilities over the snippets, whatever their case. What it would drop for a comma at its end or a
// parenthesis without its other is trimmed here.

import type { AnswerCandidate } from "./decode.ts";

/** Longer answers are none. */
const LONGEST_ANSWER = 100;
/** BioASQ takes so many answers to a factoid question. */
const FACTOID_ANSWERS = 5;

export interface PooledAnswer {
  text: string;
  /** The sum of its probabilities over the snippets. */
  score: number;
}

/** Without the punctuation around it: commas, full stops, a pair of parentheses or quotes about the whole, a parenthesis without its other. */
export function trimAnswer(text: string): string {
  let trimmed = text.replace(/^[,.;:\s]+|[,.;:\s]+$/g, "");
  const inner = /^\(([^()]*)\)$|^"([^"]*)"$/.exec(trimmed);
  if (inner !== null) trimmed = inner[1] ?? inner[2] ?? "";
  return withoutUnmatched(trimmed).trim();
}

/** Without the parentheses that have no other. */
function withoutUnmatched(text: string): string {
  const opened: number[] = [];
  const unmatched = new Set<number>();
  [...text].forEach((character, i) => {
    if (character === "(") opened.push(i);
    else if (character === ")" && opened.pop() === undefined) unmatched.add(i);
  });
  for (const at of opened) unmatched.add(at);
  return [...text].filter((_, i) => !unmatched.has(i)).join("");
}

/** Pools the lists of a question's snippets; the highest sum first, of equals the one met first. */
export function poolAnswers(lists: readonly (readonly AnswerCandidate[])[]): PooledAnswer[] {
  const pooled = new Map<string, PooledAnswer>();
  for (const { text, probability } of lists.flat()) {
    const answer = trimAnswer(text);
    if (answer === "" || answer.length > LONGEST_ANSWER) continue;
    const key = answer.toLowerCase();
    const known = pooled.get(key);
    if (known === undefined) pooled.set(key, { text: answer, score: probability });
    else known.score += probability;
  }
  return [...pooled.values()].sort((a, b) => b.score - a.score);
}

/** The answers to a factoid question, at most five, the best first. */
export function factoidAnswers(lists: readonly (readonly AnswerCandidate[])[]): string[] {
  return poolAnswers(lists)
    .slice(0, FACTOID_ANSWERS)
    .map(({ text }) => text);
}

const NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
/** A number of 2 to 20 behind a word that asks; one in a name ("type 2", "BRCA1") is none. */
const ASKED = new RegExp(
  String.raw`\b(?:list|name|give|which|what|are|the|these|following)\s+(?:the\s+)?(\d{1,2}|${NUMBERS.join("|")})\s`,
  "i",
);

/** How many answers a question asks for in its words, such as "which 3 genes"; undefined where it does not say. */
export function askedCount(question: string): number | undefined {
  const [, said = ""] = ASKED.exec(question) ?? [];
  const number = /^\d+$/.test(said) ? Number(said) : NUMBERS.indexOf(said.toLowerCase()) + 2;
  return said !== "" && number >= 2 && number <= 20 ? number : undefined;
}

/**
 * The answers to a list question: all whose probabilities add up to more than `threshold`, or the best one where none do; enumerations
 * are cut apart, and a number in the question bounds how many.
 */
export function listAnswers(
  question: string,
  lists: readonly (readonly AnswerCandidate[])[],
  threshold: number,
): string[] {
  return likelyAnswers(question, poolAnswers(lists), threshold);
}

/** The same of answers that are pooled already. */
export function likelyAnswers(question: string, pooled: readonly PooledAnswer[], threshold: number): string[] {
  const likely = pooled.filter(({ score }) => score > threshold);
  const parts = (likely.length > 0 ? likely : pooled.slice(0, 1)).flatMap(({ text }) => cutEnumeration(text));
  const seen = new Set<string>();
  const answers = parts.filter((text) => !seen.has(text.toLowerCase()) && seen.add(text.toLowerCase()) !== undefined);
  return answers.slice(0, askedCount(question) ?? answers.length);
}

/** `A, B and C` are three answers; a comma or a slash within a word is part of a name (2,4-D; HLA-A/B). */
function cutEnumeration(text: string): string[] {
  const parts = text.split(/,\s+|\s+and\s+|\s+or\s+|\s+\/\s+/);
  return parts.map((part) => trimAnswer(part.replace(/^\s*(?:and|or)\s+/, ""))).filter((part) => part !== "");
}
