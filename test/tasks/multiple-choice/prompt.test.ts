// MedConceptsQA's prompt, and its scores with a stand-in that knows some answers.

import { expect, it } from "vitest";
import { conceptPrompt, scoreConcepts } from "../../../src/tasks/index.ts";

const questions = ["easy", "easy", "hard"].map((level, i) => ({
  id: `q${i}`,
  question: `What is the description of the code X${i}?`,
  options: ["ataxia", "anaemia", "asthma", "angina"],
  answers: [i],
  level,
  subject: "ICD10CM",
}));

it("asks after solved examples", () => {
  expect(conceptPrompt(questions[0]!, [questions[2]!])).toBe(
    [
      "Question: What is the description of the code X2?",
      "A. ataxia\nB. anaemia\nC. asthma\nD. angina\nAnswer: C\n",
      "Question: What is the description of the code X0?",
      "A. ataxia\nB. anaemia\nC. asthma\nD. angina\nAnswer:",
    ].join("\n"),
  );
});

it("scores the letters that a stand-in rates highest, by level, and never shows a question its answer", async () => {
  const prompts: string[] = [];
  const scorer = {
    // It knows X0 and X2, and says A where it does not.
    rate: async (prompt: string, continuations: readonly string[]) => {
      prompts.push(prompt);
      const code = Number(/X(\d)\?[^?]*$/.exec(prompt)![1]);
      return continuations.map((letter) => (letter === [" A", " A", " C"][code] ? 1 : 0));
    },
  };
  const { metrics } = await scoreConcepts(questions, scorer, [questions[0]!]);
  expect(metrics).toMatchObject({ accuracyEasy: 50, accuracyHard: 100, chance: 25 });
  expect(prompts.map((prompt) => prompt.split("Question:").length - 1)).toEqual([1, 2, 2]);
});
