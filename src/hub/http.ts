// Requests to a hub over Node's own `fetch`: redirects are followed by hand, so that the token goes to the hub alone and to no
// host it sends us to; every wait has an end; a failure is one that may pass (`PassingFailure`) or a `BiobertError`. No message
// holds more of an address than its host: a redirect's query is a signature that opens the file to whoever has it.

import { BiobertError } from "../core/index.ts";
import type { HubSettings } from "./settings.ts";
import { askedWait, PassingFailure, pullInterrupted } from "./retry.ts";

export interface HubRequest {
  method: "GET" | "HEAD";
  url: string;
  headers?: Record<string, string>;
  /** Do not follow a redirect to another host whose answer already says what the file is (`X-Linked-Etag`). */
  stopAtOtherHost?: boolean;
  /** The environment variable that names the host, and what helps without a network; by default those of the hub. */
  named?: { variable: string; withoutNetwork: string };
  /** Seconds until the answer's first line must be there. */
  timeoutSeconds: number;
}

/** An answer of any status but a redirect that was followed. */
export interface HubAnswer {
  status: number;
  headers: Headers;
  /** The headers of all answers on the way, the last one's last. */
  trail: Headers[];
  /** The host that answered, for messages. */
  host: string;
  /** The body in chunks; each must come within the seconds given. Errors: `PassingFailure`, `interrupted`. */
  chunks(stallSeconds: number): AsyncGenerator<Uint8Array>;
  /** Ends the connection; the rest of the body is not read. */
  close(): void;
}

const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends one request and follows its redirects.
 * @throws PassingFailure for 408, 429, 5xx, a time-out and a broken connection; BiobertError `interrupted`, `hub-answer` for
 * redirects that make no sense, `hub-unreachable` for a host or a certificate that trying again will not mend.
 */
export async function sendRequest(
  request: HubRequest,
  settings: HubSettings,
  signal: AbortSignal | undefined,
  userAgent: string,
): Promise<HubAnswer> {
  const trail: Headers[] = [];
  let url = new URL(request.url);
  const hubOrigin = new URL(settings.endpoint).origin;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const headers: Record<string, string> = {
      ...request.headers,
      "user-agent": userAgent,
      "accept-encoding": "identity",
    };
    if (settings.token !== undefined && url.origin === hubOrigin)
      headers["authorization"] = `Bearer ${settings.token.reveal()}`;
    const answer = await exchange(url, request, headers, signal);
    trail.push(answer.headers);
    const location = REDIRECTS.has(answer.status) ? answer.headers.get("location") : null;
    if (location === null) return { ...answer, trail };
    const next = targetOf(location, url, request.named);
    if (request.stopAtOtherHost === true && next.origin !== url.origin && answer.headers.has("x-linked-etag")) {
      answer.close();
      return { ...answer, trail };
    }
    answer.close();
    url = next;
  }
  throw badAnswer(`${url.host} redirects more than ${MOST_REDIRECTS} times`, request.named);
}

const HUB: NonNullable<HubRequest["named"]> = {
  variable: "HF_ENDPOINT",
  withoutNetwork: "HF_HUB_OFFLINE=1 uses what is cached",
};

/** The error for an answer that no hub gives, or no host that another environment variable names. */
export function badAnswer(message: string, { variable } = HUB): BiobertError {
  return new BiobertError({
    code: "hub-answer",
    message,
    hint: `Check ${variable}, and whether a proxy or a sign-in page answers in ${variable === HUB.variable ? "the hub's" : "its"} place.`,
  });
}

function targetOf(location: string, from: URL, named: HubRequest["named"]): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const secure = target?.protocol === "https:" || (target?.protocol === "http:" && from.protocol === "http:");
  if (target === undefined || !secure || target.username !== "" || target.password !== "") {
    throw badAnswer(`${from.host} redirects to an address that cannot be followed`, named);
  }
  return target;
}

/** One request, one answer. The timer ends the exchange when nothing comes; each chunk of the body starts it anew. */
async function exchange(
  url: URL,
  request: HubRequest,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Omit<HubAnswer, "trail">> {
  if (signal?.aborted) throw pullInterrupted();
  const stop = new AbortController();
  const silence = new Silence(stop);
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const failure = (error: unknown, progressed: boolean): Error => {
    if (signal?.aborted) return pullInterrupted();
    if (silence.seconds !== undefined) {
      return new PassingFailure(`${url.host} sent nothing for ${silence.seconds} s`, { progressed, cause: error });
    }
    return connectionFailure(error, url.host, progressed, request.named);
  };
  let response: Response;
  silence.expect(request.timeoutSeconds);
  try {
    response = await fetch(url, { method: request.method, headers, redirect: "manual", signal: either });
  } catch (error) {
    throw failure(error, false);
  } finally {
    silence.end();
  }
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) {
    stop.abort();
    const what = status === 429 ? "limits how often it may be asked (429)" : `answered ${status}`;
    throw new PassingFailure(`${url.host} ${what}`, { askedSeconds: askedWait(response.headers) });
  }
  return {
    status,
    headers: response.headers,
    host: url.host,
    close: () => stop.abort(),
    async *chunks(stallSeconds) {
      let progressed = false;
      try {
        silence.expect(stallSeconds);
        for await (const chunk of response.body ?? []) {
          silence.end();
          progressed ||= chunk.length > 0;
          yield chunk;
          silence.expect(stallSeconds);
        }
      } catch (error) {
        throw failure(error, progressed);
      } finally {
        silence.end();
        stop.abort();
      }
    },
  };
}

/** A timer that ends an exchange in which nothing comes. */
class Silence {
  /** After how many seconds of it the exchange was ended; undefined while it was not. */
  seconds: number | undefined;
  private readonly stop: AbortController;
  private timer: NodeJS.Timeout | undefined;

  constructor(stop: AbortController) {
    this.stop = stop;
  }

  expect(seconds: number): void {
    this.end();
    this.timer = setTimeout(() => {
      this.seconds = seconds;
      this.stop.abort();
    }, seconds * 1000);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses the connection",
  ECONNRESET: "cut the connection",
  UND_ERR_SOCKET: "cut the connection",
  EPIPE: "cut the connection",
  ETIMEDOUT: "did not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "did not answer in time",
  EAI_AGAIN: "cannot be looked up just now",
  ENETUNREACH: "cannot be reached",
  EHOSTUNREACH: "cannot be reached",
};

/** What a failed `fetch` means. Only the system's code is used: its messages may hold whole addresses. */
function connectionFailure(error: unknown, host: string, progressed: boolean, named = HUB): Error {
  const code = codeOf(error);
  const final = (what: string, hint: string): BiobertError =>
    new BiobertError({ code: "hub-unreachable", message: `${host} ${what}`, hint });
  if (code === "ENOTFOUND") {
    return final(
      "is not a host that can be found",
      `Check the connection and ${named.variable}. Without a network, ${named.withoutNetwork}.`,
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|SSL/.test(code)) {
    return final(
      `has a certificate that is not trusted (${code})`,
      "Where a company's proxy re-signs connections, name its certificate in NODE_EXTRA_CA_CERTS.",
    );
  }
  const reason = REASONS[code] ?? (code === "" ? "cut the connection" : `could not be read from (${code})`);
  return new PassingFailure(`${host} ${reason}`, { progressed, cause: error });
}

/** The code of an error or of the one behind it: `fetch` puts the system's own error into `cause`. */
function codeOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    const { code, errors } = each as { code?: unknown; errors?: unknown };
    if (typeof code === "string") return code;
    // Several addresses were tried (`AggregateError`): the first one's reason stands for all.
    if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0]);
  }
  return "";
}
