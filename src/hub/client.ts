// The three questions of a pull to a hub's HTTP interface: which files a revision has, what a file is, what it holds; each with
// tries again and the errors that the answers mean.

import type { PullListener } from "./events.ts";
import { badAnswer, type HubAnswer, type HubRequest, sendRequest } from "./http.ts";
import type { RemoteFile } from "./download.ts";
import { isSafeName, type ModelReference } from "./names.ts";
import { refusalOf } from "./refusals.ts";
import { DEFAULT_RETRY, type RetryPolicy, withRetries } from "./retry.ts";
import type { HubSettings } from "./settings.ts";

const LARGEST_LISTING = 16 * 1024 * 1024;
const PROXY_HINT =
  " A proxy is set, but Node uses it only with NODE_USE_ENV_PROXY=1 (Node 22.21 or later, 24 or later).";

export interface HubClientOptions {
  signal: AbortSignal | undefined;
  retry: Partial<RetryPolicy>;
  userAgent: string;
  onEvent: PullListener;
}

/** A hub, asked about one revision of one model. */
export class HubClient {
  private readonly model: ModelReference;
  private readonly settings: HubSettings;
  private readonly options: HubClientOptions;

  constructor(model: ModelReference, settings: HubSettings, options: HubClientOptions) {
    this.model = model;
    this.settings = settings;
    this.options = options;
  }

  /** The commit that the revision means, and the names of its files. */
  async list(retry: Partial<RetryPolicy>): Promise<{ commit: string; names: string[] }> {
    const { name, revision } = this.model;
    const url = `${this.settings.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}`;
    const text = await this.retried("the list of files", retry, async () => {
      const answer = await this.send({ method: "GET", url, timeoutSeconds: this.settings.answerTimeout });
      return this.textOf(answer);
    });
    const json = parsed(text) as { sha?: unknown; siblings?: unknown } | undefined;
    const commit = json?.sha;
    if (typeof commit !== "string" || !isSafeName(commit) || !Array.isArray(json?.siblings)) {
      throw badAnswer(`${new URL(url).host} does not answer as a Hugging Face hub does`);
    }
    const names = json.siblings.map((entry: { rfilename?: unknown } | null) => entry?.rfilename);
    return { commit, names: names.filter((each) => typeof each === "string") };
  }

  /** What the hub says of a file, without its content. */
  async describe(file: string, commit: string): Promise<RemoteFile> {
    const path = file.split("/").map(encodeURIComponent).join("/");
    const url = `${this.settings.endpoint}/${this.model.name}/resolve/${commit}/${path}`;
    const answer = await this.retried(file, {}, () =>
      this.send({ method: "HEAD", url, stopAtOtherHost: true, timeoutSeconds: this.settings.answerTimeout }, file),
    );
    answer.close();
    const header = (name: string): string | undefined =>
      answer.trail.findLast((each) => each.has(name))?.get(name) ?? undefined;
    const etag = (header("x-linked-etag") ?? answer.headers.get("etag") ?? "").replace(/^W\//, "").replaceAll('"', "");
    if (!isSafeName(etag)) throw badAnswer(`${answer.host} does not say which content ${file} has`);
    const length =
      header("x-linked-size") ?? (answer.status === 200 ? answer.headers.get("content-length") : undefined);
    return { file, url, etag, size: /^\d{1,15}$/.test(length ?? "") ? Number(length) : undefined };
  }

  /** The content of a file, from a byte on; tried once. */
  async content(remote: RemoteFile, fromByte: number): Promise<HubAnswer> {
    const headers: Record<string, string> = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
    const answer = await sendRequest(
      { method: "GET", url: remote.url, headers, timeoutSeconds: this.settings.stallTimeout },
      this.settings,
      this.options.signal,
      this.options.userAgent,
    );
    // 416: the rest that was asked for is not there; the file is fetched from its start then.
    if (answer.status === 200 || answer.status === 206 || (answer.status === 416 && fromByte > 0)) return answer;
    answer.close();
    throw refusalOf(answer, this.model, this.settings, remote.file);
  }

  /** Sends a question; any answer but a success, or a redirect that was stopped at, is an error. */
  private async send(request: HubRequest, file?: string): Promise<HubAnswer> {
    const answer = await sendRequest(request, this.settings, this.options.signal, this.options.userAgent);
    if (answer.status < 400 && (answer.status < 300 || request.stopAtOtherHost === true)) return answer;
    answer.close();
    throw refusalOf(answer, this.model, this.settings, file);
  }

  private async textOf(answer: HubAnswer): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.chunks(this.settings.answerTimeout)) {
      length += chunk.length;
      if (length > LARGEST_LISTING) throw badAnswer(`${answer.host} lists more files than any model has`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  }

  /** Runs an attempt until it succeeds or the policy gives up; each wait is told of. */
  retried<T>(what: string, retry: Partial<RetryPolicy>, attempt: () => Promise<T>): Promise<T> {
    return withRetries(attempt, {
      policy: { ...DEFAULT_RETRY, ...this.options.retry, ...retry },
      signal: this.options.signal,
      what,
      endpoint: this.settings.endpoint,
      hint: this.settings.proxyUnused ? PROXY_HINT : undefined,
      onRetry: (event) => this.options.onEvent({ type: "retry", what, ...event }),
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
