// The report of an evaluation: scores as the paper gives them, what goes wrong by kind, and the sentences it happens in.

import {
  ERROR_KINDS,
  type CalibrationReport,
  type EntityReport,
  type ErrorKind,
  type PrecisionRecallF1,
  entitiesOf,
} from "../metrics/index.ts";
import { CONFUSED_TYPES } from "../tasks/index.ts";
import { cardsHtml, escapeHtml, htmlPage, tableHtml } from "./report-page.ts";
import { calibrationSection, confusionTable } from "./report-scores.ts";

/** One sentence of the evaluation data with what the data says and what the model says. */
export interface EvaluatedSentence {
  tokens: readonly string[];
  gold: readonly string[];
  predicted: readonly string[];
  /** 1-based line of the first token in its file. */
  line?: number;
}

export interface EvaluationSummary {
  title: string;
  subtitle?: string;
  /** Names and values that say what ran: model, data, machine. */
  facts: Readonly<Record<string, string>>;
  /** Scores by character offsets from raw text, where they were measured. */
  offsets?: PrecisionRecallF1;
  /** How far confidences can be believed. */
  calibration?: NerCalibration;
}

/** Calibration of every word's tag, and of the entities that were predicted (the mean of their words). */
export interface NerCalibration {
  words: CalibrationReport;
  entities: CalibrationReport;
}

const KINDS: Record<ErrorKind, [name: string, meaning: string]> = {
  tooLong: ["too long", "right type; the gold entity and more"],
  tooShort: ["too short", "right type; only a part of the gold entity"],
  shifted: ["shifted", "right type; overlaps with an end on each side"],
  wrongType: ["wrong type", "right place, another type"],
  wrongTypeAndBoundary: ["wrong type and boundary", "overlaps, another type"],
  missed: ["missed", "in the data, not predicted"],
  spurious: ["spurious", "predicted, not in the data"],
};

const SENTENCES_SHOWN = 80;

const STYLE = `
.bar { display: inline-block; height: .7em; background: var(--b); border-radius: .2em; vertical-align: baseline; }
.sentence { border-bottom: 1px solid var(--line); padding: .55rem 0; line-height: 1.9; overflow-wrap: anywhere; }
.gold, .predicted { padding: .05em .15em; border-radius: .2em; }
.gold { border-bottom: 3px solid var(--a); }
.predicted { background: color-mix(in srgb, var(--b) 24%, transparent); }
@media print { .predicted { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }`;

/** What a kind of error is called. */
export function errorKindName(kind: ErrorKind): string {
  return KINDS[kind][0];
}

/**
 * The page for one evaluation. Scores are in percent; `sentences` are those of the data in order, of which the first wrong
 * ones are shown with gold and predicted entities marked.
 */
export function evaluationReport(
  report: EntityReport,
  sentences: readonly EvaluatedSentence[],
  summary: EvaluationSummary,
): string {
  const { overall } = report;
  const cards = [
    { label: "F1", value: overall.f1.toFixed(2), note: "entities, exact match" },
    {
      label: "Precision",
      value: overall.precision.toFixed(2),
      note: `${count(overall.correctCount)} of ${count(overall.predictedCount)} predicted`,
    },
    {
      label: "Recall",
      value: overall.recall.toFixed(2),
      note: `${count(overall.correctCount)} of ${count(overall.goldCount)} in the data`,
    },
    { label: "Token accuracy", value: report.tokenAccuracy.toFixed(2), note: "of all tokens; not comparable with F1" },
  ];
  if (summary.offsets !== undefined) {
    cards.push({ label: "Offset F1", value: summary.offsets.f1.toFixed(2), note: "from raw text, strict" });
  }
  const parts = [
    cardsHtml(cards),
    "<p>All figures are percent. An entity is right when its first token, its last token and its type are (conlleval).</p>",
    "<h2>By type</h2>",
    typeTable(report),
    ...confusionTable(
      report.typeConfusion === undefined ? {} : { confusion: { ...report.typeConfusion, about: CONFUSED_TYPES } },
    ),
    "<h2>Errors by kind</h2>",
    kindTable(report),
    ...exampleTables(report),
    ...calibrationParts(summary.calibration),
    ...sentenceParts(sentences),
    "<h2>What ran</h2>",
    tableHtml({ columns: ["Fact", "Value"], rows: Object.entries(summary.facts) }),
  ];
  return htmlPage({ title: summary.title, subtitle: summary.subtitle, body: parts.join("\n"), style: STYLE });
}

/** Of entities first: what annotations say of each. Words are mostly outside of entities, of which any model is sure. */
function calibrationParts(calibration: NerCalibration | undefined): string[] {
  return [
    ...calibrationSection(calibration?.entities, {
      title: "Calibration of entities",
      id: "calibration-entities",
      unit: "predicted entities",
    }),
    ...calibrationSection(calibration?.words, {
      title: "Calibration of words",
      id: "calibration-words",
      unit: "words",
    }),
  ];
}

function typeTable(report: EntityReport): string {
  const titles = ["Precision", "Recall", "F1", "In the data", "Predicted", "Right"];
  const row = (name: string, scores: PrecisionRecallF1): string[] => [
    name,
    ...[scores.precision, scores.recall, scores.f1].map((value) => value.toFixed(2)),
    ...[scores.goldCount, scores.predictedCount, scores.correctCount].map(count),
  ];
  const rows = Object.entries(report.byType).map(([type, scores]) => row(typeName(type), scores));
  if (rows.length > 1) rows.push(row("all", report.overall));
  return tableHtml({ columns: ["Type", ...titles.map((title) => ({ title, number: true }))], rows });
}

function kindTable({ errors }: EntityReport): string {
  const most = Math.max(1, ...ERROR_KINDS.map((kind) => errors[kind]));
  const rows = ERROR_KINDS.map((kind) => {
    const [name, meaning] = KINDS[kind];
    const bar = `<span class="bar" style="width:${((errors[kind] / most) * 12).toFixed(2)}rem"></span>`;
    return `<tr><th scope="row">${name}</th><td class="number">${count(errors[kind])}</td><td>${bar}</td><td class="quiet">${meaning}</td></tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th scope="col">Kind</th><th scope="col" class="number">Count</th><th scope="col"></th><th scope="col">Meaning</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function exampleTables({ errors }: EntityReport): string[] {
  if (errors.examples.length === 0) return [];
  const rows = errors.examples.map(({ kind, gold, goldType, predicted, predictedType, count: times }) => [
    KINDS[kind][0],
    String(times),
    goldType === undefined ? "" : `${gold ?? ""} (${typeName(goldType)})`,
    predictedType === undefined ? "" : `${predicted ?? ""} (${typeName(predictedType)})`,
  ]);
  return [
    "<h2>The commonest of each kind</h2>",
    tableHtml({ columns: ["Kind", { title: "Times", number: true }, "In the data", "Predicted"], rows }),
  ];
}

function sentenceParts(sentences: readonly EvaluatedSentence[]): string[] {
  const wrong = sentences.filter(({ gold, predicted }) => keys(gold).join() !== keys(predicted).join());
  if (wrong.length === 0) return [];
  const shown = wrong.slice(0, SENTENCES_SHOWN);
  const some =
    wrong.length > shown.length ? `The first ${shown.length} of ${count(wrong.length)}` : count(wrong.length);
  return [
    "<h2>Sentences with an error</h2>",
    `<p>${some} of ${count(sentences.length)} sentences. <span class="gold">Underlined</span>: in the data; <span class="predicted">shaded</span>: predicted.</p>`,
    ...shown.map(sentenceHtml),
  ];
}

function keys(tags: readonly string[]): string[] {
  return entitiesOf(tags).map(({ type, start, end }) => `${start} ${end} ${type}`);
}

/** The tokens with gold entities underlined and predicted ones shaded, each entity one element with its type as title. */
function sentenceHtml({ tokens, gold, predicted, line }: EvaluatedSentence): string {
  const goldEntities = entitiesOf(gold);
  const predictedEntities = entitiesOf(predicted);
  const words = tokens.map((token, index) => {
    const inGold = goldEntities.find(({ start, end }) => start <= index && index < end);
    const inPredicted = predictedEntities.find(({ start, end }) => start <= index && index < end);
    if (inGold === undefined && inPredicted === undefined) return escapeHtml(token);
    const look = [inGold && "gold", inPredicted && "predicted"].filter(Boolean).join(" ");
    const title = [
      inGold && `data: ${typeName(inGold.type)}`,
      inPredicted && `predicted: ${typeName(inPredicted.type)}`,
    ];
    return `<span class="${look}" title="${escapeHtml(title.filter(Boolean).join("; "))}">${escapeHtml(token)}</span>`;
  });
  const place = line === undefined ? "" : `<span class="quiet">line ${line}: </span>`;
  return `<div class="sentence">${place}${words.join(" ")}</div>`;
}

function typeName(type: string): string {
  return type === "" ? "(no type)" : type;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
