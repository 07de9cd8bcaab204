// A client of another catalogue's API: sends one result, with the record of its run, for review. What `evaluate --submit` calls.

import { BiobertError, type FieldProblem } from "../../core/index.ts";
import type { Submission } from "../schema/index.ts";

export interface SubmitOptions {
  /** Where the catalogue is: `https://host` or `https://host/below`. */
  server: string;
  token: string;
  /** A submission's content, the result and, for a measured one, its record; or `record` alone. */
  content?: unknown;
  /** A record as `biobert evaluate` writes it; the catalogue finds table, model and numbers in it. */
  record?: unknown;
  /** The table for `record`, where several fit. */
  table?: string;
  signal?: AbortSignal;
  /** For tests. */
  fetch?: typeof globalThis.fetch;
}

/**
 * Submits and gives the submission that now waits for review. Errors: `fields-invalid` with every field that is not right,
 * `not-authenticated`, `not-allowed`, `too-many-requests`, and `hub-unreachable` where nobody answers.
 */
export async function submitToCatalogue(options: SubmitOptions): Promise<Submission> {
  const { server, token, signal, fetch = globalThis.fetch } = options;
  const isRecord = options.record !== undefined;
  const url = `${addressOf(server)}/${isRecord ? "records" : "submissions"}`;
  const content = isRecord ? { record: options.record, table: options.table } : options.content;
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(content),
      // A token goes to the server it was meant for and nowhere else.
      redirect: "error",
      signal,
    });
  } catch (cause) {
    if (signal?.aborted)
      throw new BiobertError({ code: "interrupted", message: "stopped before the catalogue answered", cause });
    throw new BiobertError({
      code: "hub-unreachable",
      message: `no answer from ${url}`,
      hint: "Is the address right, and does `biobert results serve` run there?",
      cause,
    });
  }
  const answer = (await response.json().catch(() => undefined)) as Record<string, unknown> | undefined;
  if (response.status === 202 && answer !== undefined) return answer as unknown as Submission;
  throw new BiobertError({
    code: CODES[response.status] ?? "hub-answer",
    message: `the catalogue refuses: ${typeof answer?.["detail"] === "string" ? answer["detail"] : `HTTP ${response.status}`}`,
    hint: typeof answer?.["hint"] === "string" ? answer["hint"] : undefined,
    fields: fieldsOf(answer?.["errors"]),
  });
}

const CODES: Readonly<Record<number, BiobertError["code"]>> = {
  400: "input-format",
  401: "not-authenticated",
  403: "not-allowed",
  409: "conflict",
  413: "input-too-large",
  422: "fields-invalid",
  429: "too-many-requests",
};

function addressOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new BiobertError({
      code: "usage",
      message: `${server} is no address of a catalogue`,
      hint: "It looks like https://host.",
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}/api/catalogue`;
}

function fieldsOf(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(
    (each): each is FieldProblem => typeof each?.field === "string" && typeof each?.message === "string",
  );
}
