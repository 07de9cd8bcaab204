// Two figures of a leaderboard as inline SVG: values over time with the staircase of the state of the art, and values against
// a cost with the Pareto front. Points are links; every one has a title, and the table below has the same numbers.

import { paretoFront } from "../../ranking.ts";
import type { Metric } from "../../schema/index.ts";
import type { Leaderboard, LeaderboardRow } from "../../store/types.ts";

const WIDTH = 960;
const HEIGHT = 360;
const MARGIN = { top: 18, right: 24, bottom: 44, left: 62 };

interface Point {
  x: number;
  y: number;
  row: LeaderboardRow;
  isOnLine: boolean;
}

interface Axis {
  from: number;
  to: number;
  ticks: { at: number; text: string }[];
}

/** Values by day; nothing where fewer than two rows have a day and a number. */
export function TimeChart({ board }: { board: Leaderboard }) {
  const { metric, rows } = board;
  const points = rows.flatMap((row): Point[] =>
    row.value === undefined || row.result.date === undefined
      ? []
      : [{ x: Date.parse(row.result.date), y: row.value, row, isOnLine: row.wasStateOfTheArt }],
  );
  if (points.length < 2 || metric === undefined) return null;
  const steps = points.filter(({ isOnLine }) => isOnLine).sort((a, b) => a.x - b.x);
  return (
    <Chart
      id="over-time"
      title={`${metric.name} over time`}
      points={points}
      steps={steps}
      xAxis={timeAxis(points.map(({ x }) => x))}
      xName="date of the result"
      metric={metric}
      lineName="state of the art"
      extends
    />
  );
}

/** Values against a cost: millions of parameters, or another metric of the table where smaller is better. */
export function ParetoChart({ board, against }: { board: Leaderboard; against: Metric | undefined }) {
  const { metric, rows } = board;
  if (metric === undefined) return null;
  const costOf = (row: LeaderboardRow): number | undefined =>
    against === undefined ? row.variant?.parametersMillions : row.result.values[against.id]?.value;
  const front = paretoFront(
    rows.map((row) => ({ cost: costOf(row), value: row.value })),
    metric.isLoss,
  );
  const points = rows.flatMap((row, index): Point[] => {
    const cost = costOf(row);
    return cost === undefined || cost <= 0 || row.value === undefined
      ? []
      : [{ x: Math.log10(cost), y: row.value, row, isOnLine: front[index] === true }];
  });
  if (points.length < 2) return <p class="quiet">Fewer than two rows say what this figure needs.</p>;
  const name =
    against === undefined
      ? "parameters, millions"
      : `${against.name}${against.unitName === undefined ? "" : `, ${against.unitName}`}`;
  return (
    <Chart
      id="against-cost"
      title={`${metric.name} against ${name}`}
      points={points}
      steps={points.filter(({ isOnLine }) => isOnLine).sort((a, b) => a.x - b.x)}
      xAxis={logAxis(points.map(({ x }) => x))}
      xName={`${name} (logarithmic)`}
      metric={metric}
      lineName="Pareto front: nothing else is both smaller and better"
    />
  );
}

interface ChartProperties {
  id: string;
  title: string;
  points: readonly Point[];
  steps: readonly Point[];
  xAxis: Axis;
  xName: string;
  metric: Metric;
  lineName: string;
  /** Draw the last step on to the right edge. */
  extends?: boolean;
}

function Chart({ id, title, points: all, steps, xAxis, xName, metric, lineName, ...rest }: ChartProperties) {
  const points = withoutStragglers(all, metric.isLoss);
  const left = all.length - points.length;
  const yAxis = valueAxis(points.map(({ y }) => y));
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const xOf = (x: number): number => MARGIN.left + ((x - xAxis.from) / (xAxis.to - xAxis.from)) * (right - MARGIN.left);
  const yOf = (y: number): number => bottom - ((y - yAxis.from) / (yAxis.to - yAxis.from)) * (bottom - MARGIN.top);
  const path = steps
    .map(({ x, y }, index) => (index === 0 ? `M${at(xOf(x))} ${at(yOf(y))}` : `H${at(xOf(x))}V${at(yOf(y))}`))
    .join("");
  const labels = labelled(steps, xOf, yOf);
  const best = steps[steps.length - 1];
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby={`${id}-title ${id}-words`} font-size="12">
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-words`}>
          {`${points.length} results. ${lineName}: ${steps.map(({ row }) => `${row.result.modelName} ${row.value}`).join(", ")}.`}
        </desc>
        {yAxis.ticks.map((tick) => (
          <g>
            <line x1={MARGIN.left} x2={right} y1={at(yOf(tick.at))} y2={at(yOf(tick.at))} stroke="var(--line)" />
            <text x={MARGIN.left - 8} y={at(yOf(tick.at) + 4)} text-anchor="end" fill="var(--quiet)">
              {tick.text}
            </text>
          </g>
        ))}
        {xAxis.ticks.map((tick) => (
          <text x={at(xOf(tick.at))} y={bottom + 18} text-anchor="middle" fill="var(--quiet)">
            {tick.text}
          </text>
        ))}
        <text x={(MARGIN.left + right) / 2} y={HEIGHT - 6} text-anchor="middle" fill="var(--quiet)">
          {xName}
        </text>
        <text
          x="14"
          y={at((MARGIN.top + bottom) / 2)}
          transform={`rotate(-90 14 ${at((MARGIN.top + bottom) / 2)})`}
          text-anchor="middle"
          fill="var(--quiet)"
        >
          {`${metric.name}${metric.unit === "percent" ? ", %" : ""}${metric.isLoss ? " (lower is better)" : ""}`}
        </text>
        <path
          d={`${path}${rest.extends === true && best !== undefined ? `H${right}` : ""}`}
          fill="none"
          stroke="var(--a)"
          stroke-width="2"
        />
        {points.map(({ x, y, row, isOnLine }) => (
          // The table has the same links: the keyboard does not walk through every point.
          <a href={`/result/${row.result.id}`} tabindex={-1}>
            <title>{`${row.result.modelName}: ${metric.name} ${row.value}${row.result.date === undefined ? "" : `, ${row.result.date}`}`}</title>
            {row.result.origin === "measured" ? (
              <rect
                x={at(xOf(x) - 5)}
                y={at(yOf(y) - 5)}
                width="10"
                height="10"
                fill="var(--b)"
                stroke="var(--paper)"
              />
            ) : (
              <circle
                cx={at(xOf(x))}
                cy={at(yOf(y))}
                r={isOnLine ? 5.5 : 4}
                fill={isOnLine ? "var(--a)" : "var(--e)"}
                stroke="var(--paper)"
              />
            )}
          </a>
        ))}
        {labels.map(({ x, y, text, anchor }) => (
          <text
            x={at(x)}
            y={at(y)}
            text-anchor={anchor}
            fill="var(--ink)"
            stroke="var(--paper)"
            stroke-width="3"
            paint-order="stroke"
          >
            {text}
          </text>
        ))}
      </svg>
      <figcaption>{`Line: ${lineName}. Squares: measured by this project. Each point leads to its result.${left === 0 ? "" : ` ${left} far worse ${left === 1 ? "result is" : "results are"} not drawn.`}`}</figcaption>
    </figure>
  );
}

/** Names of the points on the line, as many as have room. */
function labelled(steps: readonly Point[], xOf: (x: number) => number, yOf: (y: number) => number) {
  const placed: { x: number; y: number; text: string; anchor: "start" | "middle" | "end" }[] = [];
  for (const { x, y, row } of [...steps].reverse()) {
    const text = row.result.modelName.length > 28 ? `${row.result.modelName.slice(0, 27)}…` : row.result.modelName;
    const half = text.length * 3.3;
    const anchor = xOf(x) + half > WIDTH - MARGIN.right ? "end" : xOf(x) - half < MARGIN.left ? "start" : "middle";
    const label = { x: xOf(x), y: yOf(y) < MARGIN.top + 22 ? yOf(y) + 20 : yOf(y) - 10, text, anchor } as const;
    const isFree = placed.every(
      (other) => Math.abs(other.y - label.y) > 14 || Math.abs(other.x - label.x) > half + other.text.length * 3.3 + 30,
    );
    if (isFree) placed.push(label);
  }
  return placed;
}

/**
 * The points worth a place: a few values far worse than the others (a model without training among trained ones) would press
 * everything else into a line.
 */
function withoutStragglers(points: readonly Point[], isLoss: boolean): Point[] {
  const sorted = points.map(({ y }) => y).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  const spread = at(0.75) - at(0.25);
  const kept = points.filter(({ y }) => (isLoss ? y <= at(0.75) + 3 * spread : y >= at(0.25) - 3 * spread));
  return points.length >= 10 && kept.length >= points.length * 0.9 ? kept : [...points];
}

function valueAxis(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = (high - low || Math.abs(high) || 1) * 0.12;
  const step = roundStep((high - low + 2 * pad) / 5);
  const from = Math.floor((low - pad) / step) * step;
  const to = Math.ceil((high + pad) / step) * step;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => from + index * step);
  return { from, to, ticks: ticks.map((tick) => ({ at: tick, text: tick.toFixed(digits) })) };
}

function timeAxis(days: readonly number[]): Axis {
  const first = new Date(Math.min(...days)).getUTCFullYear();
  const last = new Date(Math.max(...days)).getUTCFullYear() + 1;
  const every = Math.max(1, Math.ceil((last - first) / 12));
  const years = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(
    (year) => (year - first) % every === 0,
  );
  return {
    from: Date.UTC(first, 0),
    to: Date.UTC(last, 0),
    ticks: years.map((year) => ({ at: Date.UTC(year, 0), text: String(year) })),
  };
}

function logAxis(logarithms: readonly number[]): Axis {
  const from = Math.min(...logarithms) - 0.15;
  const to = Math.max(...logarithms) + 0.15;
  const ticks: Axis["ticks"] = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++) {
    for (const factor of [1, 2, 5]) {
      const tick = power + Math.log10(factor);
      if (tick >= from && tick <= to)
        ticks.push({ at: tick, text: String(Number((factor * 10 ** power).toPrecision(3))) });
    }
  }
  return { from, to, ticks };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
}

function at(coordinate: number): number {
  return Number(coordinate.toFixed(1));
}
