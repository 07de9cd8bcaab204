// Scores of relation extraction as classification of sentences: ChemProt (Krallinger et al. 2017), DDI-2013 (Segura-Bedmar et
// al. 2013), GAD and EU-ADR (BioBERT's re_eval.py). "F1" means four different numbers in this field; each has its name here.

import { type Averages, averagesOf, confusionOf } from "./confusion.ts";
import { Counts, type PrecisionRecallF1 } from "./precision-recall.ts";

export interface RelationProtocol {
  /** What a result record names. */
  id: string;
  title: string;
  /** The classes that count; all others are "no relation". */
  classes: readonly string[];
  description: string;
}

/** The published protocols, by the corpus that uses each. */
export const RELATION_PROTOCOLS = {
  chemprot: {
    id: "relation-micro-f1-chemprot-5",
    title: "micro-F1 over ChemProt's five evaluated classes",
    classes: ["CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9"],
    description:
      "BioBERT, BLUE and BLURB: correct, predicted and gold pairs of the five classes together; `false` does not count.",
  },
  ddi: {
    id: "relation-micro-f1-ddi-4",
    title: "micro-F1 over DDI-2013's four types",
    classes: ["DDI-advise", "DDI-effect", "DDI-int", "DDI-mechanism"],
    description:
      "SemEval-2013 task 9.2, BLUE and BLURB: the four types of interaction together; `DDI-false` does not count.",
  },
  binary: {
    id: "relation-f1-class-1",
    title: "F1 of class 1",
    classes: ["1"],
    description:
      "GAD and EU-ADR as in BioBERT's re_eval.py: precision, recall and F1 of class 1, and recall of class 0 as specificity.",
  },
} as const satisfies Record<string, RelationProtocol>;

export interface RelationReport {
  /** The headline: micro-average over the chosen classes. */
  micro: PrecisionRecallF1;
  /** Micro-average over the chosen classes with the gold relations that no example carries counted as missed; absent without any. */
  microWithMissedGold?: PrecisionRecallF1;
  /** Mean over the chosen classes. */
  macro: Averages["macro"];
  weighted: Averages["weighted"];
  /** Averages over every class that occurs, "no relation" among them: often mistaken for the headline. `micro` is the accuracy. */
  allClasses: Averages;
  /** Found at all, of whatever chosen class: detection, as DDI-2013's second measure. */
  detection: PrecisionRecallF1;
  /** Every class that occurs or was chosen; chosen ones first. */
  byClass: Record<string, PrecisionRecallF1>;
  classes: string[];
  /** Percent. */
  accuracy: number;
  confusion: { labels: string[]; counts: number[][] };
  count: number;
}

export interface RelationOptions {
  /** The classes that count. */
  classes: readonly string[];
  /**
   * Gold relations of each class that no example carries, such as those between sentences in ChemProt: they are added to
   * the gold of `microWithMissedGold`. Classes that were not chosen are passed over.
   */
  missedGold?: Readonly<Record<string, number>>;
}

/**
 * Scores predicted classes against gold ones, example by example.
 * @throws BiobertError `input-format` when the lists differ in length.
 */
export function scoreRelations(
  gold: readonly string[],
  predicted: readonly string[],
  options: RelationOptions,
): RelationReport {
  const matrix = confusionOf(gold, predicted);
  const classes = [...new Set(options.classes)];
  const seen = matrix.labels();
  const counts = classes.map((name) => matrix.countsOf(name));
  const chosen = new Set(classes);
  const isChosen = gold.map((label, i) => [chosen.has(label), chosen.has(predicted[i]!)] as const);
  const count = (test: (pair: readonly [boolean, boolean]) => boolean) => isChosen.filter(test).length;
  const averages = averagesOf(counts);
  const { goldCount, predictedCount, correctCount } = averages.micro;
  const missed = classes.reduce((sum, name) => sum + (options.missedGold?.[name] ?? 0), 0);
  const listed = [...classes, ...seen.filter((label) => !chosen.has(label))];
  return {
    ...averages,
    ...(missed === 0
      ? {}
      : { microWithMissedGold: Counts.of(goldCount + missed, predictedCount, correctCount).scores() }),
    allClasses: averagesOf(seen.map((label) => matrix.countsOf(label))),
    detection: Counts.of(
      count(([inGold]) => inGold),
      count(([, inPredicted]) => inPredicted),
      count(([inGold, inPredicted]) => inGold && inPredicted),
    ).scores(),
    byClass: Object.fromEntries(listed.map((name) => [name, matrix.countsOf(name).scores()])),
    classes,
    accuracy: matrix.total === 0 ? 0 : (100 * matrix.correct()) / matrix.total,
    confusion: { labels: seen, counts: matrix.table(seen) },
    count: matrix.total,
  };
}

export interface BinaryReport extends PrecisionRecallF1 {
  /** Percent of the items that are not of the positive class and were not called it. */
  specificity: number;
  accuracy: number;
  /** Mean of the F1 of the positive class and that of all else. */
  macroF1: number;
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/**
 * Precision, recall and F1 of one class against all else, and specificity: the numbers BioBERT reports for GAD and EU-ADR, for each
 * fold, of which `summarizeFoldScores` gives the mean.
 * @throws BiobertError `input-format` when the lists differ in length.
 */
export function scoreBinary(gold: readonly string[], predicted: readonly string[], positive = "1"): BinaryReport {
  const matrix = confusionOf(
    gold.map((label) => (label === positive ? "yes" : "no")),
    predicted.map((label) => (label === positive ? "yes" : "no")),
  );
  const [positives, negatives] = [matrix.countsOf("yes").scores(), matrix.countsOf("no").scores()];
  return {
    ...positives,
    specificity: negatives.recall,
    accuracy: matrix.total === 0 ? 0 : (100 * matrix.correct()) / matrix.total,
    macroF1: (positives.f1 + negatives.f1) / 2,
    truePositives: matrix.count("yes", "yes"),
    falsePositives: matrix.count("no", "yes"),
    falseNegatives: matrix.count("yes", "no"),
    trueNegatives: matrix.count("no", "no"),
  };
}
