// The catalogue as a folder of JSON files that people review: one file a kind, one entity a line, results by where they come
// from, because their licences differ. What is read from a folder and written again is the same to the byte.

import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { BiobertError, stopIfAborted } from "../../core/index.ts";
import { readError, writeDirectoryAtomic } from "../../data/index.ts";
import { type EntityOf, entitySchemas, type Kind, KINDS, originSchema, type Result } from "../schema/index.ts";
import { checkedEntity } from "./entities.ts";
import { isElement, readJsonList } from "./json-file.ts";
import type { CatalogueReads, CatalogueWriter, FolderOptions } from "./types.ts";

const FORMAT_VERSION = 1;

/** The file of each kind, without its ending. */
const FILES: Readonly<Record<Kind, string>> = {
  area: "areas",
  task: "tasks",
  method: "methods",
  paper: "papers",
  dataset: "datasets",
  model: "models",
  codeLink: "code-links",
  table: "evaluation-tables",
  run: "runs",
  result: "results",
  flag: "flags",
  verification: "verifications",
  submission: "submissions",
};

const ARCHIVE_LICENCE = "CC-BY-SA-4.0";
const ARCHIVE_ATTRIBUTION = "Papers With Code and its contributors, by way of the PWC archive (pwc-archive)";

/** Under which licence a file's entries stand. */
function licenceOf(kind: Kind, origin?: Result["origin"]): { licence: string; attribution: string } {
  if (kind === "result" && origin === "archive") return { licence: ARCHIVE_LICENCE, attribution: ARCHIVE_ATTRIBUTION };
  if (kind === "result" && origin === "paper")
    return { licence: "facts", attribution: "numbers as the papers named in each entry give them" };
  if (kind === "result" && origin === "imported")
    return { licence: "as imported", attribution: "see each entry's source" };
  if (kind === "run" || (kind === "result" && origin === "measured"))
    return { licence: "Apache-2.0", attribution: "the biobert project" };
  return { licence: ARCHIVE_LICENCE, attribution: `${ARCHIVE_ATTRIBUTION}; the biobert project` };
}

/** JSON schema (draft 2020-12) of a kind's file, made from the schema that every entity is checked with. */
export function fileSchemaOf(kind: Kind): Record<string, unknown> {
  const schema = z.strictObject({
    $schema: z.string().optional(),
    formatVersion: z.literal(FORMAT_VERSION),
    kind: z.literal(kind),
    licence: z.string(),
    attribution: z.string(),
    items: z.array(entitySchemas[kind]),
  });
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<string, unknown>;
}

/** Writes the whole catalogue to a new folder (`replace` an old one), or nothing. Errors: `file-exists`, `disk-full`, `file-unwritable`. */
export async function exportFolder(
  store: CatalogueReads,
  folder: string,
  options: FolderOptions & { replace?: boolean } = {},
): Promise<void> {
  const counts = await store.counts();
  const files: Record<string, AsyncIterable<Uint8Array>> = {};
  for (const kind of KINDS) {
    if (kind === "result" || counts[kind] === 0) continue;
    files[`${FILES[kind]}.json`] = fileOf(kind, store.stream(kind), licenceOf(kind), options);
  }
  for (const origin of originSchema.options) {
    if ((await store.list("result", { origin, limit: 1 })).count === 0) continue;
    files[`results/${origin}.json`] = fileOf(
      "result",
      ofOrigin(store.stream("result"), origin),
      licenceOf("result", origin),
      options,
    );
  }
  await writeDirectoryAtomic(folder, files, { replace: options.replace ?? false });
}

async function* ofOrigin(results: AsyncIterable<Result>, origin: Result["origin"]): AsyncGenerator<Result> {
  for await (const result of results) if (result.origin === origin) yield result;
}

async function* fileOf<K extends Kind>(
  kind: K,
  entities: AsyncIterable<EntityOf[K]>,
  header: { licence: string; attribution: string },
  { signal, onProgress }: FolderOptions,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const depth = kind === "result" ? "../" : "";
  const head = { $schema: `${depth}schema/${kind}.schema.json`, formatVersion: FORMAT_VERSION, kind, ...header };
  yield encoder.encode(`${JSON.stringify(head, null, 2).slice(0, -2)},\n  "items": [`);
  let done = 0;
  for await (const entity of entities) {
    stopIfAborted(signal);
    yield encoder.encode(`${done === 0 ? "" : ","}\n    ${JSON.stringify(entity)}`);
    done++;
    if (done % 1000 === 0) onProgress?.({ kind, done });
  }
  onProgress?.({ kind, done });
  yield encoder.encode("\n  ]\n}\n");
}

interface KindFile {
  path: string;
  name: string;
  kind: Kind;
}

/** The files of a catalogue folder in the order in which they are imported. Errors: `file-not-found`, `input-format`. */
export async function catalogueFiles(folder: string): Promise<KindFile[]> {
  let names: string[];
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    names = entries
      .filter((entry) => entry.isFile() && /\.json(?:\.gz)?$/.test(entry.name) && !entry.name.endsWith(".schema.json"))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    throw readError(error, folder);
  }
  const files: KindFile[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    for await (const header of readJsonList(path)) {
      if (isElement(header)) break;
      const { formatVersion, kind } = header.fields;
      if (formatVersion !== FORMAT_VERSION || !KINDS.includes(kind as Kind)) {
        throw new BiobertError({
          code: "input-format",
          message: `not a file of a catalogue: formatVersion ${JSON.stringify(formatVersion)}, kind ${JSON.stringify(kind)}`,
          place: { file: path },
          hint: `It starts with "formatVersion": ${FORMAT_VERSION} and a "kind" of ${KINDS.join(", ")}, before "items".`,
        });
      }
      files.push({ path, name, kind: kind as Kind });
      break;
    }
  }
  return files.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

/**
 * Puts all entities of a catalogue folder through a writer; says how many of each kind there were. `keep` names entities
 * that are to stay as they are stored. Errors: `input-format`, `catalogue-invalid` with file and line.
 */
export async function importFolder(
  writer: CatalogueWriter,
  folder: string,
  options: FolderOptions & { keep?: (kind: Kind, ids: string[]) => Promise<ReadonlySet<string>> } = {},
): Promise<Partial<Record<Kind, number>>> {
  const counts: Partial<Record<Kind, number>> = {};
  for (const { path, kind } of await catalogueFiles(folder)) {
    let batch: EntityOf[Kind][] = [];
    const flush = async (): Promise<void> => {
      const kept =
        (await options.keep?.(
          kind,
          batch.map(({ id }) => id),
        )) ?? new Set();
      await writer.put(
        kind,
        batch.filter(({ id }) => !kept.has(id)),
      );
      counts[kind] = (counts[kind] ?? 0) + batch.length;
      options.onProgress?.({ kind, done: counts[kind] });
      batch = [];
    };
    for await (const item of readJsonList(path)) {
      if (!isElement(item)) continue;
      stopIfAborted(options.signal);
      batch.push(located(kind, item.value, path, item.line));
      if (batch.length >= 1000) await flush();
    }
    if (batch.length > 0) await flush();
  }
  return counts;
}

function located<K extends Kind>(kind: K, value: unknown, file: string, line: number): EntityOf[K] {
  try {
    return checkedEntity(kind, value);
  } catch (error) {
    if (!(error instanceof BiobertError)) throw error;
    const { code, message, hint } = error;
    throw new BiobertError({
      code,
      message,
      place: { file, line },
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}
