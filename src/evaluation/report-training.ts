// The report of a training run: what came out, the curves on the way there, and everything the run was told.

import type { TrainingEvent } from "../training/index.ts";
import { thinned } from "./curves.ts";
import { drawnMetric, headMetrics, metricName, metricText, unitOf } from "./metric-names.ts";
import { type ChartSeries, shortNumber, svgLineChart } from "./report-chart.ts";
import {
  calibrationSection,
  confusionTable,
  errorTable,
  furthestExamples,
  labelTable,
  wrongExamples,
} from "./report-scores.ts";
import { type Card, cardsHtml, escapeHtml, htmlPage, tableHtml } from "./report-page.ts";

type StepEvent = Extract<TrainingEvent, { type: "step" }>;
type EvaluationEvent = Extract<TrainingEvent, { type: "evaluation" }>;

export interface TrainingSummary {
  title: string;
  /** Where the trained model is; plain text. */
  output: string;
  /** The line under the title; default: where the model is. */
  subtitle?: string;
  /** The command that makes the run again, where there is one. */
  command?: string;
  /** A run that was stopped before its end says so. */
  interrupted?: boolean;
  /** What ended a run before its end; plain text. */
  failure?: string;
  /** What else there is to know first; plain text. */
  note?: string;
  /** What it was scored on. Default "dev"; a fold chooses nothing, so that its last score alone counts. */
  heldOut?: "dev" | "fold";
}

const CURVE_POINTS = 600;

/**
 * The page for one run. `events` are the run's events in order (of all its parts, where it was resumed), `configuration`
 * the options by name. Loss, learning rate and gradient norm are drawn by step, metrics of the development data (percent)
 * by step too, so that all charts share their x axis.
 */
export function trainingReport(
  events: readonly TrainingEvent[],
  configuration: Readonly<Record<string, string | number | boolean>>,
  summary: TrainingSummary,
): string {
  const steps = events.filter((event) => event.type === "step");
  const evaluations = events.filter((event) => event.type === "evaluation");
  const { heldOut = "dev", note = "" } = summary;
  const parts = [cardsHtml(trainingCards(events, steps, evaluations, heldOut))];
  if (note !== "") parts.unshift(`<p><strong>${escapeHtml(note)}</strong></p>`);
  if (summary.interrupted === true) {
    parts.unshift(
      "<p><strong>This run was stopped before its end;</strong> --resume goes on from its last checkpoint.</p>",
    );
  }
  if (summary.failure !== undefined) {
    parts.unshift(`<p><strong>This run stopped before its end: ${escapeHtml(summary.failure)}</strong></p>`);
  }
  parts.push("<h2>Loss</h2>", figure(lossSeries(steps), "loss", "Training loss by step", "loss", 0));
  if (evaluations.length > 0) {
    const what = heldOut === "dev" ? "development data" : "fold that was held out";
    parts.push(heldOut === "dev" ? "<h2>Development data</h2>" : "<h2>The fold that was held out</h2>");
    const unit = unitOf(selectedBy(evaluations[0]!), evaluations[0]!.units);
    parts.push(figure(metricSeries(evaluations), "metrics", `Metrics on the ${what} by step`, unit));
    parts.push(evaluationTable(evaluations, momentsOf(events), heldOut));
  }
  parts.push(...scoreSections(events));
  const rate: ChartSeries[] = [
    { name: "learning rate", look: 0, points: drawn(steps.map((step) => [step.step, step.learningRate])) },
  ];
  parts.push("<h2>Learning rate</h2>", figure(rate, "rate", "Learning rate by step", "rate", 0, 220));
  const norm: ChartSeries[] = [
    { name: "gradient norm", look: 0, points: drawn(steps.map((step) => [step.step, step.gradientNorm])) },
  ];
  parts.push("<h2>Gradient norm, before clipping</h2>", figure(norm, "norm", "Gradient norm by step", "norm", 0, 220));
  parts.push(
    "<h2>Configuration</h2>",
    tableHtml({
      columns: ["Option", "Value"],
      rows: Object.entries(configuration).map(([name, value]) => [name, String(value)]),
    }),
    ...(summary.command === undefined ? [] : [`<h2>Command</h2>\n<p><code>${escapeHtml(summary.command)}</code></p>`]),
  );
  return htmlPage({
    title: summary.title,
    subtitle: summary.subtitle ?? `The model is in ${summary.output}`,
    body: parts.join("\n"),
  });
}

type ScoresEvent = Extract<TrainingEvent, { type: "scores" }>;

/** What the kept model gets right and wrong on the held-out data; of several heads one after the other. */
function scoreSections(events: readonly TrainingEvent[]): string[] {
  const byHead = new Map<string, ScoresEvent>();
  for (const event of events) if (event.type === "scores") byHead.set(event.head ?? "", event);
  const [first] = byHead.values();
  if (first === undefined) return [];
  return [
    `<p>What follows is of the model that is kept, ${momentsOf(events)(first)}.</p>`,
    ...[...byHead].flatMap(([head, scores], i) => {
      const sections = headSections(scores, `calibration-${i + 1}`);
      if (head === "") return sections;
      // Each head's sections stand below its name.
      return [`<h2>${escapeHtml(head)}</h2>`, ...sections.map((html) => html.replaceAll(/<(\/?)h2>/g, "<$1h3>"))];
    }),
    "<h2>How it was trained</h2>",
  ];
}

function headSections(scores: ScoresEvent, id: string): string[] {
  const { wrong, wrongCount, examples, unit, protocol, counts } = scores;
  const counted = Object.entries(counts).map(([name, count]) => `${count.toLocaleString("en-US")} ${name}`);
  return [
    `<p>Scored on ${escapeHtml(counted.join(", "))}; protocol <code>${escapeHtml(protocol)}</code>.</p>`,
    ...labelTable(scores),
    ...confusionTable(scores),
    ...errorTable(scores),
    ...calibrationSection(scores.calibration, { id }),
    ...wrongExamples(wrong, { wrong: wrongCount, all: examples, unit }),
    ...furthestExamples(scores.furthest),
  ];
}

function trainingCards(
  events: readonly TrainingEvent[],
  steps: readonly StepEvent[],
  evaluations: readonly EvaluationEvent[],
  heldOut: "dev" | "fold",
): Card[] {
  const start = events.find((event) => event.type === "start");
  const cards: Card[] = [];
  const moment = momentsOf(events);
  const best = evaluations.filter(({ best }) => best).at(-1);
  const last = evaluations.at(-1);
  if (best !== undefined && last !== undefined) {
    const id = selectedBy(best);
    const value = ({ metrics, units }: EvaluationEvent): string => metricText(metrics[id], unitOf(id, units));
    const where = heldOut === "dev" ? "on dev" : "on its fold";
    if (heldOut === "dev")
      cards.push({ label: `Best ${metricName(id)} ${where}`, value: value(best), note: moment(best) });
    cards.push({ label: `Last ${metricName(id)} ${where}`, value: value(last), note: moment(last) });
  }
  const final = steps.at(-1);
  if (final !== undefined) {
    const smooth = smoothed(steps).at(-1)?.[1] ?? final.loss;
    cards.push({ label: "Loss at the end", value: shortNumber(smooth), note: "smoothed" });
    const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
    const whole = events.filter((event) => event.type === "end").at(-1);
    if (whole !== undefined)
      cards.push({
        label: "Time in all",
        value: duration(whole.seconds),
        note: whole.stoppedEarly ? "stopped early: no improvement" : "evaluations in it",
      });
    const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
    cards.push({
      label: "Time in steps",
      value: duration(seconds),
      note: `${shortNumber(Math.round(tokens / seconds))} tokens/s`,
    });
    cards.push({
      label: "Steps",
      value: final.step.toLocaleString("en-US"),
      note: start && `of ${start.steps.toLocaleString("en-US")}, ${start.epochs} epochs`,
    });
  }
  const end = events.findLast((event) => event.type === "end");
  if (end?.peakMemoryBytes !== undefined) {
    cards.push({ label: "Peak memory", value: `${(end.peakMemoryBytes / 1e9).toFixed(2)} GB`, note: "of the process" });
  }
  if (start !== undefined) {
    cards.push({
      label: "Parameters",
      value: `${(start.parameters / 1e6).toFixed(1)} M`,
      note: `${start.examples.toLocaleString("en-US")} examples`,
    });
  }
  return cards;
}

function lossSeries(steps: readonly StepEvent[]): ChartSeries[] {
  return [
    { name: "each step", look: 0, faint: true, points: drawn(steps.map((step) => [step.step, step.loss])) },
    { name: "smoothed", look: 0, points: drawn(smoothed(steps)) },
  ];
}

/** The metric that the best epoch is chosen by. */
function selectedBy(event: EvaluationEvent): string {
  return event.selectedBy ?? "f1";
}

/** The metrics to draw: the one of the choice, and up to two more of its unit, precision and recall before others. */
function drawnMetrics(evaluations: readonly EvaluationEvent[]): string[] {
  const [{ metrics, units }] = evaluations as [EvaluationEvent];
  const chosen = selectedBy(evaluations[0]!);
  const others = Object.keys(metrics).filter((id) => id !== chosen && unitOf(id, units) === unitOf(chosen, units));
  const isUsual = (id: string): boolean => /precision|recall/i.test(id);
  const usual = others.filter(isUsual);
  // Of documentMicroF1 those of documents.
  const own = usual.filter((id) => id.startsWith(chosen.replace(/f1$/i, "")));
  const beside = [own, usual, others].find((ids) => ids.length > 0) ?? [];
  return [chosen, ...beside.slice(0, 2)].filter((id) => evaluations.some((event) => id in event.metrics));
}

function metricSeries(evaluations: readonly EvaluationEvent[]): ChartSeries[] {
  const { meanOf, units } = evaluations[0]!;
  const lines = meanOf === undefined ? drawnMetrics(evaluations).map(drawnMetric) : headMetrics(meanOf, units);
  return lines.map(({ name, valueIn }, index) => ({
    name,
    look: (index % 4) as ChartSeries["look"],
    markers: index === 0,
    points: evaluations.map(({ step, metrics }) => [step, valueIn(metrics)] as const),
  }));
}

/** A point of the training. */
type Moment = Pick<EvaluationEvent, "epoch" | "step">;

/** How points of the training are said: at the end of an epoch or, with evaluations between, within one. */
function momentsOf(events: readonly TrainingEvent[]): (moment: Moment) => string {
  const start = events.findLast((event) => event.type === "start");
  const stepsPerEpoch = start === undefined ? 1 : start.steps / start.epochs;
  return ({ epoch, step }) =>
    step % stepsPerEpoch === 0
      ? `after epoch ${epoch}`
      : `in epoch ${epoch}, after step ${step.toLocaleString("en-US")}`;
}

function evaluationTable(
  evaluations: readonly EvaluationEvent[],
  momentOf: (moment: Moment) => string,
  heldOut: "dev" | "fold",
): string {
  const ids = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  const allPercent = evaluations.every(({ units }) => ids.every((id) => unitOf(id, units) === "percent"));
  const isWithin = evaluations.some((event) => momentOf(event).startsWith("in"));
  const when = isWithin ? "after each epoch and at the steps between that were asked for" : "after each epoch";
  return tableHtml({
    caption: allPercent ? `Percent, ${when}` : when[0]!.toUpperCase() + when.slice(1),
    columns: [
      { title: "Epoch", number: true },
      { title: "Step", number: true },
      ...ids.map((id) => ({ title: metricName(id), number: true })),
      "",
    ],
    rows: evaluations.map(({ epoch, step, metrics, units, best }) => [
      String(epoch),
      step.toLocaleString("en-US"),
      ...ids.map((id) => metricText(metrics[id], unitOf(id, units))),
      best && heldOut === "dev" ? "best so far" : "",
    ]),
  });
}

function figure(
  series: ChartSeries[],
  id: string,
  title: string,
  yLabel: string,
  yFrom?: number,
  height?: number,
): string {
  return `<figure>${svgLineChart(series, { id, title, xLabel: "step", yLabel, yFrom, height })}</figure>`;
}

/** Exponential moving average of the loss, half the weight on the last 7 steps, without the pull of its start. */
function smoothed(steps: readonly StepEvent[]): [number, number][] {
  let sum = 0;
  let weight = 0;
  return steps.map(({ step, loss }) => {
    sum = 0.9 * sum + loss;
    weight = 0.9 * weight + 1;
    return [step, sum / weight];
  });
}

/** More points would not be seen, and make the page heavy. */
function drawn(points: readonly (readonly [number, number])[]): [number, number][] {
  return thinned(points, CURVE_POINTS);
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return seconds < 3600 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
