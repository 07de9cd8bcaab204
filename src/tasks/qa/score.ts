// The scores of answers: SQuAD's exact match and F1 for each context, or BioASQ's measures of one pooled answer a question.

import { type ItemGroup, scoreBioasq, scoreSquad } from "../../metrics/index.ts";
import { itemIds } from "../items.ts";
import type { TaskScores } from "../task.ts";
import type { QaPrediction } from "./decode.ts";
import type { QaTaskExample } from "./examples.ts";
import { factoidAnswers, listAnswers } from "./pooling.ts";

/** A question of BioASQ with the answers pooled over its snippets. */
export interface PooledQuestion {
  id: string;
  kind: "factoid" | "list";
  question: string;
  /** The best first. */
  answers: string[];
  golden: string[][] | undefined;
}

/** Pools predictions by question, in the order in which the questions come. */
export function poolQuestions(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): PooledQuestion[] {
  const groups = new Map<string, { example: QaTaskExample; lists: QaPrediction["nBest"][] }>();
  examples.forEach((example, i) => {
    const group = groups.get(example.questionId);
    const list = predictions[i]!.nBest;
    if (group === undefined) groups.set(example.questionId, { example, lists: [list] });
    else group.lists.push(list);
  });
  return [...groups.values()].map(({ example, lists }) => ({
    id: example.questionId,
    kind: example.kind === "list" ? "list" : "factoid",
    question: example.question,
    answers: example.kind === "list" ? listAnswers(example.question, lists, listThreshold) : factoidAnswers(lists),
    golden: example.golden,
  }));
}

/** Exact match and F1 of each context's best answer (Rajpurkar et al. 2016). */
export function scoreSpans(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): TaskScores {
  const { exactMatch, f1, count, answerable, unanswerable } = scoreSquad(
    // By place: an id may be there twice.
    examples.map(({ answers }, i) => ({ id: String(i), answers: answers.map(({ text }) => text) })),
    new Map(predictions.map(({ answer }, i) => [String(i), answer.text])),
  );
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
    counts: { questions: count },
  };
}

/**
 * BioASQ's measures over pooled answers (edition 5, the paper's); questions without a golden answer are counted as wrong, as
 * in BioBERT's own evaluation. Questions that have no snippet are not among the examples: `score qa` counts those, too.
 */
export function scorePooled(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): TaskScores {
  const questions = poolQuestions(examples, predictions, listThreshold);
  const { factoid, list } = scoreBioasq(
    questions.map(({ id, kind, golden = [] }) => ({ id, type: kind, exactAnswer: golden })),
    questions.map(({ id, answers }) => ({ id, exactAnswer: answers.map((answer) => [answer]) })),
  );
  const { strictAccuracy, lenientAccuracy, meanReciprocalRank } = factoid;
  return {
    protocol: "bioasq-phase-b",
    metrics: {
      ...(factoid.count === 0 ? {} : { strictAccuracy, lenientAccuracy, meanReciprocalRank }),
      ...(list.count === 0 ? {} : { listPrecision: list.precision, listRecall: list.recall, listF1: list.f1 }),
    },
    selection: factoid.count === 0 ? "listF1" : "meanReciprocalRank",
    counts: { contexts: examples.length, factoidQuestions: factoid.count, listQuestions: list.count },
  };
}

/** Exact match and F1 of each context by itself. */
export function spanItems(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): ItemGroup[] {
  const scores = examples.map((example, i) => scoreSpans([example], [predictions[i]!]).metrics);
  return [{ unit: "questions", ids: itemIds(examples), metrics: meansOf(scores, ["exactMatch", "f1"]) }];
}

/** BioASQ's measures of each question by itself, its contexts pooled; factoid and list questions apart. */
export function pooledItems(
  examples: readonly QaTaskExample[],
  predictions: readonly QaPrediction[],
  listThreshold: number,
): ItemGroup[] {
  const groups = new Map<string, number[]>();
  examples.forEach(({ questionId }, i) => {
    const known = groups.get(questionId);
    if (known === undefined) groups.set(questionId, [i]);
    else known.push(i);
  });
  const questions = [...groups].map(([id, at]) => {
    const own = at.map((i) => examples[i]!);
    const { metrics } = scorePooled(
      own,
      at.map((i) => predictions[i]!),
      listThreshold,
    );
    return { id, isList: own[0]!.kind === "list", metrics };
  });
  return [false, true].flatMap((isList) => {
    const some = questions.filter((question) => question.isList === isList);
    if (some.length === 0) return [];
    const names = isList
      ? ["listPrecision", "listRecall", "listF1"]
      : ["strictAccuracy", "lenientAccuracy", "meanReciprocalRank"];
    return [
      {
        unit: isList ? "list questions" : "factoid questions",
        ids: some.map(({ id }) => id),
        metrics: meansOf(
          some.map(({ metrics }) => metrics),
          names,
        ),
      },
    ];
  });
}

function meansOf(scores: readonly Readonly<Record<string, number>>[], names: readonly string[]): ItemGroup["metrics"] {
  return Object.fromEntries(
    names.map((name) => [
      name,
      { statistic: "mean-percent" as const, values: scores.map((score) => [1, score[name]! / 100]) },
    ]),
  );
}
