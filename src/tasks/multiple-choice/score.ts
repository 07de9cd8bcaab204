// Scores of chosen options: accuracy with Wilson's interval; where several may be right, exact match and Hamming score as
// FrenchMedMCQA counts them (Labrak et al. 2022). Both also by difficulty level and by subject.

import { accuracyByGroup, scoreClassification, scoreMultiLabel, wilsonInterval } from "../../metrics/index.ts";
import { letter } from "../../formats/index.ts";
import { confusions } from "../classification/score.ts";
import type { TaskScores } from "../task.ts";

export interface ChoiceGold {
  question: string;
  options: readonly string[];
  answers: readonly number[];
  level?: string;
  subject?: string;
}

const key = (answers: readonly number[]): string => answers.map(letter).join("");

/**
 * Scores chosen options against the right ones. Metrics of a level or a subject are named by it (`accuracyEasy`), and
 * `chance` is what choosing blindly gets. A question is right with several answers when the set is the gold one.
 */
export function scoreChoices(
  gold: readonly ChoiceGold[],
  chosen: readonly { answers: readonly number[] }[],
  { several }: { several: boolean },
): TaskScores {
  const [right, found] = [gold.map(({ answers }) => key(answers)), chosen.map(({ answers }) => key(answers))];
  const metric = several ? "exactMatch" : "accuracy";
  const correct = right.filter((answers, i) => answers === found[i]).length;
  const percent = (part: number): number => (gold.length === 0 ? 0 : (100 * part) / gold.length);
  const { low, high } = wilsonInterval(correct, gold.length);
  const metrics: Record<string, number> = {
    [metric]: percent(correct),
    [`${metric}Low`]: low,
    [`${metric}High`]: high,
  };
  const counts: Record<string, number> = { questions: gold.length, right: correct };
  const options = gold.reduce((most, question) => Math.max(most, question.options.length), 0);
  const labels = Array.from({ length: options }, (_, i) => letter(i));
  // Blind: each option as likely, or each set of options that is not empty.
  const ways = gold.map((question) => (several ? 2 ** question.options.length - 1 : question.options.length));
  metrics["chance"] = percent(ways.reduce((sum, count) => sum + 1 / count, 0));
  let shown: Pick<TaskScores, "byLabel" | "confusion" | "errors">;
  if (several) {
    const sets = scoreMultiLabel(
      gold.map(({ answers }) => answers.map(letter)),
      chosen.map(({ answers }) => answers.map(letter)),
      { labels },
    );
    metrics["hammingScore"] = sets.hammingScore;
    metrics["microF1"] = sets.micro.f1;
    shown = { byLabel: sets.byLabel };
  } else {
    const { byLabel } = scoreClassification(right, found, { labels });
    const { counts: table, errors } = confusions(right, found, labels, (i) => gold[i]!.question);
    shown = { byLabel, confusion: { labels, counts: table }, errors };
  }
  for (const side of ["level", "subject"] as const) {
    const which = [...gold.keys()].filter((i) => gold[i]![side] !== undefined);
    const groups = accuracyByGroup(
      which.map((i) => right[i]!),
      which.map((i) => found[i]!),
      which.map((i) => nameOf(gold[i]![side]!)),
    );
    for (const [name, { accuracy, interval, count }] of Object.entries(groups)) {
      metrics[metric + name] = accuracy;
      metrics[`${metric}${name}Low`] = interval.low;
      metrics[`${metric}${name}High`] = interval.high;
      counts[`questions${name}`] = count;
    }
  }
  return {
    protocol: several ? "multiple-choice-exact-match" : "multiple-choice-accuracy",
    metrics,
    selection: metric,
    ...shown,
    counts,
  };
}

/** A level or a subject as part of a metric's name: "step2&3" is "Step23", "social medicine" "SocialMedicine". */
function nameOf(group: string): string {
  const words = group.normalize("NFD").match(/[A-Za-z0-9]+/g) ?? ["Other"];
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}
