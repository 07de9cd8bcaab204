// `biobert relations`: raw text in; entities first, then the relations among them, out. Or texts whose entities are given.

import { type Command, InvalidArgumentError, Option } from "commander";
import { addAll, BiobertError } from "../core/index.ts";
import type { StandoffDocument } from "../formats/index.ts";
import type { DocumentRelations, DocumentWithEntities, RelatedEntity } from "../inference/index.ts";
import { bratPlace, writeBrat } from "./common/brat.ts";
import type { CommandContext } from "./common/context.ts";
import { readDocuments } from "./common/documents.ts";
import { EXIT, reportError } from "./common/errors.ts";
import { fileSource, interruptedError, streamSource } from "./common/input.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  numberBetween,
  precisionOption,
  warnOnce,
  wholeNumber,
} from "./common/options.ts";
import { deliver } from "./common/output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { Precision, SourceDocument } from "./common/rooms.ts";

interface RelationsOptions extends EngineOptions {
  model: string;
  head?: string;
  ner?: string[];
  annotated: boolean;
  pair?: [string, string][];
  marker?: [string, string][];
  minScore: number;
  format: "table" | "jsonl" | "pubtator" | "bioc-xml" | "bioc-json" | "brat";
  out?: string;
  precision?: Precision;
}

/** An entity with what its file says of it, where it is from one. */
interface FoundEntity extends RelatedEntity {
  id?: string;
  concepts?: readonly string[];
}

type Document = DocumentWithEntities<FoundEntity>;

const HELP = `
Entities are found by the models of --ner, or given: --annotated reads PubTator, BioC or BRAT files. Every pair of two types in
a sentence that the model was trained on is shown to it behind markers: @DISEASE$ for the type Disease, unless --marker Disease=DIS
says so. No sentence crosses from a title into its abstract.

Examples:
  biobert relations notes.txt --model my-relations --ner my-genes my-diseases
  biobert relations corpus.pubtator --annotated --model chemprot --pair Chemical,Gene --format bioc-json

JSON lines have {"id", "entities": [{"type", "mention", "start", "end"}], "relations": [{"label", "score", "first", "second",
"sentence"}]}; first and second are places in the list of entities, offsets UTF-16 units. An entity in several parts has them in
"spans"; PubTator, which knows no parts, has it from its first character to its last.`;

/** `A,B` or `A=B` as two words. */
function twoWords(separator: string): (text: string, before?: [string, string][]) => [string, string][] {
  return (text, before = []) => {
    const words = text.split(separator).map((word) => word.trim());
    if (words.length !== 2 || words.includes(""))
      throw new InvalidArgumentError(`Expected two names with ${JSON.stringify(separator)} between.`);
    return [...before, words as [string, string]];
  };
}

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerRelations(program: Command, context: CommandContext, finish: (code: number) => void): void {
  program
    .command("relations")
    .description("find entities in texts and the relations among them")
    .argument("[FILE...]", "text or JSON lines (default: standard input); with --annotated PubTator, BioC, BRAT")
    .requiredOption("--model <PATH>", `${MODEL_HELP}; of fine-tune relation`)
    .option("--head <NAME>", "the head to run, where the model has several for relations")
    .option("--ner <PATH...>", "models that find the entities")
    .option("--annotated", "the files have entities", false)
    .option("--pair <TYPES>", "two types, as Chemical,Gene; may be given again (default: all)", twoWords(","))
    .option("--marker <TYPE=NAME>", "what the model knows a type as; may be given again", twoWords("="))
    .option("--min-score <SCORE>", "leave out relations that score less", numberBetween(0, 1), 0)
    .addOption(
      new Option("--format <FORMAT>", "what to write")
        .choices(["table", "jsonl", "pubtator", "bioc-xml", "bioc-json", "brat"])
        .default("table"),
    )
    .option("--out <FILE>", "write there instead of standard output; appears only when whole; of brat a new folder")
    .option("--threads <N>", "threads (default: all cores)", wholeNumber(1))
    .addOption(deviceOption())
    .addOption(precisionOption())
    .addHelpText("after", HELP)
    .action(async (files: string[], options: RelationsOptions) => {
      finish(await relations(files, options, context));
    });
}

async function relations(
  files: readonly string[],
  options: RelationsOptions,
  context: CommandContext,
): Promise<number> {
  if (options.annotated === (options.ner !== undefined) || (options.annotated && files.length === 0)) {
    throw new BiobertError({
      code: "usage",
      message: "entities come from the models of --ner, or with --annotated from files, one of the two",
      hint: "biobert relations notes.txt --model RELATIONS --ner ENTITIES",
    });
  }
  const bratFolder = options.format === "brat" ? await bratPlace(options.out, "--out") : undefined;
  const { signal } = context;
  const problems: BiobertError[] = [];
  const { documents, types } = options.annotated
    ? { documents: await annotatedDocuments(files, context), types: [] }
    : await withEntities(await rawDocuments(files, problems, context), options, context);
  if (documents.length === 0) return EXIT.failed;
  const { loadTaskModel, relate } = await import("../inference/index.ts");
  const model = await loadTaskModel(await resolveModelArgument(options.model, context), {
    ...settings(options, context),
    task: "relation",
    ...(options.head === undefined ? {} : { head: options.head }),
  });
  try {
    const found = await relate(model, documents, {
      minScore: options.minScore,
      types,
      warn: warnOnce(context),
      signal,
      ...(options.pair === undefined ? {} : { pairs: options.pair }),
      ...(options.marker === undefined ? {} : { markers: Object.fromEntries(options.marker) }),
    });
    if (signal.aborted) throw interruptedError();
    if (bratFolder === undefined)
      await deliver(written(documents, found, options.format, context), options.out, context);
    else
      await writeBrat(
        documents.map((document, i) => standoffOf(document, found[i]!)),
        bratFolder,
        context,
      );
  } finally {
    await model.dispose();
  }
  return problems.length === 0 ? EXIT.done : EXIT.failed;
}

function settings({ threads, device, precision }: RelationsOptions, context: CommandContext) {
  return {
    device,
    warn: warnOnce(context),
    ...(threads === undefined ? {} : { threads }),
    ...(precision === undefined ? {} : { precision }),
  };
}

async function rawDocuments(
  files: readonly string[],
  problems: BiobertError[],
  context: CommandContext,
): Promise<SourceDocument[]> {
  const sources =
    files.length === 0
      ? [streamSource(context.stdin, context.signal)]
      : await Promise.all(files.map((file) => fileSource(file, context.signal)));
  const onProblem = (error: BiobertError): void => {
    problems.push(error);
    reportError(error, context);
  };
  const documents: SourceDocument[] = [];
  for await (const document of readDocuments(sources, { kind: "auto", onProblem })) documents.push(document);
  return documents;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** The entities of all models, in the order of the text, and the types that the models know. */
async function withEntities(
  documents: readonly SourceDocument[],
  options: RelationsOptions,
  context: CommandContext,
): Promise<{ documents: DocumentWithEntities[]; types: string[] }> {
  const { annotateAll, loadModel } = await context.rooms.inference();
  const { readLabelScheme } = await import("../tasks/index.ts");
  const types = new Set<string>();
  const entities = documents.map((): DocumentWithEntities["entities"][number][] => []);
  for (const name of options.ner!) {
    const model = await loadModel(await resolveModelArgument(name, context), settings(options, context));
    for (const type of readLabelScheme(model.labels).types) types.add(type);
    try {
      let at = 0;
      for await (const found of annotateAll(model, each(documents), { signal: context.signal }))
        addAll(entities[at++]!, found.entities);
      if (context.signal.aborted) throw interruptedError();
    } finally {
      await model.dispose();
    }
  }
  const found = documents.map(({ id, text }, i) => ({
    id,
    text,
    entities: entities[i]!.sort((a, b) => a.start - b.start || b.end - a.end),
  }));
  return { documents: found, types: [...types] };
}

async function annotatedDocuments(files: readonly string[], context: CommandContext): Promise<Document[]> {
  const { readCorpus } = await context.rooms.datasets();
  const all: StandoffDocument[] = [];
  for (const file of files) addAll(all, await readCorpus(file, warnOnce(context)));
  return all.map(({ id, text, entities, passages }) => ({
    id,
    text,
    entities: entities.map(({ id: name, type, spans, concepts }) => ({
      id: name,
      type,
      start: spans[0]!.start,
      end: spans.at(-1)!.end,
      concepts,
      ...(spans.length === 1 ? {} : { spans }),
    })),
    ...(passages === undefined ? {} : { passages }),
  }));
}

async function* written(
  documents: readonly Document[],
  found: readonly DocumentRelations[],
  format: RelationsOptions["format"],
  context: CommandContext,
): AsyncGenerator<string> {
  if (format === "pubtator" || format === "bioc-xml" || format === "bioc-json") {
    const parted = documents.flatMap(({ entities }) => entities.filter(({ spans }) => spans !== undefined)).length;
    if (format === "pubtator" && parted > 0) {
      const message = `${parted} ${parted === 1 ? "entity" : "entities"} in several parts: PubTator knows none, so each is written from its first character to its last`;
      warnOnce(context)({ code: "entities-flattened", message });
    }
    const { encodeCorpus } = await context.rooms.datasets();
    yield encodeCorpus(
      documents.map((document, i) => standoffOf(document, found[i]!)),
      format,
      warnOnce(context),
    );
    return;
  }
  for (const [i, { id, text, entities }] of documents.entries()) {
    const { relations: own, pairs } = found[i]!;
    const mentions = entities.map(({ type, start, end, spans }) => ({
      type,
      mention: text.slice(start, end),
      start,
      end,
      ...(spans === undefined ? {} : { spans }),
    }));
    if (format === "jsonl") {
      yield `${JSON.stringify({ id, entities: mentions, relations: own })}\n`;
      continue;
    }
    yield `${id}: ${entities.length} entities, ${pairs} pairs, ${own.length} relations\n`;
    for (const { label, score, first, second, sentence } of own) {
      const [a, b] = [mentions[first]!, mentions[second]!];
      yield `  ${label} ${score.toFixed(3)}  ${a.mention} [${a.type} ${a.start}, ${a.end})  ${b.mention} [${b.type} ${b.start}, ${b.end})\n`;
      yield `    ${sentence.text.replaceAll(/\s+/g, " ").trim()}\n`;
    }
  }
}

function standoffOf(
  { id, text, entities, passages }: Document,
  { relations: own }: DocumentRelations,
): StandoffDocument {
  const nameOf = (i: number): string => entities[i]!.id ?? `T${i + 1}`;
  return {
    id,
    text,
    entities: entities.map(({ type, start, end, spans, concepts = [] }, i) => ({
      id: nameOf(i),
      type,
      spans: spans?.map((span) => ({ ...span })) ?? [{ start, end }],
      text: text.slice(start, end),
      concepts: [...concepts],
    })),
    relations: own.map(({ label, first, second }, i) => ({
      id: `R${i + 1}`,
      type: label,
      arguments: [
        { role: "Arg1", id: nameOf(first) },
        { role: "Arg2", id: nameOf(second) },
      ],
      ofConcepts: false,
    })),
    ...(passages === undefined ? {} : { passages: [...passages] }),
  };
}
