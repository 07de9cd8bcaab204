// ONNX Runtime's profile of one run, summed up: which operators take the time, by their type and by their shapes.

import { readFileSync } from "node:fs";

interface Event {
  cat: string;
  name: string;
  ts: number;
  dur: number;
  args?: { op_name?: string; output_type_shape?: Record<string, number[]>[] };
}

export interface OperatorTime {
  operator: string;
  calls: number;
  seconds: number;
  /** Of the time in all operators. */
  share: number;
}

export interface Profile {
  /** Time in all operators of the run. */
  seconds: number;
  /** By type, the costliest first. */
  operators: OperatorTime[];
  /** By direction, type and shape of the result, the costliest first; the two dozen that take most. */
  kinds: OperatorTime[];
}

const KINDS = 24;

function kindOf(event: Event): string {
  const direction = event.name.startsWith("gradient.") ? "backward" : "forward";
  const shape = Object.values(event.args?.output_type_shape?.[0] ?? {})[0] ?? [];
  return `${direction} ${event.args!.op_name} [${shape.join(", ")}]`;
}

function sumUp(events: readonly Event[], key: (event: Event) => string): OperatorTime[] {
  const total = events.reduce((sum, { dur }) => sum + dur, 0);
  const groups = new Map<string, { calls: number; seconds: number }>();
  for (const event of events) {
    const group = groups.get(key(event)) ?? { calls: 0, seconds: 0 };
    groups.set(key(event), { calls: group.calls + 1, seconds: group.seconds + event.dur / 1e6 });
  }
  return [...groups]
    .map(([operator, group]) => ({ operator, ...group, share: group.seconds / (total / 1e6) }))
    .sort((a, b) => b.seconds - a.seconds);
}

/** Sums up the last run in a profile that ONNX Runtime wrote. */
export function readProfile(file: string): Profile {
  const events = JSON.parse(readFileSync(file, "utf8")) as Event[];
  const runs = events.filter(({ name }) => name === "model_run");
  const last = runs.reduce((a, b) => (b.ts > a.ts ? b : a));
  const nodes = events.filter(
    ({ cat, name, ts }) => cat === "Node" && name.endsWith("_kernel_time") && ts >= last.ts && ts <= last.ts + last.dur,
  );
  const operators = sumUp(nodes, (event) => event.args!.op_name!);
  const seconds = operators.reduce((sum, operator) => sum + operator.seconds, 0);
  return { seconds, operators, kinds: sumUp(nodes, kindOf).slice(0, KINDS) };
}
