// BioASQ's exact answers (task B, phase B) as the official evaluator reads them: lower-cased, yes and no told by what the text
// holds, and since BioASQ 5 only the first of a submission's synonyms.

/** Which of the challenge's rules apply: BioASQ 1-2, 3-4, 5-7, 8, and 9 and later (the evaluator's `-e`). */
export type BioasqEdition = 2 | 3 | 5 | 8 | 9;

export type BioasqQuestionType = "yesno" | "factoid" | "list" | "summary";

/** `exact_answer` of a BioASQ file: text, a list of texts, or a list of lists of synonyms. */
export type BioasqExactAnswer = string | readonly (string | readonly string[])[];

export interface BioasqQuestion {
  id: string;
  type: BioasqQuestionType;
  exactAnswer?: BioasqExactAnswer;
}

/** Of a system's file; the type is that of the golden question. */
export interface BioasqResponse {
  id: string;
  exactAnswer?: BioasqExactAnswer;
}

/**
 * A yes/no answer as the evaluator reads it: any text that holds "yes" is yes, else any that holds "no" is no ("none" and
 * "unknown" are!), else it is "none"; undefined where there is no text. A golden "none" is equal to an answered one.
 */
export function yesNoOf(answer: BioasqExactAnswer | undefined): "yes" | "no" | "none" | undefined {
  if (typeof answer !== "string") return undefined;
  const text = answer.toLowerCase();
  return text.includes("yes") ? "yes" : text.includes("no") ? "no" : "none";
}

/**
 * The answers of a factoid or list question, each with its synonyms, lower-cased. A flat list of texts, which the evaluator
 * refuses since BioASQ 3, is read as one answer a text. An empty list of synonyms is no answer, a lone text is one. `firstOnly`
 * drops all but the first synonym of each.
 */
export function answersOf(answer: BioasqExactAnswer | undefined, firstOnly: boolean): string[][] {
  if (answer === undefined) return [];
  const lists =
    typeof answer === "string" ? [[answer]] : answer.map((item) => (typeof item === "string" ? [item] : item));
  return lists
    .filter((synonyms) => synonyms.length > 0)
    .map((synonyms) => (firstOnly ? synonyms.slice(0, 1) : synonyms).map((text) => text.toLowerCase()));
}
