// `biobert pull`: a model by its name from a Hugging Face hub into the hub's own cache; a line that moves for people, JSON
// lines for programs. Also what the other commands say when `--model` names one.

import type { Command } from "commander";
import { BiobertError, VERSION } from "../core/index.ts";
import type { KnownModel, PullEvent } from "../hub/index.ts";
import type { CommandContext } from "./common/context.ts";
import { EXIT } from "./common/errors.ts";
import { shellQuote } from "./common/options.ts";
import { print } from "./common/output.ts";
import { ProgressLine, formatBytes, formatDuration, tableLines, withoutControls } from "./common/terminal.ts";

interface PullOptions {
  list: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  biobert pull dmis-lab/biobert-base-cased-v1.1
  biobert pull dmis-lab/biobert-base-cased-v1.1@main
  biobert fine-tune ner --model dmis-lab/biobert-base-cased-v1.1 --train train.tsv --dev dev.tsv --out my-model

Models go into the cache that Python's huggingface_hub and transformers use, and what they cached is used here.
HF_HOME and HF_HUB_CACHE move it, HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 forbids the network; a token for
private and gated models is read from HF_TOKEN or the file that "hf auth login" writes. Ctrl-C stops; the same command
goes on from there.`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerPull(program: Command, context: CommandContext, finish: (code: number) => void): void {
  program
    .command("pull")
    .description("fetch a model's weights from a Hugging Face hub")
    .argument("[NAME]", "ORGANISATION/NAME, or ORGANISATION/NAME@REVISION (a branch, tag or commit)")
    .option("--list", "list models to start from", false)
    .option("--json", "events, or the list, as JSON lines on standard output, also on a terminal", false)
    .addHelpText("after", EXAMPLES)
    .action(async (name: string | undefined, options: PullOptions) => {
      finish(options.list ? await list(name, options, context) : await pull(name, options, context));
    });
}

/**
 * The directory of what `--model` names: a path, or a name on a hub, which is pulled where the cache does not have it; what
 * happens is told on standard error. Errors: those of the hub.
 */
export async function resolveModelArgument(nameOrPath: string, context: CommandContext): Promise<string> {
  const { resolveModel } = await context.rooms.hub();
  const display = new PullDisplay(context);
  try {
    return await resolveModel(nameOrPath, {
      ...pullSettings(context),
      onEvent: (event) => display.show(event),
      onHubName: ({ name, revision, cached }) => {
        const at = revision === "main" ? name : `${name}@${revision}`;
        if (cached === undefined) context.stderr.write(`${at}: not in the cache, pulling it\n`);
        else if (context.stderr.isTTY === true) context.stderr.write(`${at}: using ${cached}\n`);
      },
    });
  } finally {
    display.clear();
  }
}

async function pull(name: string | undefined, options: PullOptions, context: CommandContext): Promise<number> {
  if (name === undefined) {
    throw new BiobertError({
      code: "usage",
      message: "no model is named",
      hint: "See what there is with biobert pull --list.",
    });
  }
  const asJson = options.json || context.stdout.isTTY !== true;
  const { pullModel } = await context.rooms.hub();
  const display = new PullDisplay(context);
  // A download does not wait for the reader of a pipe: its events are written one after another beside it.
  let written: Promise<void> = Promise.resolve();
  let toldAt = -Infinity;
  const tell = (event: PullEvent): void => {
    display.show(event);
    if (!asJson) return;
    const now = performance.now();
    if (event.type === "progress" && now - toldAt < 1000) return;
    if (event.type === "progress") toldAt = now;
    written = written.then(() => print(context.stdout, `${JSON.stringify(event)}\n`));
    written.catch(() => undefined);
  };
  try {
    const { directory } = await pullModel(name, { ...pullSettings(context), onEvent: tell });
    await written;
    display.clear();
    if (!asJson)
      await print(
        context.stdout,
        `Model  ${directory}\nUse    biobert fine-tune ner --model ${shellQuote(name)} ...\n`,
      );
  } finally {
    display.clear();
  }
  return EXIT.done;
}

function pullSettings(context: CommandContext) {
  const userAgent = `biobert/${VERSION}`;
  return { environment: context.environment, signal: context.signal, userAgent };
}

async function list(name: string | undefined, options: PullOptions, context: CommandContext): Promise<number> {
  const { KNOWN_MODELS } = await context.rooms.hub();
  const wanted = (name ?? "").toLowerCase();
  const models = KNOWN_MODELS.filter((model) =>
    `${model.name} ${model.formerName ?? ""}`.toLowerCase().includes(wanted),
  );
  const text = options.json ? models.map((model) => JSON.stringify(model)) : knownTable(models);
  await print(context.stdout, `${text.join("\n")}\n`);
  return EXIT.done;
}

function knownTable(models: readonly KnownModel[]): string[] {
  const columns = ["name", "cased", "licence", "what it is", "paper"].map((title) => ({ title }));
  const rows = models.map(({ name, cased, licence, description, paper }) =>
    [name, cased ? "cased" : "uncased", licence, description, paper].map((text) => ({ text })),
  );
  return [
    ...tableLines(columns, rows),
    "",
    "Licences are those stated on the models' pages; where none is stated, ask the publisher. Other names can be pulled too.",
  ];
}

/** What a person sees: a line that moves with the bytes, and one that stays for what went wrong on the way. */
class PullDisplay {
  private readonly line: ProgressLine;
  private readonly context: CommandContext;
  private files = 0;

  constructor(context: CommandContext) {
    this.context = context;
    this.line = new ProgressLine(context.stderr);
  }

  clear(): void {
    this.line.clear();
  }

  show(event: PullEvent): void {
    switch (event.type) {
      case "start":
        this.files = event.files.length;
        this.note(
          `${event.name} at ${event.commit.slice(0, 12)}: ${this.files} files, ${formatBytes(event.totalBytes)}`,
        );
        break;
      case "file":
        if (event.state === "resume") this.note(`${event.file}: going on from ${formatBytes(event.fromByte)}`);
        break;
      case "progress": {
        const left = event.bytesPerSecond > 0 ? (event.totalBytes - event.bytes) / event.bytesPerSecond : NaN;
        this.line.show(
          () =>
            `${event.file}  ${formatBytes(event.bytes)} of ${formatBytes(event.totalBytes)}  ${formatBytes(event.bytesPerSecond)}/s  ETA ${formatDuration(left)}`,
        );
        break;
      }
      case "retry":
        this.note(`${event.what}: ${event.reason}; trying again in ${formatDuration(event.waitSeconds)}`);
        break;
      case "damaged":
        this.note(`${event.file}: ${event.reason}; fetching it again`);
        break;
      case "waiting":
        this.note(`${event.file}: another process fetches it, waiting`);
        break;
      case "warning":
        this.warn(`warning[${event.code}]: ${event.message}`);
        break;
      case "end":
        if (event.downloadedBytes === 0) this.note("already in the cache");
        else this.note(`${formatBytes(event.downloadedBytes)} in ${formatDuration(event.seconds)}, checked`);
    }
  }

  private note(text: string): void {
    if (this.context.stderr.isTTY === true) this.warn(text);
  }

  private warn(text: string): void {
    this.line.clear();
    this.context.stderr.write(`${withoutControls(text)}\n`);
  }
}
