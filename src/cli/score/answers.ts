// `biobert score qa`: BioASQ's golden and systems' JSON (the ten official numbers, pooled and by batch), SQuAD's JSON with predictions.

import { basename } from "node:path";
import { BiobertError, type WarningSink } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import { answerFileKind, bioasqQuestions, parseJson, squadQuestions } from "../../formats/index.ts";
import {
  type BioasqEdition,
  type BioasqScores,
  officialBioasqMeasures,
  scoreBioasqBatches,
  scoreSquad,
} from "../../metrics/index.ts";
import { type ScoreResult, numberTable, percent } from "./result.ts";

export interface ScoreAnswerOptions {
  gold: string[];
  pred: string[];
  edition: BioasqEdition;
  onlyAnswered: boolean;
}

/** Scores BioASQ or SQuAD files, told apart by their outermost keys. Errors name file and question. */
export async function scoreAnswerFiles(options: ScoreAnswerOptions, warn: WarningSink): Promise<ScoreResult> {
  const read = async (file: string) => parseJson(await readText(file, { stripBom: true, requireContent: true }), file);
  const gold = await Promise.all(options.gold.map(async (file) => ({ file, json: await read(file) })));
  const predicted = await Promise.all(options.pred.map(async (file) => ({ file, json: await read(file) })));
  const wrong = (file: string, message: string) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file },
      hint: "Gold and predictions must be of one kind: BioASQ, or SQuAD and {id: answer}.",
    });
  const kind = answerFileKind(gold[0]!.json, gold[0]!.file);
  if (kind === "squad-predictions") throw wrong(gold[0]!.file, "an object of ids and answers has no gold in it");
  for (const { file, json } of gold)
    if (answerFileKind(json, file) !== kind) throw wrong(file, `this is no ${kind} file, as ${gold[0]!.file} is`);
  const expected = kind === "bioasq" ? "bioasq" : "squad-predictions";
  for (const { file, json } of predicted)
    if (answerFileKind(json, file) !== expected)
      throw wrong(file, `predictions for a ${kind} file are of another form`);
  if (kind === "squad") {
    const read = gold.map(({ file, json }) => ({ file, items: squadQuestions(json, file) }));
    requireOneEach(read);
    const questions = read.flatMap(({ items }) => items);
    return squadResult(questions, predicted, warn);
  }
  return bioasqResult(gold, predicted, options, warn);
}

type JsonFile = { file: string; json: unknown };

/**
 * What files hold, by the id of its question, with the file.
 * @throws BiobertError `input-format` for a question that stands in two places.
 */
function requireOneEach<Item extends { id: string }>(
  files: readonly { file: string; items: readonly Item[] }[],
): Map<string, { item: Item; file: string }> {
  const byId = new Map<string, { item: Item; file: string }>();
  for (const { file, items } of files) {
    for (const item of items) {
      const earlier = byId.get(item.id)?.file;
      if (earlier !== undefined) {
        const where = earlier === file ? "twice in the file" : `in ${earlier}, too`;
        throw new BiobertError({
          code: "input-format",
          message: `question ${item.id} stands ${where}`,
          place: { file },
          hint: "Give each question once.",
        });
      }
      byId.set(item.id, { item, file });
    }
  }
  return byId;
}

function bioasqResult(
  gold: JsonFile[],
  predicted: JsonFile[],
  options: ScoreAnswerOptions,
  warn: WarningSink,
): ScoreResult {
  const answered = predicted.map(({ file, json }) => ({
    file,
    items: bioasqQuestions(json, { file, isSystem: true }),
  }));
  const asked = gold.map(({ file, json }) => ({ file, items: bioasqQuestions(json, { file }) }));
  const byId = requireOneEach(answered);
  const taken = requireOneEach(asked);
  const responses = answered.flatMap(({ file, items }) => items.map((item) => ({ ...item, file })));
  const batchNames = namesOfFiles(gold.map(({ file }) => file));
  const batches = Object.fromEntries(
    asked.map(({ items }, i) => [
      batchNames[i]!,
      { gold: items, responses: items.flatMap(({ id }) => byId.get(id)?.item ?? []) },
    ]),
  );
  const stray = responses.filter(({ id }) => !taken.has(id));
  if (stray.length > 0) {
    const message = `${stray.length} answers are to questions that no golden file has, such as ${stray[0]!.id}; they do not count`;
    warn({ code: "answers-stray", message, place: { file: stray[0]!.file } });
  }
  const { edition, onlyAnswered } = options;
  const { pooled, byBatch } = scoreBioasqBatches(batches, { edition, ...(onlyAnswered ? { onlyAnswered } : {}) });
  const names = Object.keys(byBatch);
  const official = officialBioasqMeasures(pooled);
  const sets: [string, BioasqScores][] =
    names.length > 1 ? [["pooled", pooled], ...Object.entries(byBatch)] : [["percent", pooled]];
  const measures = Object.keys(official);
  const columns = [{ title: "measure" }, ...sets.map(([title]) => ({ title, align: "right" as const }))];
  const values = sets.map(([, scores]) => Object.values(officialBioasqMeasures(scores)));
  const counts = (["yesNo", "factoid", "list"] as const).map((name) => [
    `questions, ${name === "yesNo" ? "yes/no" : name}`,
    ...sets.map(([, scores]) => String(scores[name].count)),
  ]);
  const { yesNo, factoid, list } = pooled;
  const main =
    factoid.count > 0
      ? { name: "factoid MRR", value: factoid.meanReciprocalRank }
      : list.count > 0
        ? { name: "list F1", value: list.f1 }
        : { name: "yes/no macro-F1", value: yesNo.macroF1 };
  const notes = [`The official line (fractions): ${Object.values(official).join(" ")}`];
  if (pooled.unanswered > 0)
    notes.push(
      `${pooled.unanswered} questions are not answered${onlyAnswered || edition === 9 ? "; those that the file lacks are left out" : " and count as wrong"}.`,
    );
  if (pooled.overlong > 0)
    notes.push(
      `${pooled.overlong} factoid questions have more than five answers; the official scorer reads them all, the challenge allows five.`,
    );
  if (names.length > 1) notes.push("Pooled: all questions of all batches together, not the mean of the batches.");
  return {
    protocol: `bioasq-phase-b-e${edition}${onlyAnswered || edition === 9 ? "-answered" : ""}`,
    title: `BioASQ phase B as EvaluatorTask1b -phaseB -e ${edition}`,
    headline: main,
    tables: [
      {
        columns,
        rows: [...measures.map((name, i) => [name, ...values.map((row) => percent(100 * row[i]!))]), ...counts],
      },
    ],
    beside: names.length > 1 ? meanOfBatches(Object.values(byBatch)) : [],
    notes,
    scores: { official, pooled, byBatch },
  };
}

/** What the batches of golden files are called: the files' names, where two are alike with their paths. */
function namesOfFiles(files: readonly string[]): string[] {
  const stemOf = (file: string): string => file.replace(/\.gz$/, "").replace(/\.json$/, "");
  const names = files.map((file) => stemOf(basename(file)));
  return names.every((name, i) => names.indexOf(name) === i) ? names : files.map(stemOf);
}

function meanOfBatches(batches: BioasqScores[]): [string, string][] {
  const mean = (value: (scores: BioasqScores) => number) =>
    batches.reduce((sum, scores) => sum + value(scores), 0) / batches.length;
  const factoid = mean((s) => s.factoid.count);
  if (factoid === 0) return [["mean over batches, yes/no macro-F1", percent(mean((s) => s.yesNo.macroF1))]];
  const triple = [
    (s: BioasqScores) => s.factoid.strictAccuracy,
    (s: BioasqScores) => s.factoid.lenientAccuracy,
    (s: BioasqScores) => s.factoid.meanReciprocalRank,
  ];
  return [["mean over batches, strict / lenient / MRR", triple.map((value) => percent(mean(value))).join(" / ")]];
}

function squadResult(
  questions: Parameters<typeof scoreSquad>[0],
  predicted: JsonFile[],
  warn: WarningSink,
): ScoreResult {
  const answers = predicted.map(({ file, json }) => ({
    file,
    items: Object.entries(json as Record<string, string>).map(([id, answer]) => ({ id, answer })),
  }));
  const predictions = new Map([...requireOneEach(answers)].map(([id, { item }]) => [id, item.answer]));
  const known = new Set(questions.map(({ id }) => id));
  const stray = [...predictions.keys()].filter((id) => !known.has(id));
  if (stray.length > 0)
    warn({
      code: "answers-stray",
      message: `${stray.length} predictions are for unknown questions, such as ${stray[0]}`,
      place: { file: predicted[0]!.file },
    });
  const report = scoreSquad(questions, predictions);
  const rows: [string, string][] = [
    ["exact match", percent(report.exactMatch)],
    ["F1 of words", percent(report.f1)],
  ];
  for (const [name, part] of [
    ["with an answer", report.answerable],
    ["without an answer", report.unanswerable],
  ] as const) {
    if (part === undefined || report.unanswerable === undefined) continue;
    rows.push(
      [`exact match, ${part.count} questions ${name}`, percent(part.exactMatch)],
      [`F1, ${name}`, percent(part.f1)],
    );
  }
  return {
    protocol: report.unanswerable === undefined ? "squad-1.1" : "squad-2.0",
    title: "Extracted answers as SQuAD's script",
    headline: { name: "F1", value: report.f1 },
    tables: [numberTable("measure", "percent", rows)],
    beside: [],
    notes: [
      `${report.count} questions.`,
      ...(report.missing === 0 ? [] : [`${report.missing} have no prediction and count as wrong.`]),
    ],
    scores: report,
  };
}
