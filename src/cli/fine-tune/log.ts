// The events of a training run, kept as JSON lines beside the model, so that the report of a resumed run shows all of it.

import { appendFileSync, statSync } from "node:fs";
import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readLines, writeFileAtomic } from "../../data/index.ts";
import type { TrainingEvent } from "../../training/index.ts";
import { outputErrorOf } from "../common/output.ts";

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
    if (resumedFromStep !== undefined) {
      const earlier = await readEvents(this.path);
      this.events = [...earlier.filter((one) => "step" in one && one.step <= resumedFromStep), ...this.events];
    }
    await mkdir(dirname(this.path), { recursive: true });
    await writeFileAtomic(this.path, this.events.map((item) => `${JSON.stringify(item)}\n`).join(""));
    this.started = true;
  }
}

/** The logs of one training: that in its directory, and what `--events` asks for where that is another file. */
export async function trainingLogs({
  out,
  events,
}: {
  out: string;
  events?: string;
}): Promise<[TrainingLog, ...TrainingLog[]]> {
  const own = join(out, "events.jsonl");
  const asked = eventsFileOf({ events });
  const isOther = asked !== undefined && (await placeOf(asked)) !== (await placeOf(own));
  return [new TrainingLog(own), ...(isOther ? [new TrainingLog(asked)] : [])];
}

/** Where a path leads, links followed, also that of a file that is not there yet. */
async function placeOf(path: string): Promise<string> {
  const folder = dirname(path);
  const place = async () => join(await realpath(folder).catch(() => resolve(folder)), basename(path));
  return realpath(path).catch(place);
}

/** Where `--events` asks for a file of events, its path; `-` is standard output. */
export function eventsFileOf({ events }: { events?: string }): string | undefined {
  return events === "-" ? undefined : events;
}

/** An event of one of several trainings: a name says of which, `event` is the training's own. */
interface NamedEvent {
  type: string;
  name?: string;
  result?: { name: string };
  event?: TrainingEvent;
}

/**
 * The events of several trainings as JSON lines. A command that `goesOn` keeps what an earlier one wrote, but of each training that it goes
 * on with only the steps up to its checkpoint: what came after is done again and so logged again.
 */
export class EventsFile {
  private started = false;
  /** How many lines of the file an earlier command wrote. */
  private earlier = 0;

  constructor(
    private readonly path: string,
    private readonly goesOn: boolean,
  ) {}

  /** Takes one event. Errors: as writing a file gives. */
  async add(event: NamedEvent): Promise<void> {
    try {
      if (!this.started) await this.begin();
      if (this.earlier > 0 && event.event?.type === "start") await this.forget(event.name, event.event.resumedFromStep);
      appendFileSync(this.path, `${JSON.stringify(event)}\n`);
    } catch (error) {
      throw outputErrorOf(error, this.path);
    }
  }

  private async begin(): Promise<void> {
    const events = this.goesOn ? await readEvents<NamedEvent>(this.path) : [];
    await mkdir(dirname(this.path), { recursive: true });
    await this.write(events);
    this.earlier = events.length;
    this.started = true;
  }

  private async forget(name: string | undefined, lastStep = 0): Promise<void> {
    const events = await readEvents<NamedEvent>(this.path);
    const isKept = ({ name: own, result, event }: NamedEvent): boolean =>
      (own ?? result?.name) !== name || (event !== undefined && "step" in event && event.step <= lastStep);
    const kept = events.slice(0, this.earlier).filter(isKept);
    await this.write([...kept, ...events.slice(this.earlier)]);
    this.earlier = kept.length;
  }

  private write(events: readonly NamedEvent[]): Promise<void> {
    return writeFileAtomic(this.path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }
}

/** The events in a file, none where it is a pipe; a line that a killed process left half written is none. */
async function readEvents<Event extends object = TrainingEvent>(path: string): Promise<Event[]> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
  const events: Event[] = [];
  for await (const line of readLines(path)) {
    const event = "text" in line ? parsed<Event>(line.text) : undefined;
    if (typeof event === "object" && event !== null) events.push(event);
  }
  return events;
}

function parsed<Event>(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}
