// The events of a training run, kept beside its checkpoint, so that what is said of a run that was stopped and went on is said of all
// of it.

import { exists, readText, writeFileAtomic } from "../data/index.ts";
import type { TrainingEvent } from "../training/index.ts";

/** Events in the order they came; written at every checkpoint, and a run that goes on begins with those up to its checkpoint. */
export class KeptEvents {
  events: TrainingEvent[] = [];
  private readonly path: string;

  constructor(directory: string) {
    this.path = `${directory}/events.jsonl`;
  }

  /** Takes one event. Errors: those of writing. */
  async add(event: TrainingEvent): Promise<void> {
    if (event.type === "start" && event.resumedFromStep !== undefined) {
      const last = event.resumedFromStep;
      const earlier = await this.read();
      this.events.unshift(...earlier.filter((one) => "step" in one && one.step <= last));
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
