// What a person at a terminal sees of a training run.

import type { TrainingEvent } from "../../training/index.ts";
import type { CommandContext } from "../common/context.ts";
import { ProgressLine, formatCount, formatDuration } from "../common/terminal.ts";

/** What a person at a terminal sees: a line that moves with the steps, and one that stays for each evaluation. */
export class TrainingDisplay {
  private readonly line: ProgressLine;
  private readonly context: CommandContext;
  private steps = 0;
  private epochs = 0;
  private firstStep: number | undefined;
  private startedAt = 0;
  private loss: number | undefined;
  private tokensPerSecond: number | undefined;

  constructor(context: CommandContext) {
    this.context = context;
    this.line = new ProgressLine(context.stderr);
  }

  /** Another training begins: what was counted of the last one is forgotten. */
  begin(title: string): void {
    this.firstStep = undefined;
    this.loss = undefined;
    this.tokensPerSecond = undefined;
    this.note(title);
  }

  clear(): void {
    this.line.clear();
  }

  show(event: TrainingEvent): void {
    if (event.type === "start") {
      this.steps = event.steps;
      this.epochs = event.epochs;
      const from =
        event.resumedFromStep === undefined ? "" : `, resumed after step ${formatCount(event.resumedFromStep)}`;
      this.note(
        `${formatCount(event.examples)} examples, ${event.epochs} epochs, ${formatCount(event.steps)} steps, ${(event.parameters / 1e6).toFixed(1)} M parameters${from}`,
      );
    } else if (event.type === "step") this.step(event);
    else if (event.type === "plan") this.note(`memory: ${event.message}`);
    else if (event.type === "warning") this.note(`warning[${event.code}]: ${event.message}`);
    else if (event.type === "evaluation") {
      const metrics = Object.entries(event.metrics).map(
        ([name, value]) => `${name} ${value.toFixed(event.units?.[name] === undefined ? 2 : 4)}`,
      );
      this.note(`epoch ${event.epoch}  dev ${metrics.join("  ")}${event.best ? "  (best so far)" : ""}`);
    }
  }

  private step(event: Extract<TrainingEvent, { type: "step" }>): void {
    const now = performance.now() / 1000;
    if (this.firstStep === undefined) {
      this.firstStep = event.step;
      this.startedAt = now - event.seconds;
    }
    const mixed = (old: number | undefined, value: number): number =>
      old === undefined ? value : 0.9 * old + 0.1 * value;
    this.loss = mixed(this.loss, event.loss);
    this.tokensPerSecond = mixed(this.tokensPerSecond, event.tokens / Math.max(event.seconds, 1e-9));
    const done = event.step - this.firstStep + 1;
    const left = ((now - this.startedAt) / done) * (this.steps - event.step);
    this.line.show(
      () =>
        `epoch ${event.epoch}/${this.epochs}  step ${formatCount(event.step)}/${formatCount(this.steps)}  loss ${this.loss?.toFixed(4)}  ${formatCount(this.tokensPerSecond ?? 0)} tokens/s  ETA ${formatDuration(left)}`,
    );
  }

  private note(text: string): void {
    if (this.context.stderr.isTTY !== true) return;
    this.line.clear();
    this.context.stderr.write(`${text}\n`);
  }
}
