// The learning curves that a result record carries: the events of a training run thinned to what a small chart shows, so that the way
// there is not lost when the run's directory is.

import type { TrainingEvent } from "../training/index.ts";
import { unitOf } from "./metric-names.ts";
import type { Curves } from "./record-runs.ts";

/** Points of a loss curve at most: a chart shows no more, and a record stays readable. */
export const RECORD_CURVE_POINTS = 60;
const MOST_EVALUATIONS = 200;

/** At most `most` points, each the mean of its neighbours. */
export function thinned(points: readonly (readonly [number, number])[], most: number): [number, number][] {
  if (points.length <= most) return points.map(([x, y]) => [x, y]);
  const size = points.length / most;
  return Array.from({ length: most }, (_, index): [number, number] => {
    const group = points.slice(Math.floor(index * size), Math.floor((index + 1) * size));
    return meanPoint(group);
  });
}

/**
 * The curves of a run from its events: loss by step, the metric of the choice on dev at each evaluation. Steps that are told twice, by a
 * run that went on from a checkpoint, count as they were told last. Undefined where the events have neither.
 */
export function curvesOf(events: readonly TrainingEvent[]): Curves | undefined {
  const losses = new Map<number, number>();
  const evaluations = new Map<number, Extract<TrainingEvent, { type: "evaluation" }>>();
  for (const event of events) {
    if (event.type === "step") losses.set(event.step, event.loss);
    else if (event.type === "evaluation") evaluations.set(event.step, event);
  }
  const loss = thinned(inOrder([...losses]), RECORD_CURVE_POINTS);
  const last = [...evaluations.values()].at(-1);
  const metric = last?.selectedBy ?? "f1";
  const scores = [...evaluations].map(([step, { metrics }]): [number, number] => [step, metrics[metric] ?? Number.NaN]);
  const dev = thinned(inOrder(scores), MOST_EVALUATIONS);
  if (loss.length + dev.length === 0) return undefined;
  return {
    ...(loss.length === 0 ? {} : { loss: loss.map(rounded) }),
    ...(dev.length === 0 ? {} : { dev: { metric, unit: unitOf(metric, last?.units), points: dev.map(rounded) } }),
  };
}

/** The means of the curves of several folds, point by point as far as all of them go; undefined where one has none. */
export function meanCurves(all: readonly (Curves | undefined)[]): Curves | undefined {
  const present = all.filter((curves) => curves !== undefined);
  if (present.length === 0 || present.length < all.length) return undefined;
  const loss = meanOf(present.map((curves) => curves.loss));
  const [dev] = present.map((curves) => curves.dev);
  const isSame = present.every((curves) => curves.dev?.metric === dev?.metric);
  const points = isSame ? meanOf(present.map((curves) => curves.dev?.points)) : undefined;
  if (loss === undefined && points === undefined) return undefined;
  return {
    ...(loss === undefined ? {} : { loss }),
    ...(dev === undefined || points === undefined ? {} : { dev: { ...dev, points } }),
  };
}

function meanOf(curves: readonly ([number, number][] | undefined)[]): [number, number][] | undefined {
  const present = curves.filter((curve) => curve !== undefined);
  if (present.length < curves.length) return undefined;
  const length = Math.min(...present.map((curve) => curve.length));
  return Array.from({ length }, (_, index) => rounded(meanPoint(present.map((curve) => curve[index]!))));
}

function meanPoint(points: readonly (readonly [number, number])[]): [number, number] {
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  return [mean(0), mean(1)];
}

/** By step; a loss that is no number (a run that diverged) has no place in a chart. */
function inOrder(points: readonly [number, number][]): [number, number][] {
  return points.filter(([, y]) => Number.isFinite(y)).sort(([a], [b]) => a - b);
}

/** A whole step, and a value to the four digits that a chart could show. */
function rounded([step, value]: readonly [number, number]): [number, number] {
  return [Math.round(step), Number(value.toPrecision(4))];
}
