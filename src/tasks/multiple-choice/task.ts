// Questions with options, after BertForMultipleChoice (as Devlin et al. 2019 score SWAG): each option is read with the question
// as [CLS] question [SEP] option [SEP], the pooled vector gives it a score, and the scores of a question compete.

import { z } from "zod";
import { multipleChoice } from "../../bert/index.ts";
import type { MultipleChoiceExample } from "../../data/index.ts";
import { letter } from "../../formats/index.ts";
import type { WordPieceTokenizer } from "../../tokenizer/index.ts";
import { itemIds } from "../items.ts";
import { option } from "../options.ts";
import { cutWarning, joinPieces } from "../sequences.ts";
import { repeatedIds } from "../tables.ts";
import { classTargets, IGNORED_LABEL } from "../targets.ts";
import type { EncodedInput, EncodedSequence, OptionsOf, Targets, TaskDefinition } from "../task.ts";
import { decodeChoice, type ChoicePrediction } from "./decode.ts";
import { readChoiceFiles } from "./read.ts";
import { scoreChoices } from "./score.ts";

/** Under `answers: "one"`, one gold answer; none where it is not known. */
export type MultipleChoiceQuestion = MultipleChoiceExample;

export interface MultipleChoiceInput extends EncodedInput {
  /** Indices of the right options; empty where they are not known. */
  gold: readonly number[];
  /** How many of the sequences are options; the rest is padding. */
  choices: number;
}

const options = {
  answers: option(z.enum(["one", "several"]).default("one"), "how many options of a question may be right", {
    when: "training",
    placeholder: "KIND",
  }),
  choices: option(
    z.number().int().min(2).max(26).optional(),
    "the most options of a question, for files in which not all have as many; by default all must",
    { when: "always", placeholder: "N" },
  ),
  threshold: option(
    z.number().min(0).max(1).default(0.5),
    "several answers: the probability from which an option is chosen",
    { when: "always", placeholder: "P" },
  ),
  cutQuestion: option(
    z.enum(["start", "end"]).default("start"),
    "where a question that is too long is cut: its start keeps the sentence that asks",
    { when: "always", placeholder: "END" },
  ),
};

export type MultipleChoiceOptions = OptionsOf<typeof options>;

const isSeveral = ({ answers }: MultipleChoiceOptions): boolean => answers === "several";

/** One option with its question in at most `maxLength` pieces: the question gives way first, then the option's end. */
function encodeOption(
  tokenizer: WordPieceTokenizer,
  question: Int32Array,
  text: string,
  { maxLength, cutQuestion }: { maxLength: number; cutQuestion: "start" | "end" },
): { sequence: EncodedSequence; cut: boolean } {
  const room = maxLength - 3;
  const all = tokenizer.tokenize(text).ids;
  // The option keeps half of the room whatever the question's length.
  const kept = all.subarray(0, Math.max(room - question.length, Math.ceil(room / 2)));
  const left = Math.min(question.length, room - kept.length);
  const part = cutQuestion === "end" ? question.subarray(0, left) : question.subarray(question.length - left);
  return {
    sequence: joinPieces(tokenizer, part, kept),
    cut: left < question.length || kept.length < all.length,
  };
}

/** Choosing among a question's options. */
export const multipleChoiceTask: TaskDefinition<
  MultipleChoiceOptions,
  MultipleChoiceQuestion,
  MultipleChoiceInput,
  ChoicePrediction
> = {
  name: "multiple-choice",
  summary: "the right option, or options, of a question",
  files:
    "JSON lines or arrays in the form of MedQA, MedMCQA, FrenchMedMCQA or MedConceptsQA, or {question, options, answers: [0]}; .csv as MMLU's (question, options, letter)",
  unit: "questions",
  options,
  architecture: "BertForMultipleChoice",
  maxLength: 256,

  optionsOf: ({ problem }) => (problem === "multi-label" ? { answers: "several" } : {}),

  async read(files, given, gold) {
    const { choices } = given;
    const { examples, warnings } = await readChoiceFiles(files, { gold, several: isSeveral(given), choices });
    return { examples, warnings: [...warnings, ...repeatedIds(examples)] };
  },

  labels: () => [],

  requireKnownLabels: () => undefined,

  encode(examples, { tokenizer, maxLength, files, options: { choices, cutQuestion } }) {
    let cut = 0;
    const padding = joinPieces(tokenizer, []);
    const inputs = examples.map(({ question, options: texts, answers }, example): MultipleChoiceInput => {
      const asked = tokenizer.tokenize(question).ids;
      const encoded = texts.map((text) => encodeOption(tokenizer, asked, text, { maxLength, cutQuestion }));
      if (encoded.some((one) => one.cut)) cut++;
      const sequences = encoded.map(({ sequence }) => sequence);
      while (sequences.length < (choices ?? 0)) sequences.push(padding);
      return { example, sequences, gold: answers, choices: texts.length };
    });
    const how = `with the options and cut at the ${cutQuestion}`;
    return { inputs, warnings: cutWarning(cut, "questions", maxLength, files, how) };
  },

  head({ options: given }) {
    const several = isSeveral(given);
    return {
      architecture: "BertForMultipleChoice",
      labels: [],
      ...(several ? { problem: "multi-label" } : {}),
      head: multipleChoice({
        ...(several ? { problem: "multi-label" } : {}),
        masked: given.choices !== undefined,
      }),
    };
  },

  targets(inputs, { choices = 1 }, { options: given }) {
    const rows = (value: (input: MultipleChoiceInput, choice: number) => number) => ({
      dtype: "float32" as const,
      dims: [inputs.length, choices],
      data: Float32Array.from({ length: inputs.length * choices }, (_, i) =>
        value(inputs[Math.floor(i / choices)]!, i % choices),
      ),
    });
    const mask: Targets["feeds"] =
      given.choices === undefined ? {} : { choiceMask: rows((input, i) => (i < input.choices ? 1 : 0)) };
    if (!isSeveral(given)) {
      const { feeds, counted } = classTargets(inputs.map(({ gold: [answer = IGNORED_LABEL] }) => answer));
      return { feeds: { ...feeds, ...mask }, counted };
    }
    return {
      feeds: { labels: rows((input, i) => (input.gold.includes(i) ? 1 : 0)), ...mask },
      counted: inputs.reduce((sum, input) => sum + input.choices, 0),
    };
  },

  decode: (results, inputs, _examples, { options: given }) =>
    results.map(({ logits }, i) =>
      decodeChoice(logits!.subarray(0, inputs[i]!.choices), {
        several: isSeveral(given),
        threshold: given.threshold,
      }),
    ),

  confidences: ({ examples, predictions }, { options: given }) =>
    predictions.flatMap(({ answers, probabilities }, i) => {
      const right = examples[i]!.answers;
      if (!isSeveral(given)) return [{ confidence: Math.max(...probabilities), right: right.includes(answers[0]!) }];
      // Each option is a decision of its own.
      return probabilities.map((probability, option) => {
        const isChosen = answers.includes(option);
        return { confidence: isChosen ? probability : 1 - probability, right: isChosen === right.includes(option) };
      });
    }),

  score: (examples, predictions, { options: given }) =>
    scoreChoices(examples, predictions, { several: isSeveral(given) }),

  items(examples, predictions, { options: given }) {
    const key = (answers: readonly number[]): string => [...answers].sort((a, b) => a - b).join(" ");
    const values = examples.map(({ answers }, i) => [1, Number(key(answers) === key(predictions[i]!.answers))]);
    const metric = isSeveral(given) ? "exactMatch" : "accuracy";
    return [
      { unit: "questions", ids: itemIds(examples), metrics: { [metric]: { statistic: "mean-percent", values } } },
    ];
  },

  toJson: ({ options: texts }, { answers, probabilities }) => ({
    answers,
    letters: answers.map(letter),
    texts: answers.map((answer) => texts[answer]!),
    probabilities,
  }),

  show({ question, options: texts, answers: right }, { answers: found }) {
    const called = (answers: readonly number[]): string =>
      answers.map((answer) => `${letter(answer)}. ${texts[answer]!}`).join("; ");
    const [gold, predicted] = [called(right), called(found)];
    return { text: question, gold, predicted, right: gold === predicted };
  },
};
