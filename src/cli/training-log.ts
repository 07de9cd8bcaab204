// The events of a training run, kept as JSON lines beside the model, so that the report of a resumed run shows all of it.

import { appendFileSync, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { readLines, writeFileAtomic } from "../data/index.ts";
import type { TrainingEvent } from "../training/index.ts";
import { outputErrorOf } from "./output.ts";

/** A log at `path`; `events` holds what a report needs, from the run's very first step. */
export class TrainingLog {
  events: TrainingEvent[] = [];
  private readonly path: string;
  private started = false;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Takes one event. The file begins at `start`: anew, or, when the run resumes from a checkpoint, with what it holds up to
   * that step; what was logged after the checkpoint is done again and so logged again. Errors: as writing a file gives.
   */
  async add(event: TrainingEvent): Promise<void> {
    this.events.push(event);
    try {
      if (event.type === "start") await this.begin(event.resumedFromStep);
      else if (this.started) appendFileSync(this.path, `${JSON.stringify(event)}\n`);
    } catch (error) {
      throw outputErrorOf(error, this.path);
    }
  }

  private async begin(resumedFromStep: number | undefined): Promise<void> {
    if (resumedFromStep !== undefined) this.events = [...(await this.earlier(resumedFromStep)), ...this.events];
    await mkdir(dirname(this.path), { recursive: true });
    await writeFileAtomic(this.path, this.events.map((item) => `${JSON.stringify(item)}\n`).join(""));
    this.started = true;
  }

  private async earlier(lastStep: number): Promise<TrainingEvent[]> {
    if (!existsSync(this.path)) return [];
    const events: TrainingEvent[] = [];
    for await (const line of readLines(this.path)) {
      const event = "text" in line ? parsed(line.text) : undefined;
      if (event !== undefined && "step" in event && event.step <= lastStep) events.push(event);
    }
    return events;
  }
}

/** Where `--events` asks for a file of events, its path; `-` is standard output. */
export function eventsFileOf({ events }: { events?: string }): string | undefined {
  return events === "-" ? undefined : events;
}

/** The events of several trainings as JSON lines, begun anew by each command. */
export class EventsFile {
  private started = false;

  constructor(private readonly path: string) {}

  /** Takes one event. Errors: as writing a file gives. */
  async add(event: object): Promise<void> {
    const line = `${JSON.stringify(event)}\n`;
    try {
      if (this.started) return appendFileSync(this.path, line);
      await mkdir(dirname(this.path), { recursive: true });
      await writeFileAtomic(this.path, line);
      this.started = true;
    } catch (error) {
      throw outputErrorOf(error, this.path);
    }
  }
}

/** A line that a killed process left half written is no event. */
function parsed(line: string): TrainingEvent | undefined {
  try {
    return JSON.parse(line) as TrainingEvent;
  } catch {
    return undefined;
  }
}
