// `biobert score relation`: labels of sentences in tables or JSON lines; relations of documents in PubTator.

import { BiobertError, type WarningSink } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import { type PubTatorDocument, quoted } from "../../formats/index.ts";
import {
  RELATION_PROTOCOLS,
  type RelationProtocol,
  type DocumentRelations,
  scoreBinary,
  scoreDocumentRelations,
  scoreRelations,
} from "../../metrics/index.ts";
import { documentSides, isPubTator } from "./documents.ts";
import { oneLabelEach, readPairs, requireLabels, type ScoreLabelOptions, SIDES, warnOfOtherLabels } from "./pairs.ts";
import { numberTable, percent, precisionRecallTable, type ScoreResult, tripleText } from "./result.ts";

export interface ScoreRelationOptions extends ScoreLabelOptions {
  protocol?: keyof typeof RELATION_PROTOCOLS;
  classes?: string[];
  missedGold: Record<string, number>;
}

/** Relations as labels of sentences, or, in PubTator files, between concepts of documents. Errors name file and line. */
export async function scoreRelationFiles(options: ScoreRelationOptions, warn: WarningSink): Promise<ScoreResult> {
  const text = await readText(options.gold, { stripBom: true, requireContent: true });
  const ofDocuments = isPubTator(text);
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
  const predictedText = await readText(options.pred, { stripBom: true, requireContent: true });
  const sides = documentSides({ text, file: options.gold }, { text: predictedText, file: options.pred }, warn);
  const relationsOf = ({ id, relations }: PubTatorDocument, file: string): DocumentRelations => ({
    id,
    relations: relations.map(({ type, arguments: [one, other], line }) => {
      if (one !== undefined && other !== undefined) return { type, first: one, second: other };
      throw new BiobertError({
        code: "input-format",
        message: `relation ${type} lacks an argument`,
        place: { file, line },
      });
    }),
  });
  const gold = sides.map((side) => relationsOf(side.gold, options.gold));
  const predicted = sides.flatMap((side) =>
    side.predicted === undefined ? [] : [relationsOf(side.predicted, options.pred)],
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
