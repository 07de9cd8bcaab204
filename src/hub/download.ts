// One file from a hub into a cache's blobs: what an earlier run left is gone on with (`Range`), what has come is checked against
// the content's own name (SHA-256 of large files, git's SHA-1 of small ones) and its size, and only then gets that name.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BiobertError } from "../core/index.ts";
import { errorCodeOf, readError, writeError } from "../data/index.ts";
import { badAnswer, type HubAnswer } from "./http.ts";
import { PassingFailure } from "./retry.ts";

/** A file as the hub describes it. */
export interface RemoteFile {
  file: string;
  url: string;
  /** The entity tag: the SHA-256 of a large file's content, git's SHA-1 of a small one's, or a mirror's own. */
  etag: string;
  size: number | undefined;
}

export interface DownloadOptions {
  /** Sends the request for the content; `fromByte` above 0 asks for the rest only. */
  request: (remote: RemoteFile, fromByte: number) => Promise<HubAnswer>;
  /** Runs an attempt again while its failures may pass. */
  retried: <T>(attempt: () => Promise<T>) => Promise<T>;
  stallSeconds: number;
  onBegin: (fromByte: number) => void;
  /** How many bytes of the file are there now. */
  onBytes: (fileBytes: number) => void;
  onDamage: (reason: string) => void;
}

/** A file without a stated size is a small one; more than this is not one. */
const LARGEST_WITHOUT_SIZE = 256 * 1024 * 1024;
/** How often content that does not check out is fetched anew. */
const DAMAGES = 2;

/** The name of what is not whole yet, in the form of `huggingface_hub`'s; only this program goes on with it. */
export function incompletePath(blob: string): string {
  return `${blob}.biobert.incomplete`;
}

/**
 * Brings a file to `blob`. Returns the bytes that were fetched.
 * @throws BiobertError `download-damaged` when the content is wrong again and again, `disk-full`, `file-unwritable`,
 * `hub-unreachable`, `hub-answer`, `interrupted`; those of `request`.
 */
export async function downloadBlob(remote: RemoteFile, blob: string, options: DownloadOptions): Promise<number> {
  const partial = incompletePath(blob);
  await mkdir(dirname(blob), { recursive: true }).catch((error: unknown) => {
    throw storageError(error, blob, remote);
  });
  let fetched = 0;
  for (let damages = 0; ; damages++) {
    let begun = false;
    await options.retried(async () => {
      await fetchRest(remote, partial, options, {
        begin: (fromByte) => {
          if (!begun) options.onBegin(fromByte);
          begun = true;
        },
        // Counted as they come, as those of an attempt that fails later have come, too.
        count: (bytes) => {
          fetched += bytes;
        },
      });
    });
    const fault = await faultOf(partial, remote);
    if (fault === undefined) break;
    await rm(partial, { force: true });
    if (damages === DAMAGES) {
      throw new BiobertError({
        code: "download-damaged",
        message: `${fault}, ${DAMAGES + 1} times in a row`,
        place: { name: remote.file },
        hint: "The hub, or something between it and this machine, gives another content than the hub's own checksum says.",
      });
    }
    options.onDamage(fault);
  }
  await rename(partial, blob).catch((error: unknown) => {
    throw storageError(error, blob, remote);
  });
  return fetched;
}

/**
 * Compares a file's content with what the hub says of it: the first difference in words, or undefined where there is none.
 * An entity tag that is no checksum leaves the size to compare.
 * @throws BiobertError `file-unreadable`.
 */
export async function faultOf(
  path: string,
  { etag, size }: Pick<RemoteFile, "etag" | "size">,
): Promise<string | undefined> {
  const found = await stat(path).catch((error: unknown) => {
    throw readError(error, path);
  });
  if (size !== undefined && found.size !== size) return `it has ${found.size} bytes instead of ${size}`;
  const kind = checksumKind(etag);
  if (kind === undefined) return undefined;
  const hash = createHash(kind === "sha256" ? "sha256" : "sha1");
  if (kind === "git") hash.update(`blob ${found.size}\0`);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw readError(error, path);
  }
  const digest = hash.digest("hex");
  return digest === etag
    ? undefined
    : `its ${kind === "git" ? "git SHA-1" : "SHA-256"} is ${digest} instead of ${etag}`;
}

/** Which checksum an entity tag is, or undefined for a mirror's own. */
export function checksumKind(etag: string): "sha256" | "git" | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return "sha256";
  return /^[0-9a-f]{40}$/.test(etag) ? "git" : undefined;
}

/** Fetches what is missing in `partial`, once. Errors as `downloadBlob`, and `PassingFailure`. */
async function fetchRest(
  remote: RemoteFile,
  partial: string,
  options: DownloadOptions,
  report: { begin: (fromByte: number) => void; count: (bytes: number) => void },
): Promise<void> {
  let have = (await stat(partial).catch(() => undefined))?.size ?? 0;
  if (remote.size === undefined || have > remote.size) have = 0;
  if (remote.size !== undefined && have === remote.size && have > 0) {
    return report.begin(have);
  }
  const answer = await options.request(remote, have);
  const from = startOf(answer, have, remote);
  if (from === undefined) {
    answer.close();
    await rm(partial, { force: true });
    throw new PassingFailure(`${answer.host} does not go on where the file stopped`);
  }
  report.begin(from);
  const limit = remote.size ?? LARGEST_WITHOUT_SIZE;
  const opened = await open(partial, from > 0 ? "r+" : "w").catch((error: unknown) => {
    answer.close();
    throw storageError(error, partial, remote);
  });
  let at = from;
  try {
    for await (const chunk of answer.chunks(options.stallSeconds)) {
      if (at + chunk.length > limit) {
        throw badAnswer(`${answer.host} sends more than the ${limit} bytes that ${remote.file} has`);
      }
      await writeAll(opened, chunk, at).catch((error: unknown) => {
        throw storageError(error, partial, remote);
      });
      at += chunk.length;
      report.count(chunk.length);
      options.onBytes(at);
    }
  } finally {
    await opened.close();
  }
  if (remote.size !== undefined && at < remote.size) {
    throw new PassingFailure(`${answer.host} cut the connection`, { progressed: at > from });
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
  }
}

/** The byte that an answer's body starts at: as asked, 0 where the server sends the whole file, undefined for neither. */
function startOf(answer: HubAnswer, asked: number, remote: RemoteFile): number | undefined {
  if (answer.status === 200) return 0;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers.get("content-range") ?? "");
  const encoded = (answer.headers.get("content-encoding") ?? "identity") !== "identity";
  if (answer.status !== 206 || range === null || encoded || Number(range[1]) !== asked) return undefined;
  if (range[2] !== "*" && remote.size !== undefined && Number(range[2]) !== remote.size) return undefined;
  return asked;
}

/** The error for a failed write into the cache: what has come so far stays and is gone on with. */
function storageError(error: unknown, path: string, remote: RemoteFile): BiobertError {
  if (error instanceof BiobertError) return error;
  const code = errorCodeOf(error);
  if (code !== "ENOSPC" && code !== "EDQUOT") return writeError(error, path);
  return diskFull(
    path,
    `no space is left for ${remote.file}${remote.size === undefined ? "" : ` (${remote.size} bytes)`}`,
    error,
  );
}

/** The `disk-full` error of a cache. */
export function diskFull(path: string, message: string, cause?: unknown): BiobertError {
  return new BiobertError({
    code: "disk-full",
    message,
    place: { file: path },
    hint: "Free some space, or name a larger disk's folder in HF_HOME; the same command then goes on where it stopped.",
    cause,
  });
}
