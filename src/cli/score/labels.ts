// `biobert score classification|yes-no|multiple-choice|similarity`: labels, sets of labels and numbers in tables or JSON lines.

import { BiobertError, type WarningSink } from "../../core/index.ts";
import {
  isBioAsq,
  isCsvName,
  type LabelPair,
  type LabelRow,
  labelsOfRow,
  letter,
  parseAnyChoices,
  parseCsv,
  parseMmluCsv,
  parsePubMedQa,
} from "../../formats/index.ts";
import {
  type ClassificationReport,
  labelsByDocument,
  pearson,
  scoreClassification,
  scoreMultiLabel,
  spearman,
} from "../../metrics/index.ts";
import {
  oneLabelEach,
  readPairs,
  requireLabels,
  type ScoreLabelOptions,
  SIDES,
  type SingleLabels,
  warnOfOtherLabels,
} from "./pairs.ts";
import { numberTable, percent, precisionRecallTable, type ScoreResult, type ScoreTable, tripleText } from "./result.ts";

export interface ScoreClassificationOptions extends ScoreLabelOptions {
  multiLabel: boolean;
  byDocument: boolean;
}

/** Single labels, or sets of labels by item and by document. Errors name file and line. */
export async function scoreClassificationFiles(
  options: ScoreClassificationOptions,
  warn: WarningSink,
): Promise<ScoreResult> {
  const pairs = await readPairs(options);
  if (options.multiLabel) return scoreLabelSets(pairs, options, warn);
  const single = oneLabelEach(pairs, options);
  warnOfOtherLabels([single.map(({ gold }) => gold)], [single.map(({ predicted }) => predicted)], options, warn);
  return singleLabels(single, "classification-accuracy", "Classification, one label an item");
}

/** Yes, no and, in PubMedQA, maybe. Errors name file and line. */
export async function scoreYesNoFiles(options: ScoreLabelOptions): Promise<ScoreResult> {
  const pairs = oneLabelEach(await readPairs(options, decisionRows), options).map((pair) => ({
    ...pair,
    gold: pair.gold.toLowerCase(),
    predicted: pair.predicted.toLowerCase(),
  }));
  const known = ["yes", "no", "maybe"];
  requireLabels(pairs, options, {
    isRight: (label) => known.includes(label),
    what: (label) => `label ${JSON.stringify(label)} is neither yes, no nor maybe`,
  });
  const three = pairs.some(({ gold, predicted }) => gold === "maybe" || predicted === "maybe");
  return singleLabels(
    pairs,
    three ? "yes-no-maybe" : "yes-no",
    three ? "Yes, no and maybe (PubMedQA)" : "Yes and no",
    three ? known : ["yes", "no"],
  );
}

/** Chosen options; cells with several right answers (`A|C`) are scored as sets. Errors name file and line. */
export async function scoreMultipleChoiceFiles(
  options: ScoreLabelOptions & { multiLabel: boolean },
  warn: WarningSink,
): Promise<ScoreResult> {
  const pairs = await readPairs(options, options.labelColumn === undefined ? questionRows : undefined);
  const sets = SIDES.map((side) => pairs.map((pair) => labelsOfRow(pair[side]))) as [string[][], string[][]];
  warnOfOtherLabels(...sets, options, warn);
  if (!options.multiLabel) {
    const one = oneLabelEach(pairs, options);
    return singleLabels(one, "multiple-choice-accuracy", "Multiple choice, one answer");
  }
  const report = scoreMultiLabel(...sets);
  return {
    protocol: "multiple-choice-exact-match",
    title: "Multiple choice, several answers (FrenchMedMCQA)",
    headline: { name: "exact match", value: report.exactMatch },
    tables: [
      numberTable("measure", "percent", [
        ["exact match (all right answers and no other)", percent(report.exactMatch)],
        ["Hamming score (intersection over union)", percent(report.hammingScore)],
      ]),
    ],
    beside: [
      ["share of wrong decisions (Hamming loss)", percent(report.hammingLoss)],
      ["micro-F1 over answers", percent(report.micro.f1)],
    ],
    notes: [`${report.count} questions.`],
    scores: report,
  };
}

/** Numbers: Pearson's and Spearman's correlation. Errors name file and line. */
export async function scoreSimilarityFiles(options: ScoreLabelOptions): Promise<ScoreResult> {
  const pairs = oneLabelEach(await readPairs(options), options);
  requireLabels(pairs, options, {
    isRight: (label) => label !== "" && Number.isFinite(Number(label)),
    what: (label) => `${JSON.stringify(label)} is no number`,
  });
  const [gold, predicted] = SIDES.map((side) => pairs.map((pair) => Number(pair[side]))) as [number[], number[]];
  if (pairs.length < 2) {
    const message = "a correlation needs two items or more";
    throw new BiobertError({ code: "input-format", message, place: { file: options.gold } });
  }
  const scores = {
    pearson: 100 * pearson(gold, predicted),
    spearman: 100 * spearman(gold, predicted),
    count: pairs.length,
  };
  const squares = gold.reduce((sum, value, i) => sum + (value - predicted[i]!) ** 2, 0) / pairs.length;
  return {
    protocol: "similarity-pearson",
    title: "Similarity: Pearson's correlation times 100",
    headline: { name: "Pearson", value: scores.pearson },
    tables: [
      numberTable("measure", "x 100", [
        ["Pearson's r", percent(scores.pearson)],
        ["Spearman's rho (ties share their rank)", percent(scores.spearman)],
      ]),
    ],
    beside: [["mean squared error", squares.toFixed(4)]],
    notes: [`${pairs.length} pairs.`],
    scores: { ...scores, meanSquaredError: squares },
  };
}

/** The rows of a file of questions with options, as the task reads them: the letters of the right ones. Undefined for a file of labels. */
function questionRows(text: string, file: string): LabelRow[] | undefined {
  const isRecord =
    /^\s*[[{]/.test(text) && /"question"\s*:/.test(text) && /"(?:options|opa|option1|correct_answers)"\s*:/.test(text);
  const [first] = isCsvName(file) ? parseCsv(text, file) : [];
  const isMmlu = first !== undefined && first.cells.length > 3 && /^\s*[A-Z]\s*$/i.test(first.cells.at(-1)!);
  if (!isRecord && !isMmlu) return undefined;
  const questions = isRecord ? parseAnyChoices(text, { file }) : parseMmluCsv(text, { file, options: undefined });
  // A question of an array has no line: its number is the nearest to one.
  return questions.map(({ id, answers, line }, i) => {
    const labels = answers.map(letter);
    return { id, label: labels.join(";"), labels, line: line ?? i + 1 };
  });
}

/** The decisions of a PubMedQA file by PMID; undefined for a file of labels. @throws BiobertError `usage` for BioASQ's JSON. */
function decisionRows(text: string, file: string): LabelRow[] | undefined {
  if (isBioAsq(text)) {
    throw new BiobertError({
      code: "usage",
      message: "the file is BioASQ's JSON, which is scored as answers",
      place: { file },
      hint: "Give golden file and answers to score qa; predict yes-no --format bioasq writes such answers.",
    });
  }
  if (!/^\s*\{/.test(text) || !/"final_decision"\s*:/.test(text)) return undefined;
  // The items have no line of their own: their number is the nearest to one.
  return parsePubMedQa(text, { file }).map(({ pmid, decision }, i) => ({ id: pmid, label: decision, line: i + 1 }));
}

function singleLabels(pairs: readonly SingleLabels[], protocol: string, title: string, labels?: string[]): ScoreResult {
  const report = scoreClassification(
    pairs.map(({ gold }) => gold),
    pairs.map(({ predicted }) => predicted),
    labels === undefined ? {} : { labels },
  );
  const { low, high } = report.accuracyInterval;
  return {
    protocol,
    title,
    headline: { name: "accuracy", value: report.accuracy },
    tables: [precisionRecallTable("labels", Object.entries(report.byLabel)), confusionTable(report)],
    beside: [
      ["macro-F1", percent(report.macro.f1)],
      ["weighted F1", percent(report.weighted.f1)],
      ["balanced accuracy (mean recall)", percent(report.balancedAccuracy)],
      ["micro-F1 (= accuracy)", percent(report.micro.f1)],
    ],
    notes: [
      `Accuracy ${percent(report.accuracy)}, 95 % interval ${percent(low)} to ${percent(high)} (Wilson); ${report.count} items.`,
    ],
    scores: report,
  };
}

function confusionTable({ confusion }: ClassificationReport): ScoreTable {
  const columns = [
    { title: "gold \\ predicted" },
    ...confusion.labels.map((title) => ({ title, align: "right" as const })),
  ];
  return { columns, rows: confusion.counts.map((row, i) => [confusion.labels[i]!, ...row.map(String)]) };
}

function scoreLabelSets(
  pairs: readonly LabelPair[],
  files: ScoreClassificationOptions,
  warn: WarningSink,
): ScoreResult {
  const { byDocument, gold, labels } = files;
  const sides = SIDES.map((side) => pairs.map((pair) => labelsOfRow(pair[side]))) as [string[][], string[][]];
  warnOfOtherLabels(...sides, files, warn);
  const options = labels === undefined ? {} : { labels };
  const items = scoreMultiLabel(...sides, options);
  const part = /_s\d+$/;
  const documentIds = pairs.map(({ id }) => id?.replace(part, ""));
  // Ids without a part's number are whole documents; where all are, the documents' names are likely of another form.
  if (byDocument && !pairs.some(({ id }) => id !== undefined && part.test(id))) {
    throw new BiobertError({
      code: "input-format",
      message: documentIds.includes(undefined)
        ? "rows without an id have no document"
        : "no id names a part of a document",
      place: { file: gold },
      hint: "The first column must be the id of the document, _s and the number of the part, such as 1234_s5.",
    });
  }
  const documents = byDocument
    ? scoreMultiLabel(
        ...(sides.map((side) => labelsByDocument(documentIds as string[], side).map((document) => document.labels)) as [
          string[][],
          string[][],
        ]),
        options,
      )
    : undefined;
  const main = documents ?? items;
  return {
    protocol: byDocument ? "multi-label-micro-f1-document" : "multi-label-micro-f1",
    title: byDocument ? "Label sets of documents (the union of their parts), micro-F1" : "Label sets, micro-F1",
    headline: { name: "micro-F1", value: main.micro.f1 },
    tables: [precisionRecallTable("labels", [["all, micro", main.micro], ...Object.entries(main.byLabel)])],
    beside: [
      ...(documents === undefined
        ? []
        : ([["micro over the parts themselves", tripleText(items.micro)]] as [string, string][])),
      ["macro over labels", tripleText(main.macro)],
      ["mean over items, as BLUE's script", tripleText(main.byExample)],
      ["exact match of the whole set", percent(main.exactMatch)],
    ],
    notes: [`${items.count} items${documents === undefined ? "" : `, ${documents.count} documents`}.`],
    scores: documents === undefined ? items : { ...documents, parts: items },
  };
}
