// `biobert embed`: vectors for texts and documents, as JSON lines, as NumPy's .npy with the ids beside, or as SciDocs reads them.

import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import { decodeText, writeFileAtomic } from "../data/index.ts";
import {
  encodeSciDocsEmbeddings,
  eachJsonRecord,
  type JsonRecord,
  linesOf,
  npyHeader,
  npyRow,
  parseSciDocsMetadata,
} from "../formats/index.ts";
import type { EmbedDocument, Embedding } from "../inference/index.ts";
import type { CommandContext } from "./common/context.ts";
import { emptyInput, looksLikeJsonLines } from "./common/documents.ts";
import { type EncoderFlags, encoderSettings, readingSettings, withEncoderFlags } from "./common/encoder-flags.ts";
import { EXIT, reportError } from "./common/errors.ts";
import { fileSource, type InputSource, interruptedError, streamSource } from "./common/input.ts";
import { MODEL_HELP, type ModelPlaceOptions, modelPlaces, warnOnce, withModelPlaces } from "./common/options.ts";
import { deliver } from "./common/output.ts";
import { resolveModelArgument } from "./pull.ts";
import { formatCount } from "./common/terminal.ts";

const POOLINGS = ["mean", "first", "max", "sum", "none"] as const;

interface EmbedFlags extends ModelPlaceOptions, EncoderFlags<(typeof POOLINGS)[number]> {
  model: string;
  format: "jsonl" | "npy" | "scidocs";
  lines: boolean;
  out?: string;
}

interface NamedDocument {
  id: string;
  title?: string;
  content: EmbedDocument;
}

const HELP = `
A file is one text; with --lines each of its lines is. JSON lines (.jsonl, or told by their start) have a document each:
{"id", "text"} or {"id" or "paper_id", "title", "abstract"}; .json is SciDocs' metadata. Title and abstract are read as one
sequence, [CLS] title [SEP] abstract [SEP]. A document that cannot be read or has no text is reported and has no vector; the
rest goes on, and the exit code is 1.

Examples:
  biobert embed abstracts.jsonl --model dmis-lab/biobert-base-cased-v1.1 > vectors.jsonl
  biobert embed abstracts.jsonl --model my-model --format npy --normalize --out vectors.npy
  biobert embed sentences.txt --lines --model my-model --pooling first

--format npy writes a matrix with a row a document and their ids, a line each, to the same name with .ids.txt.`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerEmbed(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withEncoderFlags(withModelPlaces(program.command("embed")), { poolings: POOLINGS, long: "mean" })
    .description("vectors for texts and documents")
    .argument("[FILE...]", "texts, JSON lines or SciDocs metadata (default: standard input)")
    .requiredOption("--model <PATH>", `${MODEL_HELP}; no head is needed`)
    .addOption(new Option("--format <F>", "what is written").choices(["jsonl", "npy", "scidocs"]).default("jsonl"))
    .option("--lines", "each line of a text file is a text", false)
    .option("--out <FILE>", "write there instead of standard output")
    .addHelpText("after", HELP)
    .action(async (files: string[], options: EmbedFlags) => {
      finish(await embedFiles(files, options, context));
    });
}

async function embedFiles(files: readonly string[], options: EmbedFlags, context: CommandContext): Promise<number> {
  const { format, out, pooling } = options;
  if (format === "npy" && out === undefined)
    throw new BiobertError({ code: "usage", message: "--format npy needs --out FILE.npy: ids go to a file beside it" });
  if (format !== "jsonl" && pooling === "none")
    throw new BiobertError({
      code: "usage",
      message: `--pooling none gives a vector a piece: write them with --format jsonl`,
    });
  const { signal } = context;
  const sources =
    files.length === 0
      ? [streamSource(context.stdin, signal)]
      : await Promise.all(files.map((file) => fileSource(file, signal)));
  const documents: NamedDocument[] = [];
  let problems = 0;
  for (const source of sources)
    for (const found of await documentsOf(source, options.lines)) {
      if (found instanceof BiobertError) {
        problems++;
        reportError(found, context);
      } else documents.push(found);
    }
  if (documents.length > 0) await embedDocuments(documents, options, context);
  if (problems === 0) return EXIT.done;
  const rest = documents.length === 0 ? "nothing was embedded" : `${formatCount(documents.length)} embedded`;
  context.stderr.write(`biobert: ${formatCount(problems)} could not be read, ${rest}\n`);
  return EXIT.failed;
}

async function embedDocuments(
  documents: readonly NamedDocument[],
  options: EmbedFlags,
  context: CommandContext,
): Promise<void> {
  const { maxLength, long } = options;
  const { signal } = context;
  const modelDirectory = await resolveModelArgument(options.model, context);
  const warn = warnOnce(context);
  const { embed, loadEncoder } = await import("../inference/index.ts");
  const encoder = await loadEncoder(modelDirectory, {
    ...modelPlaces(options),
    ...encoderSettings(options),
    warn,
  });
  try {
    const found = await embed(
      encoder,
      documents.map(({ content }) => content),
      { ...readingSettings(options), signal },
    );
    if (signal.aborted) throw interruptedError();
    const longer = found.filter(({ windows }) => windows > 1).length;
    if (longer > 0) {
      const done = long === "cut" ? "their first window was read alone" : "each is one vector over its windows";
      warn({
        code: "texts-long",
        message: `${longer} of ${found.length} documents ${longer === 1 ? "is" : "are"} longer than ${maxLength ?? encoder.maxPieces} pieces; ${done}`,
      });
    }
    await write(documents, found, encoder.width, options, context);
  } finally {
    await encoder.dispose();
  }
}

async function write(
  documents: readonly NamedDocument[],
  found: readonly Embedding[],
  width: number,
  { format, out, pooling }: EmbedFlags,
  context: CommandContext,
): Promise<void> {
  if (format === "npy") {
    const wrong = documents.find(({ id }) => /[\r\n]/.test(id));
    if (wrong !== undefined)
      throw new BiobertError({ code: "input-format", message: `the id ${JSON.stringify(wrong.id)} has a line break` });
    await writeFileAtomic(out!, matrix(found, width));
    await writeFileAtomic(`${out!.replace(/\.npy$/, "")}.ids.txt`, documents.map(({ id }) => `${id}\n`).join(""));
    return;
  }
  const line = ({ id, title }: NamedDocument, { vector, pieces }: Embedding): string => {
    if (format === "scidocs")
      return encodeSciDocsEmbeddings([{ id, embedding: vector, ...(title === undefined ? {} : { title }) }]);
    const rows = Array.from({ length: pieces }, (_, i) => [...vector.subarray(i * width, (i + 1) * width)]);
    return `${JSON.stringify(pooling === "none" ? { id, embeddings: rows } : { id, embedding: [...vector] })}\n`;
  };
  async function* all(): AsyncGenerator<string> {
    for (const [i, document] of documents.entries()) yield line(document, found[i]!);
  }
  await deliver(all(), out, context);
}

function* matrix(found: readonly Embedding[], width: number): Generator<Uint8Array> {
  yield npyHeader(found.length, width);
  for (const { vector } of found) yield npyRow(vector);
}

/** The documents of a source, and what is wrong with those that have none. Errors: `interrupted`. */
async function documentsOf(source: InputSource, byLine: boolean): Promise<(NamedDocument | BiobertError)[]> {
  const file = source.name;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of source.open()) chunks.push(chunk);
    const text = decodeText(Buffer.concat(chunks), file).replace(/^\uFEFF/, "");
    const found = text.trim() === "" ? [] : parse(text, file, byLine);
    return found.length > 0 ? found : [emptyInput(file)];
  } catch (error) {
    if (!(error instanceof BiobertError) || error.code === "interrupted") throw error;
    return [error];
  }
}

function parse(text: string, file: string, byLine: boolean): (NamedDocument | BiobertError)[] {
  const isJson = /\.json$/i.test(file.replace(/\.gz$/i, ""));
  if (isJson && !text.trimStart().startsWith("["))
    return parseSciDocsMetadata(text, { file }).map(({ id, title, abstract }) => ({
      id,
      title,
      content: { title, abstract },
    }));
  // Lines that were asked for are texts, whatever they begin with; a name says more.
  if (isJson || looksLikeJsonLines(file, byLine ? "" : text.slice(0, 1024))) return jsonDocuments(text, file);
  if (!byLine) return [{ id: file, content: text.trim() }];
  const lines: NamedDocument[] = [];
  for (const { text: content, line } of linesOf(text))
    if (content.trim() !== "") lines.push({ id: `${file}:${line}`, content: content.trim() });
  return lines;
}

const FORM = 'A line is {"id", "text"} or {"id" or "paper_id", "title", "abstract"}.';

/** The documents of an array, or of one object a line; what is wrong with one of them is a value among the others. */
function jsonDocuments(text: string, file: string): (NamedDocument | BiobertError)[] {
  return [...eachJsonRecord(text, { file, hint: FORM })].map((item) =>
    item instanceof BiobertError ? item : jsonDocument(item, file),
  );
}

function jsonDocument({ record, number, line }: JsonRecord, file: string): NamedDocument | BiobertError {
  const given = record["id"] ?? record["paper_id"] ?? record["pmid"] ?? record["corpus_id"];
  const id = typeof given === "string" || typeof given === "number" ? String(given) : `${file}:${line ?? number}`;
  const said = (name: string): string => (typeof record[name] === "string" ? record[name].trim() : "");
  const [content, title, abstract] = ["text", "title", "abstract"].map(said) as [string, string, string];
  if (content !== "") return { id, content, ...(title === "" ? {} : { title }) };
  if (title !== "" || abstract !== "") return { id, title, content: { title, abstract } };
  return new BiobertError({
    code: "input-format",
    message: "a document without text, title and abstract",
    place: { file, ...(line === undefined ? { name: `record ${number}` } : { line }) },
    hint: FORM,
  });
}
