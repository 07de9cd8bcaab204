// A model in a tar archive, gzip-compressed or not, as BioBERT was released. It is read as a stream, once to see what is in
// it and once more for each large file that is opened, which goes into a nameless temporary file. Nothing is ever written
// under a name out of the archive.

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { BiobertError } from "../core/index.ts";
import {
  type CheckpointKind,
  damagedModel,
  kindOfCheckpoint,
  memorySource,
  readChunks,
  unsafeModel,
} from "../formats/index.ts";
import type { FileSet } from "./file-set.ts";
import { openFile, type OpenSource, sourceOf } from "./file-source.ts";
import { errorCodeOf, readError, writeError } from "./system-errors.ts";

/** Files up to this size are kept from the first reading, */
const SMALL = 1 << 22;
/** as long as they are no more than this together. */
const SMALL_TOGETHER = 1 << 26;
const MAX_MEMBERS = 10_000;
/** Weights shrink to nine tenths, zeros to a thousandth: what grows more than this is made to fill a disk. */
const MAX_GROWTH = 100;
const FREE_GROWTH = 1 << 26;

interface Member {
  size: number;
  kind: CheckpointKind;
  content: Uint8Array | undefined;
}

/**
 * Looks through an archive. Its files are those of the one folder that holds weights.
 * @throws BiobertError `model-unsafe` for names that lead outside, links, devices and what grows without measure;
 *   `model-damaged`; `model-missing` when no folder or several hold weights.
 */
export async function archiveFiles(path: string): Promise<FileSet> {
  const members = new Map<string, Member>();
  let kept = 0;
  await eachMember(path, async (name, entry) => {
    if (members.has(name)) throw unsafeModel(path, "the archive has two files of this name", name);
    if (members.size >= MAX_MEMBERS) throw unsafeModel(path, `the archive has more than ${MAX_MEMBERS} files`);
    const { size } = entry.header;
    const keep = size <= SMALL && kept + size <= SMALL_TOGETHER;
    if (keep) kept += size;
    const content = keep ? await wholeOf(entry, path) : undefined;
    const ends = content ?? (await endsOf(entry, path));
    members.set(name, { size, kind: await kindOfCheckpoint(memorySource(ends, name)), content });
  });
  const folder = folderOfWeights(path, members);
  const memberOf = (name: string): string => `${folder}${name}`;
  return {
    path,
    names: [...members.keys()]
      .filter((name) => name.startsWith(folder) && !name.slice(folder.length).includes("/"))
      .map((name) => name.slice(folder.length))
      .sort(),
    pathOf: (name) => `${path}:${memberOf(name)}`,
    kindOf: async (name) => members.get(memberOf(name))!.kind,
    async open(name) {
      const { content } = members.get(memberOf(name))!;
      const shown = `${path}:${memberOf(name)}`;
      if (content !== undefined) return { ...memorySource(content, shown), close: async () => {} };
      return extract(path, memberOf(name), shown);
    },
  };
}

function folderOfWeights(path: string, members: ReadonlyMap<string, Member>): string {
  const kinds: CheckpointKind[] = ["safetensors", "torch-zip", "torch-legacy", "tensorflow-index"];
  const folders = new Set(
    [...members]
      .filter(([, { kind }]) => kinds.includes(kind))
      .map(([name]) => name.slice(0, name.lastIndexOf("/") + 1)),
  );
  if (folders.size === 1) return [...folders][0]!;
  throw new BiobertError({
    code: "model-missing",
    message:
      folders.size === 0
        ? "the archive holds no weights"
        : `the archive holds weights in several folders: ${[...folders].slice(0, 5).join(", ")}`,
    place: { file: path },
    hint: folders.size === 0 ? undefined : "Unpack it and name one of them.",
  });
}

/** Calls back for every regular file, in order; what the callback leaves unread is skipped. */
async function eachMember(path: string, visit: (name: string, entry: ParsedTarEntry) => Promise<void>): Promise<void> {
  const source = await openFile(path);
  const raw = Readable.from(readChunks(source, 0, source.size, "archive"));
  // Whoever reads hears of errors; those of a stream that nobody reads any more are of no matter.
  raw.on("error", () => {});
  let unpacked: Readable = raw;
  try {
    const start = await source.read(0, Math.min(2, source.size));
    if (start[0] === 0x1f && start[1] === 0x8b) unpacked = pipeline(raw, createGunzip(), () => {});
    const stream = Readable.toWeb(Readable.from(measured(unpacked, path, source.size))) as ReadableStream<Uint8Array>;
    const entries = stream.pipeThrough(createTarDecoder({ strict: true }));
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (type === "file") await visit(safeName(name, path), entry);
      else if (type === "directory") safeName(name, path);
      else throw unsafeModel(path, `the archive has a ${type}, which no model needs`, name.slice(0, 200));
      // Read to its end, as one that is cancelled may leave the decoder waiting.
      for await (const _rest of entry.body);
    }
  } catch (error) {
    if (error instanceof BiobertError) throw error;
    // What the system says of the file is no damage of the archive; Node's own codes start with ERR_.
    if (/^E(?!RR_)/.test(errorCodeOf(error) ?? "")) throw readError(error, path);
    throw damagedModel(path, `the archive is damaged: ${String((error as Error).message)}`, undefined, error);
  } finally {
    raw.destroy();
    unpacked.destroy();
    await source.close();
  }
}

/** Passes bytes on, as long as they are in proportion to the file. */
async function* measured(chunks: AsyncIterable<Uint8Array>, path: string, size: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > FREE_GROWTH + MAX_GROWTH * size) {
      throw unsafeModel(path, `the archive of ${size} bytes unpacks to more than ${MAX_GROWTH} times as much`);
    }
    yield chunk;
  }
}

/** A member's name, `./` dropped. */
function safeName(name: string, path: string): string {
  const parts = name.split("/").filter((part) => part !== "." && part !== "");
  if (/^[/\\]|^[A-Za-z]:|[\\\0]/.test(name) || parts.includes("..") || name.length > 1000) {
    throw unsafeModel(path, "the archive has a file whose name leads out of its folder", name.slice(0, 200));
  }
  return parts.join("/");
}

async function wholeOf(entry: ParsedTarEntry, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.header.size);
  let at = 0;
  for await (const chunk of entry.body) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== bytes.length) throw damagedModel(path, "the archive is cut off", entry.header.name);
  return bytes;
}

/** The first and last bytes of a large file as if they were all of it: enough to tell what it is. */
async function endsOf(entry: ParsedTarEntry, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(1024);
  let at = 0;
  for await (const chunk of entry.body) {
    if (at < 512) bytes.set(chunk.subarray(0, 512 - at), at);
    const tail = chunk.subarray(Math.max(0, chunk.length - 512));
    bytes.copyWithin(512, 512 + tail.length);
    bytes.set(tail, 1024 - tail.length);
    at += chunk.length;
  }
  if (at !== entry.header.size) throw damagedModel(path, "the archive is cut off", entry.header.name);
  return bytes;
}

/** A member in a temporary file that has no name any more, so that nothing stays behind whatever happens. */
async function extract(path: string, member: string, shown: string): Promise<OpenSource> {
  const folder = await mkdtemp(join(tmpdir(), "biobert-")).catch((error: unknown) => {
    throw writeError(error, tmpdir());
  });
  const file = join(folder, basename("weights"));
  try {
    const handle = await open(file, "wx+");
    try {
      await eachMember(path, async (name, entry) => {
        if (name !== member) return;
        for await (const chunk of entry.body) {
          await handle.writeFile(chunk).catch((error: unknown) => {
            throw writeError(error, file);
          });
        }
      });
      const source = await sourceOf(handle, shown);
      const removed = await rm(folder, { recursive: true, force: true }).then(
        () => true,
        () => false,
      );
      // Where an open file cannot be removed, it goes when it is closed.
      return removed
        ? source
        : {
            ...source,
            close: async () => {
              await source.close();
              await rm(folder, { recursive: true, force: true });
            },
          };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}
