// The scores of answers: SQuAD's exact match and F1 for each context, or BioASQ's measures of one pooled answer a question.

import { BiobertError } from "../../core/index.ts";
import { answersOf, type ItemGroup, scoreBioasq, scoreSquad } from "../../metrics/index.ts";
import { scoreGroups } from "../groups.ts";
import { itemIds } from "../items.ts";
import { placeOf } from "../shown.ts";
import type { Confidence, ShownItems, TaskScores } from "../task.ts";
import type { QaPrediction } from "./decode.ts";
import type { QaTaskExample } from "./examples.ts";
import { factoidAnswers, likelyAnswers, listAnswers, poolAnswers } from "./pooling.ts";

/** A question of BioASQ with the answers pooled over its snippets. */
export interface PooledQuestion {
  id: string;
  kind: "factoid" | "list";
  question: string;
  /** The best first. */
  answers: string[];
  golden: string[][] | undefined;
  batch: string | undefined;
}

/** Pools predictions by question, in the order in which the questions come. */
export function poolQuestions(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): PooledQuestion[] {
  return questionsOf(examples, predictions).map(({ example, lists }) =>
    pooledQuestion(
      example,
      example.kind === "list" ? listAnswers(example.question, lists, listThreshold) : factoidAnswers(lists),
    ),
  );
}

/** The n-best lists of each question, with the first of its examples. */
function questionsOf(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
): { example: QaTaskExample; lists: QaPrediction["nBest"][] }[] {
  const groups = new Map<string, { example: QaTaskExample; lists: QaPrediction["nBest"][] }>();
  examples.forEach((example, i) => {
    const group = groups.get(example.questionId);
    const list = predictions[i]!.nBest;
    if (group === undefined) groups.set(example.questionId, { example, lists: [list] });
    else group.lists.push(list);
  });
  return [...groups.values()];
}

function pooledQuestion(
  { questionId, kind, question, golden, batch }: QaTaskExample,
  answers: string[],
): PooledQuestion {
  return { id: questionId, kind: kind === "list" ? "list" : "factoid", question, answers, golden, batch };
}

/**
 * Exact match and F1 of each context's best answer (Rajpurkar et al. 2016). A context that is known to hold no answer (SQuAD 2) asks for
 * the empty one; one whose answer is not known has no score, and is counted in `withoutAnswer`.
 * @throws BiobertError `input-format` where no answer is known at all.
 */
export function scoreSpans(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): TaskScores {
  const known = examples.flatMap((example, i) =>
    example.answers.length > 0 || example.isImpossible ? [{ example, prediction: predictions[i]! }] : [],
  );
  if (known.length === 0) throw nothingKnown(examples);
  const { exactMatch, f1, count, answerable, unanswerable } = scoreSquad(
    // By place: an id may be there twice.
    known.map(({ example }, i) => ({ id: String(i), answers: example.answers.map(({ text }) => text) })),
    new Map(known.map(({ prediction }, i) => [String(i), prediction.answer.text])),
  );
  const unknown = examples.length - known.length;
  return {
    protocol: "squad",
    metrics: {
      exactMatch,
      f1,
      ...(answerable === undefined || unanswerable === undefined
        ? {}
        : { answerableF1: answerable.f1, unanswerableF1: unanswerable.f1 }),
    },
    selection: "f1",
    counts: { questions: count, ...(unknown === 0 ? {} : { withoutAnswer: unknown }) },
  };
}

/** @throws BiobertError `input-format` where no question has an answer of the kind that is scored: golden, or in its context. */
export function requireAnswers(examples: readonly QaTaskExample[], { pooled }: { pooled: boolean }): void {
  const isKnown = ({ answers, isImpossible, golden = [] }: QaTaskExample): boolean =>
    pooled ? golden.length > 0 : answers.length > 0 || isImpossible;
  if (!examples.some(isKnown)) throw nothingKnown(examples);
}

function nothingKnown(examples: readonly QaTaskExample[]): BiobertError {
  const files = [...new Set(examples.flatMap(({ file }) => file ?? []))].join(", ");
  return new BiobertError({
    code: "input-format",
    message: "no question has an answer to be scored against",
    ...(files === "" ? {} : { place: { file: files } }),
    hint: "Give the golden answers: a BioASQ file beside the questions. To answer questions: npx biobert predict qa.",
  });
}

/** Whether the answer to one context is right as `scoreSpans` counts it; undefined where the right one is not known. */
export function isRightSpan(example: QaTaskExample, prediction: QaPrediction): boolean | undefined {
  if (example.answers.length === 0 && !example.isImpossible) return undefined;
  return scoreSpans([example], [prediction]).metrics["exactMatch"] === 100;
}

/** Each question with its pooled answers, and whether they are right: a factoid's first one, all of a list and no other. */
export function showPooled(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): ShownItems {
  const firsts = new Map<string, QaTaskExample>();
  for (const example of examples) if (!firsts.has(example.questionId)) firsts.set(example.questionId, example);
  const items = poolQuestions(examples, predictions, listThreshold).map((question) => {
    const { id, kind, answers, golden = [] } = question;
    const { strictAccuracy, listF1: f1 } = measures([question]).metrics;
    return {
      ...placeOf(firsts.get(id)!),
      id,
      text: question.question,
      gold: golden.length === 0 ? "(no golden answer)" : golden.flat().join(" | "),
      predicted: (kind === "list" ? answers : answers.slice(0, 1)).join(" | "),
      right: (kind === "list" ? f1 : strictAccuracy) === 100,
    };
  });
  return { unit: "questions", items };
}

/**
 * How sure the model was of the best pooled answer to each question, the mean of its probabilities over the contexts, and whether that is a
 * golden one; questions without a golden answer say nothing of it.
 */
export function pooledConfidences(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
): Confidence[] {
  return questionsOf(examples, predictions).flatMap(({ example: { golden = [] }, lists }) => {
    const [best] = poolAnswers(lists);
    if (golden.length === 0 || best === undefined) return [];
    const right = answersOf(golden, false).flat().includes(best.text.toLowerCase());
    return [{ confidence: Math.min(1, best.score / lists.length), right }];
  });
}

/** The mean F1 of the list questions by the threshold of their answers, 0 to 100: pooled once, for any number of thresholds. */
export function listF1(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
): (listThreshold: number) => number {
  const pools = questionsOf(examples, predictions)
    .filter(({ example }) => example.kind === "list")
    .map(({ example, lists }) => ({ example, pooled: poolAnswers(lists) }));
  return (listThreshold) => {
    const answered = pools.map(({ example, pooled }) =>
      pooledQuestion(example, likelyAnswers(example.question, pooled, listThreshold)),
    );
    return measures(answered).metrics["listF1"] ?? 0;
  };
}

/** BioASQ's measures of pooled questions (edition 5, the paper's). */
function measures(questions: readonly PooledQuestion[]) {
  const { factoid, list } = scoreBioasq(
    questions.map(({ id, kind, golden = [] }) => ({ id, type: kind, exactAnswer: golden })),
    questions.map(({ id, answers }) => ({ id, exactAnswer: answers.map((answer) => [answer]) })),
  );
  const { strictAccuracy, lenientAccuracy, meanReciprocalRank } = factoid;
  const metrics: Record<string, number> = {
    ...(factoid.count === 0 ? {} : { strictAccuracy, lenientAccuracy, meanReciprocalRank }),
    ...(list.count === 0 ? {} : { listPrecision: list.precision, listRecall: list.recall, listF1: list.f1 }),
  };
  return { metrics, factoidQuestions: factoid.count, listQuestions: list.count };
}

/**
 * BioASQ's measures over pooled answers, of all questions together (as published) and of each batch; questions without a golden answer
 * are counted as wrong, as in BioBERT's own evaluation. Questions that have no snippet are not among the examples: `score qa` counts
 * those, too.
 * @throws BiobertError `input-format` where no golden answer is known at all.
 */
export function scorePooled(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): TaskScores {
  const questions = poolQuestions(examples, predictions, listThreshold);
  const withoutAnswer = questions.filter(({ golden = [] }) => golden.length === 0).length;
  if (withoutAnswer === questions.length) throw nothingKnown(examples);
  const { metrics, factoidQuestions, listQuestions } = measures(questions);
  return {
    protocol: "bioasq-phase-b",
    metrics,
    ...scoreGroups(
      questions,
      questions,
      ({ batch }) => batch,
      (some) => measures(some).metrics,
    ),
    selection: factoidQuestions === 0 ? "listF1" : "meanReciprocalRank",
    counts: {
      contexts: examples.length,
      factoidQuestions,
      listQuestions,
      ...(withoutAnswer === 0 ? {} : { withoutAnswer }),
    },
  };
}

/** Exact match and F1 of each context by itself; one whose answer is not known counts for nothing. */
export function spanItems(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): ItemGroup[] {
  const scores = examples.map((example, i) =>
    example.answers.length > 0 || example.isImpossible
      ? { count: 1, metrics: scoreSpans([example], [predictions[i]!]).metrics }
      : { count: 0, metrics: { exactMatch: 0, f1: 0 } },
  );
  const metrics = meansOf(scores, ["exactMatch", "f1"]);
  return [{ unit: "questions", ids: itemIds(examples), metrics }];
}

/** BioASQ's measures of each question by itself, its contexts pooled; factoid and list questions apart. */
export function pooledItems(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): ItemGroup[] {
  const questions = poolQuestions(examples, predictions, listThreshold);
  const kinds = {
    factoid: ["strictAccuracy", "lenientAccuracy", "meanReciprocalRank"],
    list: ["listPrecision", "listRecall", "listF1"],
  } as const;
  return (["factoid", "list"] as const).flatMap((kind) => {
    const some = questions.filter((question) => question.kind === kind);
    if (some.length === 0) return [];
    const scores = some.map((question) => ({ count: 1, metrics: measures([question]).metrics }));
    return [{ unit: `${kind} questions`, ids: some.map(({ id }) => id), metrics: meansOf(scores, kinds[kind]) }];
  });
}

function meansOf(
  scores: readonly { count: number; metrics: Readonly<Record<string, number>> }[],
  names: readonly string[],
): ItemGroup["metrics"] {
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        statistic: "mean-percent" as const,
        values: scores.map(({ count, metrics }) => [count, (count * metrics[name]!) / 100]),
      },
    ]),
  );
}
