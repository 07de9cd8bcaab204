// A model by its name from a Hugging Face hub into the Hub's own cache. The order of things follows `snapshot_download` of
// `huggingface_hub`: which commit is meant and which files it has, what each file is, the content; one file after another.

import { mkdir, rm, stat } from "node:fs/promises";
import { BiobertError } from "../core/index.ts";
import { fileSize, freeSpace, writeError } from "../data/index.ts";
import { ModelCache, pointTo, shardsOf, tagCacheDirectory } from "./cache.ts";
import { HubClient } from "./client.ts";
import { checksumKind, diskFull, downloadBlob, faultOf, incompletePath, type RemoteFile } from "./download.ts";
import type { PullListener } from "./events.ts";
import { withLock } from "./lock.ts";
import { Meter } from "./meter.ts";
import { parseModelReference, type ModelReference } from "./names.ts";
import { pullInterrupted, type RetryPolicy } from "./retry.ts";
import { selectFiles, SETTINGS_FILES } from "./selection.ts";
import { hubSettings, type Environment, type HubSettings } from "./settings.ts";

export interface PullOptions {
  /** Where settings are read from; default: this process's environment. */
  environment?: Environment;
  signal?: AbortSignal;
  onEvent?: PullListener;
  /** What failures are borne, where not the default. */
  retry?: Partial<RetryPolicy>;
  /** How the requests name this program. */
  userAgent?: string;
}

export interface PulledModel extends ModelReference {
  commit: string;
  /** The snapshot: a model directory. */
  directory: string;
  /** Names of the files that were asked for. */
  files: string[];
  downloadedBytes: number;
}

/**
 * Pulls a model, `organisation/name[@revision]`, into the cache and returns where it lies. What is in the cache is checked and
 * not fetched again. Where the network is forbidden or the hub cannot be reached, a complete snapshot of the cache is used.
 * @throws BiobertError `usage` for a name that none can have; `hub-not-found`, `hub-access`, `hub-unreachable`, `hub-offline`,
 * `hub-answer`; `model-missing` for a repository without a model; `download-damaged`, `disk-full`, `file-unwritable`,
 * `interrupted`.
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  const model = parseModelReference(name);
  const settings = await hubSettings(options.environment);
  const pull = new Pull(model, settings, options);
  return pull.run();
}

/** One pull: what its steps share. */
class Pull {
  private readonly model: ModelReference;
  private readonly settings: HubSettings;
  private readonly cache: ModelCache;
  private readonly client: HubClient;
  private readonly options: PullOptions;
  private readonly say: PullListener;
  private readonly startedAt = performance.now();
  private downloadedBytes = 0;

  constructor(model: ModelReference, settings: HubSettings, options: PullOptions) {
    this.model = model;
    this.settings = settings;
    this.options = options;
    this.cache = new ModelCache(settings.cacheDirectory, model.name);
    this.say = options.onEvent ?? (() => undefined);
    this.client = new HubClient(model, settings, {
      signal: options.signal,
      retry: options.retry ?? {},
      userAgent: options.userAgent ?? "biobert",
      onEvent: this.say,
    });
  }

  async run(): Promise<PulledModel> {
    const cached = await this.cache.completeSnapshot(this.model);
    if (this.settings.offline) {
      if (cached === undefined) throw offlineError(this.model, this.settings);
      return this.fromCache(cached, "offline", "HF_HUB_OFFLINE is set: the cached snapshot is used as it is");
    }
    let listing: { commit: string; names: string[] };
    try {
      // With something to fall back on, an unreachable hub is not worth a long wait.
      listing = await this.client.list(cached === undefined ? {} : { failures: 0 });
    } catch (error) {
      const unreachable = error instanceof BiobertError && error.code === "hub-unreachable";
      if (!unreachable || cached === undefined) throw error;
      return this.fromCache(cached, "hub-unreachable", `${error.message}: the cached snapshot is used as it is`);
    }
    const { commit, names } = listing;
    const selection = selectFiles(names, this.model.name);
    const remotes: RemoteFile[] = [];
    for (const file of selection.files) remotes.push(await this.client.describe(file, commit));
    await this.fetchAll(remotes, commit);
    await this.checkShards(selection.weights.index, selection.files, commit);
    // Last, so that a pull that stops halfway leaves the revision with the snapshot it had.
    await this.stored(this.cache.folder, async () => {
      for (const file of SETTINGS_FILES) if (!names.includes(file)) await this.cache.writeAbsence(commit, file);
      await this.cache.writeRef(this.model.revision, commit);
    });
    return this.end(commit, this.cache.snapshot(commit), selection.files);
  }

  private fromCache(cached: { commit: string; directory: string }, code: string, message: string): PulledModel {
    this.say({ type: "warning", code, message });
    return this.end(cached.commit, cached.directory, []);
  }

  private end(commit: string, directory: string, files: string[]): PulledModel {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const { downloadedBytes, model } = this;
    this.say({ type: "end", ...model, commit, directory, downloadedBytes, seconds });
    return { ...model, commit, directory, files, downloadedBytes };
  }

  private async fetchAll(remotes: readonly RemoteFile[], commit: string): Promise<void> {
    const { model, settings } = this;
    const totalBytes = remotes.reduce((sum, { size }) => sum + (size ?? 0), 0);
    const files = remotes.map(({ file, size }) => ({ file, size }));
    this.say({ type: "start", ...model, commit, files, totalBytes });
    await this.stored(settings.cacheDirectory, () => mkdir(settings.cacheDirectory, { recursive: true }));
    await tagCacheDirectory(settings.cacheDirectory);
    const needed: RemoteFile[] = [];
    let bytesBefore = 0;
    for (const remote of remotes) {
      if (this.options.signal?.aborted) throw pullInterrupted();
      if (await this.isCached(remote, commit)) {
        bytesBefore += remote.size ?? 0;
        this.say({ type: "file", file: remote.file, size: remote.size, state: "cached", fromByte: remote.size ?? 0 });
      } else needed.push(remote);
    }
    await this.requireSpace(needed);
    const meter = new Meter(totalBytes, bytesBefore, this.say);
    for (const remote of needed) await this.fetchOne(remote, commit, meter);
  }

  /** Whether the snapshot has the file, and whole; a whole blob is linked to. What does not check out is told of. */
  private async isCached(remote: RemoteFile, commit: string): Promise<boolean> {
    const pointer = this.cache.file(commit, remote.file);
    const blob = this.cache.blob(remote.etag);
    for (const path of [pointer, blob]) {
      if ((await stat(path).catch(() => undefined))?.isFile() !== true) continue;
      const fault = await faultOf(path, remote);
      if (fault === undefined) {
        if (path === blob) await this.point(remote, commit, false);
        return true;
      }
      this.say({ type: "damaged", file: remote.file, reason: `in the cache, ${fault}` });
      // Removed here, lest it stands in the way as a link to what is wrong.
      await this.stored(path, () => rm(path, { force: true }));
    }
    return false;
  }

  private async fetchOne(remote: RemoteFile, commit: string, meter: Meter): Promise<void> {
    const { file, etag, size } = remote;
    if (checksumKind(etag) === undefined) {
      this.say({
        type: "warning",
        code: "checksum-missing",
        message: `the hub gives no checksum of ${file}: only its size is checked`,
      });
    }
    const blob = this.cache.blob(etag);
    const lock = { signal: this.options.signal, onWait: () => this.say({ type: "waiting", file }) };
    await withLock(this.cache.lock(etag), lock, async () => {
      // While this process waited, another one may have brought it.
      if (await this.isCached(remote, commit)) {
        this.say({ type: "file", file, size, state: "cached", fromByte: size ?? 0 });
        return meter.finish(size ?? 0);
      }
      this.downloadedBytes += await downloadBlob(remote, blob, {
        request: (_remote, fromByte) => this.client.content(remote, fromByte),
        retried: (attempt) => this.client.retried(file, {}, attempt),
        stallSeconds: this.settings.stallTimeout,
        onBegin: (fromByte) => {
          this.say({ type: "file", file, size, state: fromByte > 0 ? "resume" : "download", fromByte });
          meter.begin(file, fromByte);
        },
        onBytes: (fileBytes) => meter.show(fileBytes),
        onDamage: (reason) => this.say({ type: "damaged", file, reason }),
      });
      await this.point(remote, commit, true);
      meter.finish(size ?? 0);
    });
  }

  private point(remote: RemoteFile, commit: string, isNew: boolean): Promise<void> {
    const pointer = this.cache.file(commit, remote.file);
    const links = this.settings.symlinks;
    return this.stored(pointer, () => pointTo(this.cache.blob(remote.etag), pointer, { links, isNew }));
  }

  /** Refuses to begin what the disk cannot hold; where the system does not say how much is free, nothing is refused. */
  private async requireSpace(needed: readonly RemoteFile[]): Promise<void> {
    let bytes = 0;
    for (const { etag, size = 0 } of needed) {
      const partial = await fileSize(incompletePath(this.cache.blob(etag)));
      bytes += Math.max(0, size - partial);
    }
    const free = await freeSpace(this.settings.cacheDirectory);
    if (free === undefined || free >= bytes) return;
    const megabytes = (value: number): string => `${Math.ceil(value / 1e6)} MB`;
    const message = `${this.model.name} needs ${megabytes(bytes)} and ${megabytes(free)} are free`;
    throw diskFull(this.settings.cacheDirectory, message);
  }

  private async checkShards(index: string | undefined, files: readonly string[], commit: string): Promise<void> {
    if (index === undefined) return;
    const shards = await shardsOf(this.cache.file(commit, index));
    const missing = shards?.find((shard) => !files.includes(shard));
    if (shards !== undefined && missing === undefined) return;
    throw new BiobertError({
      code: "model-missing",
      message:
        missing === undefined
          ? `${index} does not name its shards`
          : `${index} names ${missing}, which the hub does not have`,
      place: { name: this.model.name },
    });
  }

  private async stored<T>(path: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw writeError(error, path);
    }
  }
}

/** The error for a model that is not in the cache while the network is forbidden. */
function offlineError(model: ModelReference, settings: HubSettings): BiobertError {
  return new BiobertError({
    code: "hub-offline",
    message: `${model.name} at ${model.revision} is not in the cache, or not all of it, and HF_HUB_OFFLINE forbids the network`,
    place: { file: settings.cacheDirectory },
    hint: `Unset HF_HUB_OFFLINE and run: biobert pull ${model.name}${model.revision === "main" ? "" : `@${model.revision}`}`,
  });
}
