// A data set's files by URL into the data cache: each resumed where an earlier run stopped, checked against the registry's
// SHA-256 and size, and named only then.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BiobertError, VERSION } from "../core/index.ts";
import {
  type AnyDataset,
  type DatasetFile,
  dataCache,
  datasetOf,
  findFile,
  knownFile,
  readUnzipped,
  sha256,
} from "../data/index.ts";
import { downloadBlob, type RemoteFile } from "./download.ts";
import type { PullListener } from "./events.ts";
import { type HubAnswer, sendRequest } from "./http.ts";
import { Meter } from "./meter.ts";
import { DEFAULT_RETRY, type RetryPolicy, withRetries } from "./retry.ts";
import { type Environment, hubSettings } from "./settings.ts";

export interface PullDatasetOptions {
  environment?: Environment;
  signal?: AbortSignal;
  onEvent?: PullListener;
  retry?: Partial<RetryPolicy>;
  userAgent?: string;
  /** The folder to fill; by default the data cache. */
  directory?: string;
  /** The files to fetch instead of the registry's: for tests and private registries. */
  files?: readonly DatasetFile[];
}

export interface PulledDataset {
  dataset: string;
  directory: string;
  files: string[];
  downloadedBytes: number;
  /** Files that are published only inside an archive: to be put there by hand. */
  missing: string[];
}

/** Where GitHub gives single files; `BIOBERT_DATA_ENDPOINT` names another host with the same paths. */
const RAW_HOST = "https://raw.githubusercontent.com";

const DATA_HOST = {
  variable: "BIOBERT_DATA_ENDPOINT",
  withoutNetwork: "put the files there yourself and name their folder with --data or BIOBERT_DATA",
};

/** Every file that a data set's splits name, once each, as the registry knows it; archives that are not listed are `undefined`. */
export function filesOf(dataset: Pick<AnyDataset, "splits">): { path: string; known: DatasetFile | undefined }[] {
  const paths = new Set(Object.values(dataset.splits).flatMap((part) => part.files));
  return [...paths].map((path) => ({ path, known: knownFile(path) }));
}

/**
 * Fetches what a data set has and the folder lacks. What is there is checked and not fetched again.
 * @throws BiobertError `usage`, `unsupported` for a set that cannot be had or only by hand, with what to do; `hub-offline`,
 * `hub-not-found`, `hub-unreachable`, `download-damaged`, `disk-full`, `file-unwritable`, `interrupted`.
 */
export async function pullDataset(id: string, options: PullDatasetOptions = {}): Promise<PulledDataset> {
  const dataset = datasetOf(id);
  const environment = options.environment ?? process.env;
  const wanted = options.files?.map((known) => ({ path: known.path, known })) ?? filesOf(dataset);
  const fetchable = wanted.flatMap(({ known }) => (known?.url === undefined ? [] : [known]));
  if (dataset.availability === "no" || fetchable.length === 0) {
    throw new BiobertError({ code: "unsupported", message: `${dataset.id} cannot be fetched`, hint: dataset.why });
  }
  const settings = {
    ...(await hubSettings(environment)),
    endpoint: environment["BIOBERT_DATA_ENDPOINT"]?.replace(/\/+$/, "") || RAW_HOST,
    token: undefined,
  };
  const directory = options.directory ?? dataCache(environment);
  const say: PullListener = options.onEvent ?? (() => {});
  const totalBytes = fetchable.reduce((sum, file) => sum + (file.zipped?.bytes ?? file.bytes), 0);
  const about = { name: dataset.id, revision: "registry", commit: fetchable[0]!.source?.split("@")[1] ?? "" };
  const startedAt = performance.now();
  say({
    type: "start",
    ...about,
    files: fetchable.map(({ path, bytes }) => ({ file: path, size: bytes })),
    totalBytes,
  });
  let bytes = 0;
  let downloadedBytes = 0;
  for (const file of fetchable) {
    const size = file.zipped?.bytes ?? file.bytes;
    if (await isThere(directory, file)) say({ type: "file", file: file.path, size, state: "cached", fromByte: 0 });
    else {
      if (settings.offline)
        throw new BiobertError({
          code: "hub-offline",
          message: `${file.path} is not in the cache, and the network is forbidden`,
          hint: "Unset HF_HUB_OFFLINE, or name a folder that has the corpus with BIOBERT_DATA or --data.",
        });
      const remote: RemoteFile = {
        file: file.path,
        url: file.url!.replace(RAW_HOST, settings.endpoint),
        etag: file.zipped?.sha256 ?? file.sha256,
        size,
      };
      const request = async (_remote: RemoteFile, fromByte: number): Promise<HubAnswer> => {
        const headers: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
        const answer = await sendRequest(
          { method: "GET", url: remote.url, headers, named: DATA_HOST, timeoutSeconds: settings.stallTimeout },
          settings,
          options.signal,
          options.userAgent ?? `biobert/${VERSION}`,
        );
        if (answer.status === 200 || answer.status === 206 || (answer.status === 416 && fromByte > 0)) return answer;
        answer.close();
        throw new BiobertError({
          code: answer.status === 404 ? "hub-not-found" : "hub-answer",
          message: `${answer.host} answers ${answer.status} for ${file.path}`,
          place: { name: file.source ?? file.path },
          hint: "The publisher may have moved it: get it from the data set's homepage (biobert datasets show ID) and name your folder with --data.",
        });
      };
      const meter = new Meter(totalBytes, bytes, say);
      downloadedBytes += await downloadBlob(
        remote,
        join(directory, `${file.path}${file.zipped === undefined ? "" : ".gz"}`),
        {
          request,
          retried: (attempt) =>
            withRetries(attempt, {
              policy: { ...DEFAULT_RETRY, ...options.retry },
              signal: options.signal,
              what: file.path,
              endpoint: settings.endpoint,
              onRetry: (retry) => say({ type: "retry", what: file.path, ...retry }),
            }),
          stallSeconds: settings.stallTimeout,
          onBegin: (fromByte) => {
            say({ type: "file", file: file.path, size, state: fromByte > 0 ? "resume" : "download", fromByte });
            meter.begin(file.path, fromByte);
          },
          onBytes: (fileBytes) => meter.show(fileBytes),
          onDamage: (reason) => say({ type: "damaged", file: file.path, reason }),
        },
      );
      // A plain file is read before a zipped one, so a damaged one would stand in front of what was fetched.
      if (file.zipped !== undefined && !(await isThere(directory, file))) {
        await rm(join(directory, file.path), { force: true });
        say({
          type: "damaged",
          file: file.path,
          reason: "its content was another; it is removed for the published one",
        });
      }
    }
    bytes += size;
  }
  const missing = wanted.filter(({ known }) => known?.url === undefined).map(({ path }) => path);
  say({ type: "end", ...about, directory, downloadedBytes, seconds: (performance.now() - startedAt) / 1000 });
  return { dataset: dataset.id, directory, files: fetchable.map(({ path }) => path), downloadedBytes, missing };
}

/** Whether the folder has this file with this content. */
async function isThere(directory: string, file: DatasetFile): Promise<boolean> {
  const place = await findFile([directory], file.path);
  if (place === undefined) return false;
  return sha256(await readUnzipped(place).catch(() => new Uint8Array())) === file.sha256;
}
