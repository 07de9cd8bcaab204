// What a person at a terminal sees of a reproduction: a line that moves with the steps, and lines that stay for what is finished.

import type { ReproductionEvent } from "../../reproduction/index.ts";
import type { CommandContext } from "../common/context.ts";
import { formatCount, formatDuration, ProgressLine, withoutControls } from "../common/terminal.ts";

/** Shows events of `reproduce` and of its search; warnings go to standard error in a pipe, too. */
export class ReproductionDisplay {
  private readonly line: ProgressLine;
  private readonly context: CommandContext;
  private readonly said = new Set<string>();
  private steps = 0;
  private first: { step: number; at: number } | undefined;
  private name = "";

  constructor(context: CommandContext) {
    this.context = context;
    this.line = new ProgressLine(context.stderr);
  }

  /** Takes the moving line away. */
  clear(): void {
    this.line.clear();
  }

  /** Shows one event. */
  show(event: ReproductionEvent): void {
    switch (event.type) {
      case "recipe":
        return this.note(
          `${event.title} (${event.id}) from ${event.start}: seeds ${event.seeds.join(", ")}${event.folds === undefined ? "" : `, ${event.folds.length} folds each`}; into ${event.out}`,
        );
      case "data":
        return this.note(
          `data${event.fold === undefined ? "" : `, fold ${event.fold}`}: ${formatCount(event.examples.train)} to train on, ${event.examples.dev === 0 ? "" : `${formatCount(event.examples.dev)} to choose by, `}${formatCount(event.examples.test)} to score${event.overlapping === 0 ? "" : `, ${formatCount(event.overlapping)} of them shared with training`}`,
        );
      case "estimate":
        return this.note(
          event.basis === "recipe"
            ? `about ${formatDuration(event.seconds)} for ${runs(event.runs)}, by the recipe${event.machine === undefined ? "" : ` (${event.machine})`}`
            : `about ${formatDuration(event.seconds)} left for ${runs(event.runs)}, by this run's own steps`,
        );
      case "run":
        this.name = `run ${event.number}/${event.of}, seed ${event.seed}${event.fold === undefined ? "" : `, fold ${event.fold}`}`;
        this.first = undefined;
        if (event.state === "found") this.note(`${this.name}: finished before`);
        return undefined;
      case "training":
        return this.training(event.event);
      case "score":
        return this.note(
          `${this.name}: ${Object.entries(event.metrics)
            .slice(0, 4)
            .map(([metric, value]) => `${metric} ${value.toFixed(2)}`)
            .join("  ")}`,
        );
      case "tried":
        return this.note(
          `${Object.entries(event.settings)
            .map(([setting, value]) => `${setting} ${value}`)
            .join(", ")}: dev ${event.metric} ${event.value.toFixed(2)}`,
        );
      case "warning":
        return this.warn(event.code, event.message);
      case "record":
        return undefined;
    }
  }

  private training(event: Extract<ReproductionEvent, { type: "training" }>["event"]): void {
    if (event.type === "start") {
      this.steps = event.steps;
      if (event.resumedFromStep !== undefined)
        this.note(`${this.name}: goes on after step ${formatCount(event.resumedFromStep)}`);
    } else if (event.type === "warning") this.warn(event.code, event.message);
    else if (event.type === "step") {
      const now = performance.now() / 1000;
      this.first ??= { step: event.step - 1, at: now - event.seconds };
      const left = ((now - this.first.at) / (event.step - this.first.step)) * (this.steps - event.step);
      this.line.show(
        () =>
          `${this.name}  epoch ${event.epoch}  step ${formatCount(event.step)}/${formatCount(this.steps)}  loss ${event.loss.toFixed(4)}  ETA ${formatDuration(left)}`,
      );
    }
  }

  /** Each warning once. */
  private warn(code: string, message: string): void {
    const text = `warning[${code}]: ${withoutControls(message)}\n`;
    if (this.said.has(text)) return;
    this.said.add(text);
    this.line.clear();
    this.context.stderr.write(text);
  }

  private note(text: string): void {
    if (this.context.stderr.isTTY !== true) return;
    this.line.clear();
    this.context.stderr.write(`${text}\n`);
  }
}

function runs(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`;
}
