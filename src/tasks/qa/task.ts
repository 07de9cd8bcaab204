// Extractive question answering: the span of a context that answers a question (Devlin et al. 2019, section 4.2; Lee et al. 2019
// for BioASQ).

import { z } from "zod";
import { headOf } from "../../bert/index.ts";
import { option } from "../options.ts";
import { spanTargets } from "../targets.ts";
import type { InputResults, OptionsOf, TaskContext, TaskDefinition } from "../task.ts";
import { bestAnswers, type QaPrediction } from "./decode.ts";
import { readQuestions, type QaTaskExample } from "./examples.ts";
import {
  isRightSpan,
  pooledConfidences,
  pooledItems,
  poolQuestions,
  requireAnswers,
  scorePooled,
  scoreSpans,
  showPooled,
  spanItems,
} from "./score.ts";
import { bestListThreshold, bestNullThreshold, LIST_THRESHOLD } from "./thresholds.ts";
import { answerPieces, answerPositions, questionWindows, UNKNOWN_ANSWER, type QaInput } from "./windows.ts";

const options = {
  docStride: option(z.int().min(1).default(128), "pieces between the starts of two windows over a context", {
    when: "always",
  }),
  maxQueryLength: option(z.int().min(1).default(64), "pieces of a question that are read", { when: "always" }),
  nBest: option(z.int().min(1).default(20), "answers kept for each context", { when: "always" }),
  maxAnswerLength: option(z.int().min(1).default(30), "the longest answer, in pieces", { when: "always" }),
  unanswerable: option(z.boolean().default(false), "contexts may hold no answer, as in SQuAD 2", { when: "training" }),
  nullThreshold: option(
    z.number().default(0),
    "with --unanswerable: no answer is given where it beats the best one by more than this",
    { when: "always", placeholder: "X" },
  ),
  questions: option(
    z.enum(["factoid", "list", "both"]).default("factoid"),
    "which questions of BioASQ files are read",
    {
      when: "always",
      placeholder: "KIND",
    },
  ),
  scoring: option(
    z.enum(["auto", "squad", "bioasq"]).default("auto"),
    "squad: each context by itself; bioasq: answers pooled over a question's contexts; auto: bioasq where golden answers are given",
    { when: "always", placeholder: "PROTOCOL" },
  ),
  listThreshold: option(
    z.number().min(0).default(LIST_THRESHOLD),
    "an answer joins a list where its probabilities over the snippets add up to more",
    {
      when: "always",
      placeholder: "P",
    },
  ),
  tuneThreshold: option(
    z.boolean().default(false),
    "take the threshold that is best on the held-out data: of list questions in place of --list-threshold, with --unanswerable in place of --null-threshold",
    { when: "training" },
  ),
};

export type QaOptions = OptionsOf<typeof options>;

const description = { architecture: "BertForQuestionAnswering", labels: [] } as const;

/** Whether a question's answers are pooled over its contexts. */
function isPooled(examples: readonly QaTaskExample[], { scoring }: QaOptions): boolean {
  return scoring === "bioasq" || (scoring === "auto" && examples.some(({ golden }) => golden !== undefined));
}

function decode(
  results: readonly InputResults[],
  inputs: readonly QaInput[],
  examples: readonly QaTaskExample[],
  { options: { nBest, maxAnswerLength, unanswerable, nullThreshold } }: TaskContext<QaOptions>,
): QaPrediction[] {
  const windows = examples.map((): Parameters<typeof bestAnswers>[0][number][] => []);
  inputs.forEach((input, i) => {
    const { start_logits: startLogits, end_logits: endLogits } = results[i]!;
    windows[input.example]!.push({ input, startLogits: startLogits!, endLogits: endLogits! });
  });
  const settings = { nBest, maxAnswerLength, mayBeMissing: unanswerable, nullThreshold };
  return examples.map(({ context }, i) => bestAnswers(windows[i]!, context, settings));
}

/** The threshold that shapes the score of these examples; undefined where none does. */
function thresholdOf(
  examples: readonly QaTaskExample[],
  given: QaOptions,
): "listThreshold" | "nullThreshold" | undefined {
  if (isPooled(examples, given)) return examples.some(({ kind }) => kind === "list") ? "listThreshold" : undefined;
  return given.unanswerable ? "nullThreshold" : undefined;
}

/** Answers to questions, as spans of given contexts. */
export const qaTask: TaskDefinition<QaOptions, QaTaskExample, QaInput, QaPrediction> = {
  name: "qa",
  summary: "the span of a context that answers a question",
  files:
    'SQuAD JSON (BioBERT\'s BioASQ files have its form; a BioASQ file beside it gives the golden answers), BioASQ JSON with snippets, or JSON lines {"id", "question", "context", "answers"}',
  unit: "questions",
  options,
  architecture: description.architecture,
  maxLength: 384,

  read: (files, { questions }) => readQuestions(files, questions),

  labels: () => [],

  requireKnownLabels: (examples, { options: own }) => requireAnswers(examples, { pooled: isPooled(examples, own) }),

  encode(examples, { tokenizer, maxLength, options: { docStride, maxQueryLength, unanswerable }, files }) {
    let cut = 0;
    const inputs = examples.flatMap(({ question, context, answers: [answer], isImpossible }, example): QaInput[] => {
      const { pieces, windows, questionCut } = questionWindows(tokenizer, question, context, {
        maxLength,
        docStride,
        maxQueryLength,
      });
      if (questionCut) cut++;
      const span =
        answer === undefined ? undefined : answerPieces(pieces, answer.start, answer.start + answer.text.length);
      return windows.map((window) => ({
        ...window,
        example,
        gold:
          span !== undefined
            ? answerPositions(window, span)
            : isImpossible && unanswerable
              ? { start: 0, end: 0 }
              : UNKNOWN_ANSWER,
      }));
    });
    const message = `${cut === 1 ? "1 question is" : `${cut} questions are`} longer than ${maxQueryLength} pieces and cut at the end`;
    const place = { file: files.join(", ") };
    return { inputs, warnings: cut === 0 ? [] : [{ code: "texts-cut", message, place }] };
  },

  isTrained: ({ gold }) => gold !== UNKNOWN_ANSWER,

  head: () => ({ ...description, head: headOf(description) }),

  targets: (inputs) => spanTargets(inputs.map(({ gold }) => gold)),

  decode,

  confidences({ examples, predictions }, { options }) {
    if (isPooled(examples, options)) return pooledConfidences(examples, predictions);
    return predictions.flatMap((prediction, i) => {
      const right = isRightSpan(examples[i]!, prediction);
      return right === undefined ? [] : [{ confidence: Math.min(1, prediction.answer.probability), right }];
    });
  },

  tuning: {
    isAsked: ({ tuneThreshold }) => tuneThreshold,
    needs: "list questions with golden answers, and for contexts that may hold no answer (--unanswerable)",
    isPossible: (examples, given) => thresholdOf(examples, given) !== undefined,
    units: { listThreshold: "number", nullThreshold: "number" },
    choose({ examples, inputs, results }, context): Readonly<Record<string, number>> {
      const predictions = decode(results, inputs, examples, context);
      return thresholdOf(examples, context.options) === "listThreshold"
        ? { listThreshold: bestListThreshold(examples, predictions) }
        : { nullThreshold: bestNullThreshold(examples, predictions) };
    },
  },

  score(examples, predictions, { options }) {
    return isPooled(examples, options)
      ? scorePooled(examples, predictions, options.listThreshold)
      : scoreSpans(examples, predictions);
  },

  items(examples, predictions, { options }) {
    return isPooled(examples, options)
      ? pooledItems(examples, predictions, options.listThreshold)
      : spanItems(examples, predictions);
  },

  toJson: ({ questionId }, { answer, nBest, nullScore }) => ({
    questionId,
    answer: answer.text,
    start: answer.start,
    end: answer.end,
    score: answer.probability,
    nBest,
    ...(nullScore === undefined || !Number.isFinite(nullScore) ? {} : { nullScore }),
  }),

  bioAsqAnswers: (examples, predictions, { options: { listThreshold } }) =>
    poolQuestions(examples, predictions, listThreshold).map(({ id, kind, question, answers }) => ({
      id,
      type: kind,
      body: question,
      exactAnswer: answers.map((text) => [text]),
    })),

  show(example, prediction) {
    const right = isRightSpan(example, prediction);
    return {
      text: example.question,
      gold: rightAnswers(example).join(" | "),
      predicted: prediction.answer.text,
      ...(right === undefined ? {} : { right }),
    };
  },

  showTogether: (examples, predictions, { options }) =>
    isPooled(examples, options) ? showPooled(examples, predictions, options.listThreshold) : undefined,
};

function rightAnswers({ answers, golden }: QaTaskExample): string[] {
  return answers.length > 0 ? answers.map(({ text }) => text) : (golden ?? []).flat();
}
