// Trying again: what may pass (429, 5xx, a cut or silent connection) is tried a bounded number of times with growing waits,
// or after the wait the server asks for. Waits as in `huggingface_hub`: 1 s, doubled up to 8 s.

import { setTimeout as sleep } from "node:timers/promises";
import { BiobertError } from "../core/index.ts";

export interface RetryPolicy {
  /** Failures in a row, without a new byte between them, that are borne. */
  failures: number;
  /** Failures in one download that are borne in all, however much came between them. */
  failuresInAll: number;
  firstWaitSeconds: number;
  longestWaitSeconds: number;
  /** The longest wait a server may ask for; where it asks for more, the pull ends and says so. */
  longestAskedSeconds: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  failures: 5,
  failuresInAll: 100,
  firstWaitSeconds: 1,
  longestWaitSeconds: 8,
  longestAskedSeconds: 600,
};

/** A failure that may pass. `progressed` tells that bytes came before it; `askedSeconds` is the server's own wait. */
export class PassingFailure extends Error {
  readonly reason: string;
  readonly askedSeconds: number | undefined;
  readonly progressed: boolean;

  constructor(reason: string, options: { askedSeconds?: number; progressed?: boolean; cause?: unknown } = {}) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "PassingFailure";
    this.reason = reason;
    this.askedSeconds = options.askedSeconds;
    this.progressed = options.progressed ?? false;
  }
}

export interface RetryOptions {
  policy: RetryPolicy;
  signal: AbortSignal | undefined;
  /** What is tried, for messages: a file's name, or "the list of files". */
  what: string;
  /** The hub's address, for messages. */
  endpoint: string;
  /** Something more to say when nothing helped. */
  hint?: string | undefined;
  onRetry: (retry: { reason: string; attempt: number; waitSeconds: number }) => void;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed as often as the policy bears.
 * @throws BiobertError `hub-unreachable` naming the last failure, `interrupted`; others as `attempt` throws them.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy } = options;
  let inARow = 0;
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      inARow = error.progressed ? 1 : inARow + 1;
      const asked = error.askedSeconds;
      if (asked !== undefined && asked > policy.longestAskedSeconds) throw unreachable(error, options, asked);
      if (inARow > policy.failures || failed > policy.failuresInAll) throw unreachable(error, options);
      const grown = Math.min(policy.longestWaitSeconds, policy.firstWaitSeconds * 2 ** (inARow - 1));
      const waitSeconds = asked ?? grown;
      options.onRetry({ reason: error.reason, attempt: failed, waitSeconds });
      await pause(waitSeconds, options.signal);
    }
  }
}

/** The error that Ctrl-C becomes while a model is pulled. */
export function pullInterrupted(): BiobertError {
  return new BiobertError({
    code: "interrupted",
    message: "the download was stopped",
    hint: "What has come is kept: the same command goes on from there.",
  });
}

/** Waits, or ends the wait with `interrupted` when the signal is raised. */
export async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {
    throw pullInterrupted();
  });
}

/** Seconds that a 429 or 503 answer asks to wait: `RateLimit` where it is used up, else `Retry-After` (seconds or a date). */
export function askedWait(headers: Headers, now: number = Date.now()): number | undefined {
  const limit = /;\s*r\s*=\s*(\d+)\s*;\s*t\s*=\s*(\d+)/.exec(headers.get("ratelimit") ?? "");
  if (limit !== null && Number(limit[1]) === 0) return Number(limit[2]);
  const after = headers.get("retry-after")?.trim();
  if (after === undefined || after === "") return undefined;
  if (/^\d+$/.test(after)) return Number(after);
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

function unreachable(failure: PassingFailure, options: RetryOptions, askedSeconds?: number): BiobertError {
  return new BiobertError({
    code: "hub-unreachable",
    message:
      askedSeconds === undefined
        ? `${options.what}: ${failure.reason}, and trying again did not help`
        : `${options.what}: ${failure.reason} and asks to wait ${askedSeconds} s`,
    place: { name: options.endpoint },
    hint: `${
      askedSeconds === undefined
        ? "Check the connection and run the same command again: it goes on where it stopped."
        : "Run the same command again then; with a token in HF_TOKEN the hub allows more."
    }${options.hint ?? ""}`,
    cause: failure.cause,
  });
}
