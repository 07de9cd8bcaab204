// Questions about medical concepts as MedConceptsQA asks them (Shoham and Rappoport 2024): the prompt, with as many solved examples as
// wanted, and the scores of whatever rates its continuations. What rates them is an interface: no model of ours does yet.

import type { MultipleChoiceExample } from "../../data/index.ts";
import { letter } from "../../formats/index.ts";
import type { TaskScores } from "../task.ts";
import { scoreChoices } from "./score.ts";

/** Rates how well each continuation follows a prompt; higher is better, one number each. */
export interface ContinuationScorer {
  rate(prompt: string, continuations: readonly string[]): Promise<ArrayLike<number>>;
}

const asked = ({ question, options }: MultipleChoiceExample): string =>
  `Question: ${question}\n${options.map((text, i) => `${letter(i)}. ${text}`).join("\n")}\nAnswer:`;

/** The prompt of a question after `shots`, solved examples in the same form; none make it zero-shot. */
export function conceptPrompt(question: MultipleChoiceExample, shots: readonly MultipleChoiceExample[] = []): string {
  const solved = shots.map((shot) => `${asked(shot)} ${letter(shot.answers[0]!)}`);
  return [...solved, asked(question)].join("\n\n");
}

/**
 * Accuracy by difficulty level and vocabulary of the letters that a scorer rates highest, of equals the first. A question
 * is never among its own shots.
 */
export async function scoreConcepts(
  questions: readonly MultipleChoiceExample[],
  scorer: ContinuationScorer,
  shots: readonly MultipleChoiceExample[] = [],
): Promise<TaskScores> {
  const chosen: { answers: number[] }[] = [];
  for (const question of questions) {
    const prompt = conceptPrompt(
      question,
      shots.filter(({ id }) => id !== question.id),
    );
    const letters = question.options.map((_, i) => ` ${letter(i)}`);
    const ratings = Array.from(await scorer.rate(prompt, letters));
    chosen.push({ answers: [ratings.reduce((best, value, i) => (value > ratings[best]! ? i : best), 0)] });
  }
  return scoreChoices(questions, chosen, { several: false });
}
