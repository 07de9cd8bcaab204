// The measures of BioASQ task B, phase B: the ten numbers of the official evaluator (`EvaluatorTask1b -phaseB -e N`), for all
// questions together or batch by batch. Where the evaluator is odd it is followed, and the docstrings say so.

import { BiobertError } from "../core/index.ts";
import { type BioasqEdition, type BioasqQuestion, type BioasqResponse, answersOf, yesNoOf } from "./bioasq-answers.ts";
import { wilsonInterval, type Interval } from "./confidence.ts";
import { Counts } from "./precision-recall.ts";

/** All in percent; 0 where there is no question of the kind. */
export interface BioasqScores {
  yesNo: { accuracy: number; accuracyInterval: Interval; macroF1: number; f1Yes: number; f1No: number; count: number };
  factoid: { strictAccuracy: number; lenientAccuracy: number; meanReciprocalRank: number; count: number };
  /** Means over questions. */
  list: { precision: number; recall: number; f1: number; count: number };
  /** Golden questions of the three kinds that the system did not answer; each counts as wrong. */
  unanswered: number;
  /** Factoid questions with more than five answers, of which the evaluator reads all: more than the challenge allows. */
  overlong: number;
}

export interface BioasqOptions {
  /** The rules (default 5, those of BioASQ 5 to 7, the paper's). 8 and 9 give the same in phase B, but see `onlyAnswered`. */
  edition?: BioasqEdition;
  /**
   * Leave out questions that the system's file does not hold, or that have no golden answer. The official evaluator does so in
   * edition 9, and ends with an exception before; the copy used for BioBERT's figures counts them as wrong (default: in
   * edition 9 alone).
   */
  onlyAnswered?: boolean;
}

/** The ten numbers in the official order, with the evaluator's own names, as fractions of 1. */
export function officialBioasqMeasures(scores: BioasqScores): Record<string, number> {
  const { yesNo, factoid, list } = scores;
  const percent = {
    "YesNo Acc": yesNo.accuracy,
    "Factoid Strict Acc": factoid.strictAccuracy,
    "Factoid Lenient Acc": factoid.lenientAccuracy,
    "Factoid MRR": factoid.meanReciprocalRank,
    "List Prec": list.precision,
    "List Rec": list.recall,
    "List F1": list.f1,
    "YesNo macroF1": yesNo.macroF1,
    "YesNo F1 yes": yesNo.f1Yes,
    "YesNo F1 no": yesNo.f1No,
  };
  return Object.fromEntries(
    Object.entries(percent).map(([name, value]) => [name, Number((value / 100).toPrecision(14))]),
  );
}

/**
 * Scores a system's answers, matched to golden questions by id; answers to other questions are passed over. Summary questions
 * have no exact answer and do not count. An answer is right when, lower-cased, it equals a golden one or a synonym of it,
 * letter by letter.
 * @throws BiobertError `input-format` for an id given twice on one side.
 */
export function scoreBioasq(
  gold: readonly BioasqQuestion[],
  responses: readonly BioasqResponse[],
  options: BioasqOptions = {},
): BioasqScores {
  const edition = options.edition ?? 5;
  const onlyAnswered = options.onlyAnswered ?? edition === 9;
  const byId = uniqueById(responses, "the system's answers");
  uniqueById(gold, "the golden questions");
  const yesNo = new YesNoTally();
  const factoid = { strict: 0, lenient: 0, reciprocal: 0, count: 0 };
  const list = { precision: 0, recall: 0, f1: 0, count: 0 };
  let unanswered = 0;
  let overlong = 0;
  for (const question of gold) {
    if (question.type === "summary") continue;
    const response = byId.get(question.id);
    if (onlyAnswered && (response === undefined || isWithoutAnswer(question))) continue;
    const hasAnswer = response !== undefined && !isWithoutAnswer({ ...question, exactAnswer: response.exactAnswer });
    if (!hasAnswer) unanswered++;
    if (question.type === "yesno") {
      yesNo.add(yesNoOf(question.exactAnswer), yesNoOf(response?.exactAnswer));
      continue;
    }
    const golden = answersOf(question.exactAnswer, false);
    const answers = answersOf(response?.exactAnswer, edition >= 5);
    if (question.type === "list") {
      const scores = scoreList(golden, answers);
      list.precision += scores.precision;
      list.recall += scores.recall;
      list.f1 += scores.f1;
      list.count++;
      continue;
    }
    const rank = edition === 2 ? rankOfFlat(question, response) : rankOf(golden, answers);
    if (answers.length > 5) overlong++;
    factoid.strict += rank.strict ? 1 : 0;
    factoid.lenient += rank.first > 0 ? 1 : 0;
    factoid.reciprocal += rank.first > 0 ? 1 / rank.first : 0;
    factoid.count++;
  }
  const mean = (sum: number, count: number) => (count === 0 ? 0 : (100 * sum) / count);
  return {
    yesNo: yesNo.scores(),
    factoid: {
      strictAccuracy: mean(factoid.strict, factoid.count),
      lenientAccuracy: mean(factoid.lenient, factoid.count),
      meanReciprocalRank: mean(factoid.reciprocal, factoid.count),
      count: factoid.count,
    },
    list: {
      precision: mean(list.precision, list.count),
      recall: mean(list.recall, list.count),
      f1: mean(list.f1, list.count),
      count: list.count,
    },
    unanswered,
    overlong,
  };
}

/** Each batch by itself, and all batches pooled, which is what papers print as one number for 4b, 5b and 6b. */
export interface BioasqBatches {
  pooled: BioasqScores;
  /** In the order given. */
  byBatch: Record<string, BioasqScores>;
}

/**
 * Scores several batches; pooling puts all their questions together, so that a large batch weighs more than in a mean over batches.
 * @throws BiobertError `input-format` for an id given twice on one side, over all batches.
 */
export function scoreBioasqBatches(
  batches: Readonly<Record<string, { gold: readonly BioasqQuestion[]; responses: readonly BioasqResponse[] }>>,
  options: BioasqOptions = {},
): BioasqBatches {
  const all = Object.values(batches);
  return {
    pooled: scoreBioasq(
      all.flatMap(({ gold }) => gold),
      all.flatMap(({ responses }) => responses),
      options,
    ),
    byBatch: Object.fromEntries(
      Object.entries(batches).map(([name, { gold, responses }]) => [name, scoreBioasq(gold, responses, options)]),
    ),
  };
}

/** Whether there is nothing to compare: the evaluator's test for a question without an answer. */
function isWithoutAnswer({ type, exactAnswer }: BioasqQuestion): boolean {
  return type === "yesno"
    ? typeof exactAnswer !== "string" || exactAnswer === ""
    : answersOf(exactAnswer, false).length === 0;
}

/** A wrong or missing answer is, in a question of two answers, the other one: so the evaluator counts it. */
class YesNoTally {
  private readonly yes = new Counts();
  private readonly no = new Counts();
  private correct = 0;
  private total = 0;

  add(gold: string | undefined, answer: string | undefined): void {
    const right = gold !== undefined && gold === answer;
    const [own, other] = gold === "yes" ? [this.yes, this.no] : [this.no, this.yes];
    own.gold++;
    (right ? own : other).predicted++;
    if (right) own.correct++;
    if (right) this.correct++;
    this.total++;
  }

  scores(): BioasqScores["yesNo"] {
    const [f1Yes, f1No] = [this.yes.scores().f1, this.no.scores().f1];
    return {
      accuracy: this.total === 0 ? 0 : (100 * this.correct) / this.total,
      accuracyInterval: wilsonInterval(this.correct, this.total),
      macroF1: (f1Yes + f1No) / 2,
      f1Yes,
      f1No,
      count: this.total,
    };
  }
}

function rankOf(golden: readonly string[][], answers: readonly string[][]): { strict: boolean; first: number } {
  const right = new Set(golden.flat());
  const first = answers.findIndex((synonyms) => synonyms.some((text) => right.has(text))) + 1;
  return { strict: first === 1, first };
}

/** BioASQ 1 and 2: flat lists on both sides, nested ones are not read, and strict compares the first with the first alone. */
function rankOfFlat(
  question: BioasqQuestion,
  response: BioasqResponse | undefined,
): { strict: boolean; first: number } {
  const flat = ({ exactAnswer }: { exactAnswer?: BioasqQuestion["exactAnswer"] }): string[] =>
    Array.isArray(exactAnswer) && typeof exactAnswer[0] === "string" ? answersOf(exactAnswer, false).flat() : [];
  const golden = flat(question);
  const answers = flat(response ?? {});
  return {
    strict: golden.length > 0 && answers[0] === golden[0],
    first: answers.findIndex((text) => golden.includes(text)) + 1,
  };
}

/**
 * One list question. Each answer takes the first golden entry it matches; a second answer for the same entry is wrong. A golden entry
 * left over still counts as found when an answer, not yet used so, equals one of its synonyms: the evaluator looks both ways.
 */
function scoreList(
  golden: readonly string[][],
  answers: readonly string[][],
): { precision: number; recall: number; f1: number } {
  const takeMatch = (lists: string[][], wanted: readonly string[]): boolean => {
    const at = lists.findIndex((list) => list.some((text) => wanted.includes(text)));
    if (at >= 0) lists.splice(at, 1);
    return at >= 0;
  };
  const left = [...golden];
  const right = answers.filter((answer) => takeMatch(left, answer)).length;
  const unused = [...answers];
  const missed = left.filter((entry) => !takeMatch(unused, entry)).length;
  const precision = answers.length === 0 ? 0 : right / answers.length;
  const recall = right + missed === 0 ? 0 : right / (right + missed);
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

function uniqueById<T extends { id: string }>(items: readonly T[], side: string): Map<string, T> {
  const byId = new Map<string, T>();
  for (const item of items) {
    if (byId.has(item.id)) {
      throw new BiobertError({
        code: "input-format",
        message: `question ${JSON.stringify(item.id)} is twice in ${side}`,
      });
    }
    byId.set(item.id, item);
  }
  return byId;
}
