// The reports of a run's parts, the folds of a cross-validation or the trials of a search: each written when its training ends.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDirectory, writeFileAtomic } from "../../data/index.ts";
import type { PartScores, ReportLink } from "../../evaluation/index.ts";
import type { CrossValidationEvent, MetricUnits, SearchEvent } from "../../training/index.ts";
import { TrainingLog } from "./log.ts";

/** What is the same for all parts. */
export interface PartsSummary {
  /** The folder of the whole run. */
  out: string;
  /** What is trained. */
  title: string;
  configuration: Readonly<Record<string, string | number | boolean>>;
  /** The command that makes the run again. */
  command: string;
}

interface Part {
  name: string;
  log: TrainingLog;
  /** From the folder of the whole run, with forward slashes. */
  report: string;
  subtitle: string;
  heldOut: "dev" | "fold";
  configuration: PartsSummary["configuration"];
}

/** Keeps the events of each part beside its report; the models of trials that lose are removed, so theirs lie in a folder of their own. */
export class PartReports {
  private readonly summary: PartsSummary;
  private readonly reports = new Map<string, string>();
  private readonly finished: PartScores[] = [];
  private units: MetricUnits | undefined;
  private of = 0;
  private current: Part | undefined;

  constructor(summary: PartsSummary) {
    this.summary = summary;
  }

  /** Takes one event of the whole run. Errors: as writing a file gives. */
  async add(event: CrossValidationEvent | SearchEvent): Promise<void> {
    if ("of" in event) this.of = event.of;
    if (event.type === "fold-start") {
      const folder = `fold-${event.name}`;
      this.begin(`fold ${event.name}`, {
        events: `${folder}/events.jsonl`,
        report: `${folder}/report.html`,
        subtitle: `The model is in ${join(this.summary.out, folder)}`,
        heldOut: "fold",
        configuration: { fold: `${event.fold} of ${event.of}` },
      });
    } else if (event.type === "trial-start") {
      this.begin(event.name, {
        events: `reports/${event.name}.events.jsonl`,
        report: `reports/${event.name}.html`,
        subtitle: "A trial of a search, of which the best one's model is kept",
        heldOut: "dev",
        configuration: { ...event.point },
      });
    } else if (event.type === "trial-end") {
      const { name, diverged, selectedBy, selection } = event.result;
      this.units ??= event.result.units;
      this.finished.push({ name, metrics: diverged ? {} : { [selectedBy]: selection } });
      const report = `reports/${name}.html`;
      if (diverged && event.known === undefined)
        await this.write({ note: "This training diverged; its score does not count." });
      if (event.known && existsSync(join(this.summary.out, report))) this.reports.set(name, report);
    } else if (event.type === "fold-end") {
      this.finished.push({ name: `fold ${event.result.name}`, metrics: event.result.metrics });
    } else {
      if (event.event.type === "evaluation") this.units ??= event.event.units;
      await this.current?.log.add(event.event);
      if (event.event.type === "end") await this.write({});
    }
  }

  /**
   * Writes the report of the part that was not trained to its end, if it made a step, and the page of all that is there. `failure`
   * says what ended the run, where it was not stopped. Errors: as writing a file gives.
   */
  async stop(failure?: string): Promise<void> {
    if (this.current?.log.events.some(({ type }) => type === "step"))
      await this.write(failure === undefined ? { interrupted: true } : { failure });
    if (this.reports.size === 0) return;
    const { unfinishedReport } = await import("../../evaluation/index.ts");
    const { out, title } = this.summary;
    const html = unfinishedReport(this.finished, {
      title: `${title}: ${out}`,
      of: this.of,
      reports: this.links(),
      ...(failure === undefined ? {} : { failure }),
      ...(this.units === undefined ? {} : { units: this.units }),
    });
    await writeFileAtomic(join(out, "report.html"), html);
  }

  /** Where the reports are, seen from the folder of the whole run. */
  links(): ReportLink[] {
    return [...this.reports].map(([name, path]) => ({ name, path }));
  }

  private begin(name: string, { events, ...part }: Omit<Part, "name" | "log"> & { events: string }): void {
    this.current = { name, log: new TrainingLog(join(this.summary.out, events)), ...part };
  }

  private async write(state: { interrupted?: boolean; failure?: string; note?: string }): Promise<void> {
    if (this.current === undefined) return;
    const { name, log, report, subtitle, heldOut, configuration } = this.current;
    const { out, title, command } = this.summary;
    const { trainingReport } = await import("../../evaluation/index.ts");
    const html = trainingReport(
      log.events,
      { ...this.summary.configuration, ...configuration },
      { title: `${title}, ${name}: ${out}`, output: out, subtitle, heldOut, command, ...state },
    );
    await ensureDirectory(join(out, report, ".."));
    await writeFileAtomic(join(out, report), html);
    this.reports.set(name, report);
    // The events of one part are enough to hold at a time.
    this.current = undefined;
  }
}
