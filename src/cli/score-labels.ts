// `biobert score relation|classification|yes-no|multiple-choice|similarity`: labels in tables or JSON lines; relations of documents in PubTator.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { readText } from "../data/index.ts";
import {
  areColumnNames,
  isBioAsq,
  isCsvName,
  type LabelPair,
  type LabelRow,
  labelsOfRow,
  letter,
  pairLabelRows,
  parseAnyChoices,
  parseCsv,
  parseLabelRows,
  parseMmluCsv,
  parsePubMedQa,
  parsePubTator,
  quoted,
} from "../formats/index.ts";
import {
  type ClassificationReport,
  type DocumentRelations,
  RELATION_PROTOCOLS,
  type RelationProtocol,
  labelsByDocument,
  pearson,
  scoreBinary,
  scoreClassification,
  scoreDocumentRelations,
  scoreMultiLabel,
  scoreRelations,
  spearman,
} from "../metrics/index.ts";
import {
  type ScoreResult,
  type ScoreTable,
  numberTable,
  percent,
  precisionRecallTable,
  tripleText,
} from "./score-result.ts";

export interface ScoreLabelOptions {
  gold: string;
  pred: string;
  labelColumn?: string;
  labels?: string[];
}

/** Reads both files and pairs their rows; `readOther` reads files that are no label files, and gives undefined for those that are. */
async function readPairs(
  { gold, pred, labelColumn, labels }: ScoreLabelOptions,
  readOther: (text: string, file: string) => LabelRow[] | undefined = () => undefined,
): Promise<LabelPair[]> {
  const read = async (file: string, side: Side, classes?: string[]) => {
    const text = await readText(file, { stripBom: true, requireContent: true });
    return readOther(text, file) ?? parseLabelRows(text, { file, column: labelColumn, classes, side });
  };
  return pairLabelRows(await read(gold, "gold"), await read(pred, "predicted", labels), { gold, predicted: pred });
}

type Side = "gold" | "predicted";

const SIDES = ["gold", "predicted"] as const;

/** An `input-format` error at one side of a pair. */
function badLabel(message: string, pair: LabelPair, side: Side, files: ScoreLabelOptions, hint?: string): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    place: { file: side === "gold" ? files.gold : files.pred, line: pair[side].line },
    ...(hint === undefined ? {} : { hint }),
  });
}

interface SingleLabels {
  pair: LabelPair;
  gold: string;
  predicted: string;
}

/** Pairs of which each side has one label. @throws BiobertError `input-format` where a row has none or several. */
function oneLabelEach(pairs: readonly LabelPair[], files: ScoreLabelOptions): SingleLabels[] {
  const labelOf = (pair: LabelPair, side: Side): string => {
    const { label, labels } = pair[side];
    if (label === "" && labels === undefined) throw badLabel("the cell of the label is empty", pair, side, files);
    if (labels === undefined || labels.length === 1) return label;
    const hint = "Score lists of labels with --multi-label, where the task has it.";
    throw badLabel(`${labels.length || "no"} labels where there must be one`, pair, side, files, hint);
  };
  return pairs.map((pair) => ({ pair, gold: labelOf(pair, "gold"), predicted: labelOf(pair, "predicted") }));
}

/** Says where gold and predictions have no label in common: they are likely of two schemes, or a column was misread. */
function warnOfOtherLabels(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  files: ScoreLabelOptions,
  warn: WarningSink,
): void {
  const [known, said] = [new Set(gold.flat()), new Set(predicted.flat())];
  if (known.size === 0 || said.size === 0 || [...said].some((label) => known.has(label))) return;
  const name = (labels: Set<string>): string =>
    `${[...labels]
      .slice(0, 5)
      .map((label) => quoted(label, 30))
      .join(", ")}${labels.size > 5 ? ", …" : ""}`;
  warn({
    code: "labels-differ",
    message: `gold labels are ${name(known)}, predicted ones ${name(said)}: nothing can match`,
    place: { file: files.pred },
  });
}

/** Refuses the first label that is not as it must be, and says where a header is taken for one. */
function requireLabels(
  pairs: readonly SingleLabels[],
  files: ScoreLabelOptions,
  { isRight, what, hint }: { isRight: (label: string) => boolean; what: (label: string) => string; hint?: string },
): void {
  for (const each of pairs) {
    for (const side of SIDES) {
      const label = each[side];
      if (isRight(label)) continue;
      const { line } = each.pair[side];
      const isHeader = line === 1 && areColumnNames([label]);
      const header = isHeader ? `Where line 1 is a header: --label-column ${JSON.stringify(label)}.` : undefined;
      throw badLabel(
        what(label),
        each.pair,
        side,
        files,
        [hint, header].filter((part) => part !== undefined).join(" ") || undefined,
      );
    }
  }
}

export interface ScoreRelationOptions extends ScoreLabelOptions {
  protocol?: keyof typeof RELATION_PROTOCOLS;
  classes?: string[];
  missedGold: Record<string, number>;
}

/** Relations as labels of sentences, or, in PubTator files, between concepts of documents. Errors name file and line. */
export async function scoreRelationFiles(options: ScoreRelationOptions, warn: WarningSink): Promise<ScoreResult> {
  const text = await readText(options.gold, { stripBom: true, requireContent: true });
  const ofDocuments = /^[^|\t]+\|t\|/.test(text.trimStart());
  if ((ofDocuments || options.protocol === "binary") && Object.keys(options.missedGold).length > 0) {
    throw new BiobertError({
      code: "usage",
      message: `--missed-gold is for classes of sentences, not for ${ofDocuments ? "relations of documents" : "--protocol binary"}`,
      hint: "Leave it out.",
    });
  }
  if (ofDocuments) return scoreRelationDocuments(text, options, warn);
  const pairs = await readPairs({
    ...options,
    labels: options.labels ?? (options.protocol === "binary" ? ["0", "1"] : undefined),
  });
  const singles = oneLabelEach(pairs, options);
  if (options.protocol === "binary") {
    requireLabels(singles, options, {
      isRight: (label) => label === "0" || label === "1",
      what: (label) => `label ${JSON.stringify(label)} is neither 0 nor 1`,
      hint: "Use --classes for other labels.",
    });
    return scoreBinaryRelations(
      singles.map((pair) => pair.gold),
      singles.map((pair) => pair.predicted),
    );
  }
  // One spelling a label, the gold's first: "Effect" is the class "effect".
  const spellings = new Map<string, string>();
  for (const side of SIDES)
    for (const pair of singles)
      if (!spellings.has(pair[side].toLowerCase())) spellings.set(pair[side].toLowerCase(), pair[side]);
  const [gold, predicted] = SIDES.map((side) => singles.map((pair) => spellings.get(pair[side].toLowerCase())!)) as [
    string[],
    string[],
  ];
  const seen = [...new Set([...gold, ...predicted])].sort();
  const protocol: Pick<RelationProtocol, "id" | "title"> =
    options.classes === undefined
      ? RELATION_PROTOCOLS[options.protocol!]
      : { id: "relation-micro-f1-chosen", title: "micro-F1 over chosen classes" };
  const wanted: readonly string[] = options.classes ?? RELATION_PROTOCOLS[options.protocol!].classes;
  const classes = wanted.map((name) => spellings.get(name.toLowerCase()) ?? name);
  if (!classes.some((name) => gold.includes(name))) {
    throw new BiobertError({
      code: "input-format",
      message: `no gold label is one of ${wanted.join(", ")}; the file has ${[...new Set(gold)]
        .sort()
        .slice(0, 12)
        .map((label) => quoted(label, 30))
        .join(", ")}`,
      place: { file: options.gold },
      hint: "Give the classes that count as the files write them: --classes A,B,C.",
    });
  }
  const known = [...new Set([...classes, ...seen])];
  warnOfOtherLabels([gold], [predicted], options, warn);
  const missedGold = Object.fromEntries(
    Object.entries(options.missedGold).map(([name, count]) => {
      const found = known.find((each) => each.toLowerCase() === name.toLowerCase());
      if (found !== undefined) return [found, count];
      throw new BiobertError({
        code: "usage",
        message: `--missed-gold ${name}=${count}: ${name} is not a class`,
        hint: `Classes: ${known.join(", ")}.`,
      });
    }),
  );
  const report = scoreRelations(gold, predicted, { classes, missedGold });
  const chosen = new Set(classes);
  const rows = Object.entries(report.byClass).map(
    ([name, scores]) => [chosen.has(name) ? name : `(${name})`, scores] as const,
  );
  const table = precisionRecallTable("classes", [["the chosen, micro", report.micro], ...rows]);
  const { microWithMissedGold } = report;
  return {
    protocol: protocol.id,
    title: `Relations: ${protocol.title}`,
    headline: { name: "micro-F1", value: report.micro.f1 },
    tables: [table],
    beside: [
      ...(microWithMissedGold === undefined
        ? []
        : ([["micro, with gold that no example carries counted as missed", tripleText(microWithMissedGold)]] as [
            string,
            string,
          ][])),
      ["macro over the same classes", tripleText(report.macro)],
      ["weighted over the same classes", tripleText(report.weighted)],
      ["micro over all classes (= accuracy)", percent(report.allClasses.micro.f1)],
      ["macro over all classes", tripleText(report.allClasses.macro)],
      ["weighted over all classes", tripleText(report.allClasses.weighted)],
      ["detection (any chosen class for any)", tripleText(report.detection)],
    ],
    notes: [`Classes in brackets do not count in the headline; ${report.count} examples.`],
    scores: report,
  };
}

function scoreBinaryRelations(gold: string[], predicted: string[]): ScoreResult {
  const report = scoreBinary(gold, predicted);
  return {
    protocol: RELATION_PROTOCOLS.binary.id,
    title: `Relations: ${RELATION_PROTOCOLS.binary.title}, as BioBERT's re_eval.py`,
    headline: { name: "F1", value: report.f1 },
    tables: [
      numberTable("measure", "percent", [
        ["F1 of class 1", percent(report.f1)],
        ["recall", percent(report.recall)],
        ["precision", percent(report.precision)],
        ["specificity", percent(report.specificity)],
      ]),
    ],
    beside: [
      ["accuracy (= micro-F1 over both classes)", percent(report.accuracy)],
      ["macro-F1 over both classes", percent(report.macroF1)],
    ],
    notes: ["GAD and EU-ADR are reported as the mean of ten folds: score each fold's file by itself and average."],
    scores: report,
  };
}

async function scoreRelationDocuments(
  text: string,
  options: ScoreRelationOptions,
  warn: WarningSink,
): Promise<ScoreResult> {
  const bad = (message: string, file: string, line: number) =>
    new BiobertError({ code: "input-format", message, place: { file, line } });
  const read = (content: string, file: string, known?: ReadonlySet<string>): DocumentRelations[] => {
    const seen = new Set<string>();
    return parsePubTator(content, { file, warn }).map(({ id, relations, line: first }) => {
      if (seen.has(id)) throw bad(`document ${quoted(id)} has come before`, file, first);
      if (known?.has(id) === false) throw bad(`document ${quoted(id)} is not in the gold`, file, first);
      seen.add(id);
      return {
        id,
        relations: relations.map(({ type, arguments: [one, other], line }) => {
          if (one !== undefined && other !== undefined) return { type, first: one, second: other };
          throw bad(`relation ${type} lacks an argument`, file, line);
        }),
      };
    });
  };
  const gold = read(text, options.gold);
  const predicted = read(
    await readText(options.pred, { stripBom: true, requireContent: true }),
    options.pred,
    new Set(gold.map(({ id }) => id)),
  );
  const report = scoreDocumentRelations(gold, predicted);
  return {
    protocol: "relation-document-pair-type",
    title: "Relations of documents: micro-F1 of (pair of concepts, type)",
    headline: { name: "micro-F1", value: report.overall.f1 },
    tables: [
      precisionRecallTable("relations", [["pair and type, micro", report.overall], ...Object.entries(report.byType)]),
    ],
    beside: [
      ["pair alone, of whatever type", tripleText(report.pairs)],
      ["macro-F1 over types", percent(report.macroF1)],
    ],
    notes: [`${report.documents} documents; pairs have no direction, and a relation given twice counts once.`],
    scores: report,
  };
}

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
