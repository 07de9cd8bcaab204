// `biobert annotate`: raw text in, entities with UTF-16 offsets out, one document at a time as they are done.

import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { type Command, Option } from "commander";
import { BiobertError, type WarningSink } from "../../core/index.ts";
import type { StandoffDocument } from "../../formats/index.ts";
import type { AnnotatedDocument, WindowMode } from "../../inference/index.ts";
import { TableWriter } from "./table.ts";
import { bratPlace, writeBrat } from "../common/brat.ts";
import type { CommandContext } from "../common/context.ts";
import { type InputKind, readDocuments } from "../common/documents.ts";
import { EXIT, reportError } from "../common/errors.ts";
import { type InputSource, fileSource, interruptedError, prepended, streamSource } from "../common/input.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  numberBetween,
  precisionOption,
  warnOnce,
  wholeNumber,
  withModelPlaces,
} from "../common/options.ts";
import { deliver } from "../common/output.ts";
import { resolveModelArgument } from "../pull.ts";
import type { Precision, SourceDocument } from "../common/rooms.ts";
import { ProgressLine, formatCount, formatDuration, wantsColor } from "../common/terminal.ts";

interface AnnotateOptions extends ModelPlaceOptions, EngineOptions {
  head?: string;
  model: string;
  format: "table" | "jsonl" | "html" | "brat" | CorpusFormat;
  input: InputKind;
  out?: string;
  strict: boolean;
  includeText: boolean;
  minScore: number;
  precision: Precision;
  windows: WindowMode;
}

/** Formats of corpora, which `datasets convert` reads and `fine-tune ner` learns from. */
const CORPUS_FORMATS = ["pubtator", "bioc-xml", "bioc-json", "conll"] as const;

type CorpusFormat = (typeof CORPUS_FORMATS)[number];

/** Turns annotated documents into text of one format, piece by piece. */
interface DocumentWriter {
  document(document: AnnotatedDocument): string;
  finish(): string;
}

const EXAMPLES = `
Examples:
  biobert annotate notes.txt
  biobert annotate --format html --out notes.html notes.txt
  cat abstracts.jsonl | biobert annotate --format jsonl > entities.jsonl

conll is tagged sentences, as fine-tune ner reads them; brat is a folder that BRAT opens; PubTator holds a text on one line: its line ends become spaces.

Input: a text file is one document; JSON lines hold {"id", "text"} each; both may be gzip.
Offsets are UTF-16 units of the text as given: text.slice(start, end) is the mention.`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerAnnotate(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withModelPlaces(program.command("annotate"))
    .description("find entities in raw text")
    .argument("[FILE...]", "text or JSON lines; standard input when there is none, or for -")
    .option("--model <PATH>", MODEL_HELP, join(context.packageRoot, "models", "ncbi-disease"))
    .addOption(
      new Option("--format <FORMAT>", "what to write")
        .choices(["table", "jsonl", "html", ...CORPUS_FORMATS, "brat"])
        .default("table"),
    )
    .addOption(new Option("--input <KIND>", "what the input is").choices(["auto", "text", "jsonl"]).default("auto"))
    .option("--out <FILE>", "write there instead of standard output; appears only when whole; of brat a new folder")
    .option("--strict", "stop at the first document that cannot be read", false)
    .option("--include-text", "repeat the text in JSON lines", false)
    .option("--min-score <SCORE>", "leave out entities that score less", numberBetween(0, 1), 0)
    .option("--head <NAME>", "the head to run, where the model has several for named entities")
    .option("--threads <N>", "threads for the model (default: all cores)", wholeNumber(1))
    .addOption(deviceOption())
    .addOption(precisionOption())
    .addOption(
      new Option("--windows <MODE>", "what the model sees at once: a sentence, or as much of the document as fits")
        .choices(["sentence", "document"])
        .default("sentence"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: AnnotateOptions) => {
      finish(await annotateFiles(files, options, context));
    });
}

async function annotateFiles(files: string[], options: AnnotateOptions, context: CommandContext): Promise<number> {
  const bratFolder = options.format === "brat" ? await bratPlace(options.out, "--out") : undefined;
  const progress = new Progress(context, options);
  const sources = await openSources(files, context, progress);
  let problems = 0;
  const onProblem = (error: BiobertError): void => {
    if (options.strict) throw error;
    problems++;
    progress.clear();
    reportError(error, context);
  };
  let annotated = 0;
  try {
    const documents = readDocuments(sources, { kind: options.input, onProblem });
    // A document first, the model then: where there is nothing to annotate, the error comes without the wait.
    const first = await documents.next();
    if (!first.done) {
      const results = annotateDocuments(prepended(first.value, documents), options, context);
      const count = (): void => progress.count(++annotated);
      if (bratFolder === undefined) await deliver(written(results, options, context, count), options.out, context);
      else {
        const found: StandoffDocument[] = [];
        for await (const document of results) {
          found.push(standoffOf(document));
          count();
        }
        await writeBrat(found, bratFolder, context);
      }
    }
  } finally {
    progress.clear();
  }
  if (problems === 0) return EXIT.done;
  const rest = annotated === 0 ? "nothing was annotated" : `${formatCount(annotated)} annotated`;
  context.stderr.write(`biobert: ${formatCount(problems)} could not be read, ${rest}\n`);
  return EXIT.failed;
}

async function* annotateDocuments(
  documents: AsyncIterable<SourceDocument>,
  options: AnnotateOptions,
  context: CommandContext,
): AsyncGenerator<AnnotatedDocument> {
  const directory = await resolveModelArgument(options.model, context);
  const room = await context.rooms.inference();
  const model = await room.loadModel(directory, {
    threads: options.threads,
    device: options.device,
    precision: options.precision,
    ...modelPlaces(options),
    ...(options.head === undefined ? {} : { head: options.head }),
    warn: warnOnce(context),
  });
  const { minScore, windows } = options;
  const { signal } = context;
  try {
    for await (const document of room.annotateAll(model, documents, { minScore, windows, signal })) {
      yield document;
      // The event loop turns, so that Ctrl-C is heard between documents whatever the output does.
      await turn();
      if (signal.aborted) throw interruptedError();
    }
  } finally {
    await model.dispose();
  }
}

/** The output piece by piece. `onDocument` is called after each document. */
async function* written(
  results: AsyncIterable<AnnotatedDocument>,
  options: AnnotateOptions,
  context: CommandContext,
  onDocument: () => void,
): AsyncGenerator<string> {
  const writer = await documentWriter(options, context);
  for await (const document of results) {
    yield writer.document(document);
    onDocument();
  }
  yield writer.finish();
}

async function openSources(files: string[], context: CommandContext, progress: Progress): Promise<InputSource[]> {
  const names = files.length === 0 ? ["-"] : files;
  if (names.filter((name) => name === "-").length > 1) {
    throw new BiobertError({
      code: "usage",
      message: "Standard input (-) can be read only once",
      hint: "Name - a single time.",
    });
  }
  if (names.includes("-") && context.stdin.isTTY === true) {
    context.stderr.write("Reading text from the terminal; end it with Ctrl-D.\n");
  }
  return Promise.all(
    names.map(async (name) => {
      if (name === "-") {
        progress.totalBytes = undefined;
        return streamSource(context.stdin, context.signal);
      }
      const source = await fileSource(name, context.signal, (count) => progress.read(count));
      if (progress.totalBytes !== undefined) progress.totalBytes += source.size ?? 0;
      return source;
    }),
  );
}

async function documentWriter(options: AnnotateOptions, context: CommandContext): Promise<DocumentWriter> {
  if (options.format === "jsonl") {
    return {
      document: ({ id, text, entities }) => {
        const fields = entities.map(({ type, mention, start, end, score }) => ({ type, mention, start, end, score }));
        return `${JSON.stringify(options.includeText ? { id, text, entities: fields } : { id, entities: fields })}\n`;
      },
      finish: () => "",
    };
  }
  if (options.format === "html") {
    const { annotationPage } = await import("./html.ts");
    const documents: AnnotatedDocument[] = [];
    return {
      document: (document) => {
        documents.push(document);
        return "";
      },
      finish: () => annotationPage(documents),
    };
  }
  if (isCorpusFormat(options.format)) return corpusWriter(options.format, context);
  const toTerminal = options.out === undefined && context.stdout.isTTY === true;
  const table = new TableWriter({
    color: options.out === undefined && wantsColor(context, context.stdout),
    width: toTerminal ? Math.max(40, context.stdout.columns ?? 80) : 100,
  });
  return { document: (document) => table.document(document), finish: () => table.summary() };
}

function isCorpusFormat(format: AnnotateOptions["format"]): format is CorpusFormat {
  return (CORPUS_FORMATS as readonly string[]).includes(format);
}

/** A document at a time where the format lets them follow each other; BioC is one collection, written at the end. */
async function corpusWriter(format: CorpusFormat, context: CommandContext): Promise<DocumentWriter> {
  const { encodeCorpus } = await context.rooms.datasets();
  const warn: WarningSink = warnOnce(context);
  if (format === "pubtator" || format === "conll")
    return { document: (document) => encodeCorpus([standoffOf(document)], format, warn), finish: () => "" };
  const documents: StandoffDocument[] = [];
  return {
    document: (document) => {
      documents.push(standoffOf(document));
      return "";
    },
    finish: () => encodeCorpus(documents, format, warn),
  };
}

function standoffOf({ id, text, entities }: AnnotatedDocument): StandoffDocument {
  return {
    id,
    text,
    relations: [],
    entities: entities.map(({ type, mention, start, end }, i) => ({
      id: `T${i + 1}`,
      type,
      spans: [{ start, end }],
      text: mention,
      concepts: [],
    })),
  };
}

/** Documents a second and the time left (by bytes read), for runs long enough to ask. */
class Progress {
  /** Bytes of all files; missing when standard input is among them. */
  totalBytes: number | undefined = 0;
  private readBytes = 0;
  private readonly line: ProgressLine;
  private readonly startedAt = performance.now();

  constructor(context: CommandContext, options: AnnotateOptions) {
    const onScreen = options.out === undefined && context.stdout.isTTY === true;
    this.line = new ProgressLine(context.stderr, { enabled: !onScreen });
  }

  read(bytes: number): void {
    this.readBytes += bytes;
  }

  count(documents: number): void {
    const seconds = (performance.now() - this.startedAt) / 1000;
    if (seconds < 1 || documents < 5) return;
    this.line.show(() => {
      const rate = documents / seconds;
      const done = this.totalBytes ? this.readBytes / this.totalBytes : undefined;
      const left = done === undefined || done >= 1 ? "" : `  ETA ${formatDuration((seconds * (1 - done)) / done)}`;
      return `${formatCount(documents)} documents  ${rate.toFixed(rate < 10 ? 1 : 0)}/s${left}`;
    });
  }

  clear(): void {
    this.line.clear();
  }
}
