// The events of a training run, kept beside its checkpoint, so that what is said of a run that was stopped and went on is said of all
// of it.

import { exists, readText, writeFileAtomic } from "../data/index.ts";
import { type Curves, curvesOf } from "../evaluation/index.ts";
import type { TrainingEvent } from "../training/index.ts";
import { type FinishedRun, readRun } from "./run-file.ts";

const EVENTS_FILE = "events.jsonl";

/** Events in the order they came; written at every checkpoint, and a run that goes on begins with those up to its checkpoint. */
export class KeptEvents {
  events: TrainingEvent[] = [];
  private readonly path: string;

  constructor(directory: string) {
    this.path = `${directory}/${EVENTS_FILE}`;
  }

  /** Takes one event. Errors: those of writing. */
  async add(event: TrainingEvent): Promise<void> {
    if (event.type === "start" && event.resumedFromStep !== undefined) {
      const last = event.resumedFromStep;
      const earlier = await this.read();
      this.events = [...earlier.filter((one) => "step" in one && one.step <= last), ...this.events];
    }
    this.events.push(event);
    if (event.type === "checkpoint" || event.type === "end") await this.write();
  }

  private async read(): Promise<TrainingEvent[]> {
    return (await exists(this.path)) ? readEvents(this.path) : [];
  }

  private write(): Promise<void> {
    return writeFileAtomic(this.path, this.events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }
}

/** Updates and the seconds of all of them, each counted once. */
export function trainingTime(events: readonly TrainingEvent[]): { steps: number; trainingSeconds: number } {
  const seconds = new Map<number, number>();
  for (const event of events) if (event.type === "step") seconds.set(event.step, event.seconds);
  return { steps: seconds.size, trainingSeconds: [...seconds.values()].reduce((sum, value) => sum + value, 0) };
}

/** The events of a run's file; a line that a killed process left half written is passed over. Errors: those of reading text. */
export async function readEvents(path: string): Promise<TrainingEvent[]> {
  return (await readText(path)).split("\n").flatMap((line): TrainingEvent[] => {
    try {
      return line === "" ? [] : [JSON.parse(line) as TrainingEvent];
    } catch {
      return [];
    }
  });
}

/** What the events that a model's directory keeps say of its training; nothing where it keeps none. Errors: those of reading text. */
export async function trainingFacts(
  directory: string,
): Promise<{ steps?: number; trainingSeconds?: number; curves?: Curves }> {
  const path = `${directory}/${EVENTS_FILE}`;
  if (!(await exists(path))) return {};
  const events = await readEvents(path);
  const curves = curvesOf(events);
  return { ...trainingTime(events), ...(curves === undefined ? {} : { curves }) };
}

/** The finished run of a directory; one that an earlier version wrote has its curves from the events beside. Errors: those of both. */
export async function readRunWithCurves(directory: string): Promise<FinishedRun | undefined> {
  const run = await readRun(directory);
  if (run === undefined || run.curves !== undefined) return run;
  const { curves } = await trainingFacts(directory);
  return { ...run, ...(curves === undefined ? {} : { curves }) };
}
