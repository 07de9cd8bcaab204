// `biobert score ner`: conlleval's three-column files, gold and predicted CoNLL files, PubTator with offsets, and BC2GM's .eval files.

import { BiobertError, type Warning, type WarningSink } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import {
  CONLL_HINT,
  type ConllSentence,
  checkLabels,
  parseBc2gmEval,
  parseConll,
  quoted,
} from "../../formats/index.ts";
import {
  MATCH_RULES,
  type MatchScores,
  conllevalText,
  mentionKeys,
  mergePieces,
  plainTag,
  scoreBc2gm,
  scoreByTrainingMentions,
  scoreEntities,
  scoreMatches,
  scoreTagMatches,
} from "../../metrics/index.ts";
import { documentSides, isPubTator, requireSameTexts } from "./documents.ts";
import { type ScoreResult, numberTable, percent, precisionRecallTable, tripleText } from "./result.ts";

export interface ScoreNerOptions {
  gold: string;
  pred?: string;
  alternatives?: string;
  train: string[];
}

/** Scores files of one of the three kinds; which one is told by the gold file's first line. Errors name file and line. */
export async function scoreNer(options: ScoreNerOptions, warn: WarningSink): Promise<ScoreResult> {
  const gold = await readText(options.gold, { stripBom: true, requireContent: true });
  const predicted = options.pred === undefined ? undefined : await readText(options.pred, { stripBom: true });
  const first = gold.trimStart().split("\n", 1)[0]!;
  const needed = (kind: string): string => {
    if (predicted !== undefined) return predicted;
    throw new BiobertError({
      code: "usage",
      message: `${kind} needs the predictions in a file of their own`,
      hint: "Give --pred FILE.",
    });
  };
  const isEval = /^[^|\t]+\|\d+ \d+(\||$)/.test(first.trimEnd());
  if (options.alternatives !== undefined && !isEval) {
    throw new BiobertError({ code: "usage", message: "--alternatives goes with BC2GM's .eval files alone" });
  }
  if (isEval) return scoreEvalFiles(gold, needed("a BC2GM .eval file"), options);
  if (isPubTator(gold)) return scorePubTator(gold, needed("a PubTator file"), options, warn);
  return scoreConll(gold, predicted, options, warn);
}

interface Sentences {
  tokens: string[][];
  gold: string[][];
  predicted: string[][];
}

async function scoreConll(
  goldText: string,
  predictedText: string | undefined,
  options: ScoreNerOptions,
  warn: WarningSink,
): Promise<ScoreResult> {
  const predictedFile = options.pred ?? options.gold;
  const read = (text: string, file: string, tagFromEnd: number, once: WarningSink) =>
    sentencesOf(parseConll(text, { file, tagFromEnd, warn: once }).sentences, file);
  const goldSentences = read(goldText, options.gold, predictedText === undefined ? 2 : 1, warn);
  const predictedSentences = read(
    predictedText ?? goldText,
    predictedFile,
    1,
    predictedText === undefined ? () => {} : warn,
  );
  requireSameTokens(goldSentences, predictedSentences, options.gold, predictedFile);
  const sentences = withoutPieces(goldSentences, predictedSentences, options.gold, warn);

  const types = [goldSentences, predictedSentences].map((side, i) => {
    const file = i === 0 ? options.gold : predictedFile;
    const tagged = side.map(({ tags, line }) => ({ tags: tags.map(plainTag), line, file }));
    return checkLabels(tagged, labelWarnings(i === 0 ? "gold" : "predicted", warn)).types;
  });
  if (types[0]!.length > 0 && types[1]!.length > 0 && !types[0]!.some((type) => types[1]!.includes(type))) {
    const name = (list: string[]) => list.map((type) => type || "(none)").join(", ");
    warn({
      code: "types-differ",
      message: `gold types are ${name(types[0]!)}, predicted ones ${name(types[1]!)}: nothing can match`,
      place: { file: predictedFile },
    });
  }

  const report = scoreEntities(sentences.gold, sentences.predicted, { tokens: sentences.tokens });
  const matches = scoreTagMatches(sentences.gold, sentences.predicted);
  const beside: [string, string][] = [
    ["overlap match (one to one)", tripleText(matches.overlap.overall)],
    ["left boundary match", tripleText(matches.left.overall)],
    ["right boundary match", tripleText(matches.right.overall)],
    ["macro-F1 over types", percent(macroF1(report.byType))],
    ["token accuracy, O included", percent(report.tokenAccuracy)],
  ];
  const seenUnseen = await scoreAgainstTraining(sentences, options.train, warn);
  const rows = Object.entries(report.byType).map(([type, scores]) => [type, scores] as const);
  const tables = [precisionRecallTable("entities, exact match", [["all types, micro", report.overall], ...rows])];
  if (seenUnseen !== undefined) {
    tables.push(
      precisionRecallTable("mentions", [
        ["in the training data", seenUnseen.seen.overall],
        ["unseen in training", seenUnseen.unseen.overall],
      ]),
    );
  }
  const { errors, ...scores } = report;
  return {
    protocol: "ner-exact-entity",
    title: "Entities by exact match of span and type, as conlleval",
    headline: { name: "F1", value: report.overall.f1 },
    official: conllevalText(report),
    tables,
    beside,
    notes: [],
    scores: {
      ...scores,
      errorCounts: errorCounts(errors),
      matches,
      ...seenUnseen,
      sentences: sentences.tokens.length,
    },
  };
}

function errorCounts(errors: object): object {
  return Object.fromEntries(Object.entries(errors).filter(([name]) => name !== "examples"));
}

function macroF1(byType: MatchScores["byType"]): number {
  const values = Object.values(byType);
  return values.length === 0 ? 0 : values.reduce((sum, { f1 }) => sum + f1, 0) / values.length;
}

/** Says on which side the labels are odd. */
function labelWarnings(side: string, warn: WarningSink): WarningSink {
  return (warning: Warning) => warn({ ...warning, message: `${side} tags: ${warning.message}` });
}

/** Sentences of a file that has any. */
function sentencesOf(sentences: ConllSentence[], file: string): ConllSentence[] {
  if (sentences.length > 0) return sentences;
  throw new BiobertError({
    code: "input-empty",
    message: "the file holds no sentence",
    place: { file },
    hint: CONLL_HINT,
  });
}

function requireSameTokens(
  gold: ConllSentence[],
  predicted: ConllSentence[],
  goldFile: string,
  predictedFile: string,
): void {
  const differ = (line: number, message: string) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file: predictedFile, line },
      hint: `Both files must hold the same tokens and sentence breaks; compare with ${goldFile}.`,
    });
  predicted.forEach((sentence, s) => {
    const other = gold[s];
    if (other === undefined) throw differ(sentence.line, `sentence ${s + 1} is one more than the gold has`);
    sentence.tokens.forEach((token, t) => {
      const wanted = other.tokens[t];
      if (token === wanted) return;
      const there = wanted === undefined ? "its sentence is over" : `there is ${quoted(wanted)}`;
      throw differ(sentence.line + t, `token ${quoted(token)}, where in the gold (line ${other.line + t}) ${there}`);
    });
    if (sentence.tokens.length < other.tokens.length) {
      const missing = quoted(other.tokens[sentence.tokens.length]!);
      throw differ(sentence.line + sentence.tokens.length, `the sentence ends before ${missing} of the gold`);
    }
  });
  if (predicted.length < gold.length) {
    const last = predicted.at(-1)!;
    throw differ(last.line + last.tokens.length, `the file ends after ${predicted.length} of ${gold.length} sentences`);
  }
}

/** Words where the files hold BioBERT's word pieces, else what they hold; `X`, [CLS] and [SEP] tags are `O`. */
function withoutPieces(gold: ConllSentence[], predicted: ConllSentence[], file: string, warn: WarningSink): Sentences {
  const result: Sentences = { tokens: [], gold: [], predicted: [] };
  const withPieces = gold.find(({ tokens }) =>
    tokens.some((token) => token === "[CLS]" || (token.startsWith("##") && token.length > 2)),
  );
  if (withPieces !== undefined) {
    warn({
      code: "pieces-merged",
      message: "the tokens are word pieces; scored by words, each with its first piece's tag",
      place: { file, line: withPieces.line },
    });
  }
  gold.forEach(({ tokens, tags }, i) => {
    const columns = [tags, predicted[i]!.tags];
    const merged =
      withPieces === undefined
        ? [{ tokens, columns: columns.map((column) => column.map(plainTag)) }]
        : mergePieces(tokens, columns);
    for (const sentence of merged) {
      result.tokens.push(sentence.tokens);
      result.gold.push(sentence.columns[0]!);
      result.predicted.push(sentence.columns[1]!);
    }
  });
  return result;
}

async function scoreAgainstTraining(sentences: Sentences, files: string[], warn: WarningSink) {
  if (files.length === 0) return undefined;
  const keys = new Set<string>();
  for (const file of files) {
    const text = await readText(file, { stripBom: true, requireContent: true });
    for (const key of mentionKeys(parseConll(text, { file, warn }).sentences)) keys.add(key);
  }
  return scoreByTrainingMentions(sentences.tokens, sentences.gold, sentences.predicted, keys);
}

function scorePubTator(
  goldText: string,
  predictedText: string,
  options: ScoreNerOptions,
  warn: WarningSink,
): ScoreResult {
  const predictedFile = options.pred ?? options.gold;
  const documents = documentSides(
    { text: goldText, file: options.gold },
    { text: predictedText, file: predictedFile },
    warn,
  );
  requireSameTexts(documents, options);
  const sides = [
    documents.map(({ gold }) => gold.entities),
    documents.map(({ predicted }) => predicted?.entities ?? []),
  ] as const;
  const names = Object.keys(MATCH_RULES) as (keyof typeof MATCH_RULES)[];
  const matches = Object.fromEntries(names.map((rule) => [rule, scoreMatches(...sides, rule)])) as Record<
    keyof typeof MATCH_RULES,
    MatchScores
  >;
  const { overall, byType } = matches.exact;
  const missing = documents.filter(({ predicted }) => predicted === undefined).length;
  return {
    protocol: "ner-exact-offset",
    title: "Entities by exact character offsets and type",
    headline: { name: "F1", value: overall.f1 },
    tables: [
      precisionRecallTable("entities, exact offsets", [["all types, micro", overall], ...Object.entries(byType)]),
    ],
    beside: [
      ["overlap match (one to one)", tripleText(matches.overlap.overall)],
      ["left boundary match", tripleText(matches.left.overall)],
      ["right boundary match", tripleText(matches.right.overall)],
      ["macro-F1 over types", percent(macroF1(byType))],
    ],
    notes:
      missing === 0
        ? []
        : [`${missing} of ${documents.length} documents have no prediction: their entities count as missed`],
    scores: { overall, byType, matches, documents: documents.length, documentsWithoutPrediction: missing },
  };
}

async function scoreEvalFiles(goldText: string, predictedText: string, options: ScoreNerOptions): Promise<ScoreResult> {
  const alternatives =
    options.alternatives === undefined
      ? []
      : parseBc2gmEval(await readText(options.alternatives), options.alternatives);
  const gold = parseBc2gmEval(goldText, options.gold);
  const predicted = parseBc2gmEval(predictedText, options.pred);
  const report = scoreBc2gm(gold, alternatives, predicted);
  const strict = scoreBc2gm(gold, [], predicted);
  const { truePositives, falsePositives, falseNegatives, byAlternative } = report;
  return {
    protocol: options.alternatives === undefined ? "ner-bc2gm-exact" : "ner-bc2gm-alternatives",
    title: `Gene mentions by BioCreative II's scorer, ${options.alternatives === undefined ? "without alternatives" : "alternatives count as right"}`,
    headline: { name: "F1", value: report.f1 },
    official: `TP: ${truePositives}\nFP: ${falsePositives}\nFN: ${falseNegatives}`,
    tables: [
      numberTable("measure", "percent", [
        ["precision", percent(report.precision)],
        ["recall", percent(report.recall)],
        ["F1", percent(report.f1)],
      ]),
    ],
    beside: options.alternatives === undefined ? [] : [["without alternatives", tripleText(strict)]],
    notes: byAlternative === 0 ? [] : [`${byAlternative} of the true positives match an alternative annotation alone`],
    scores: { ...report, withoutAlternatives: strict },
  };
}
