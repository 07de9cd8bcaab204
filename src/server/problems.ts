// Errors as HTTP answers: problem details for machines (RFC 9457), made from a BiobertError's code, or a page where a person
// asks. What nobody foresaw is answered with its request id and nothing else; the log has the rest.

import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BiobertError, type ErrorCode, type FieldProblem } from "../core/index.ts";

/** An RFC 9457 document; `code` and what follows are its extension members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  code: ErrorCode;
  hint?: string;
  requestId?: string;
  /** Field by field, where a request's content is wrong. */
  errors?: readonly FieldProblem[];
  /** `detail` again, under the names that clients of Django REST services read. */
  error: string;
  message: string;
}

/** Status of each code that is the asker's doing or a passing state; every other code is a fault of the server, 500. */
const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  usage: 400,
  "input-format": 400,
  "input-empty": 400,
  "input-encoding": 400,
  "input-binary": 400,
  "not-authenticated": 401,
  "not-allowed": 403,
  "not-found": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "input-too-large": 413,
  unsupported: 415,
  "fields-invalid": 422,
  "label-unknown": 422,
  "too-many-requests": 429,
  "timed-out": 503,
  stopping: 503,
  "catalogue-invalid": 422,
  "catalogue-reference": 409,
  "catalogue-not-found": 404,
  "catalogue-conflict": 409,
  "catalogue-access": 403,
  "catalogue-unverified": 422,
  "catalogue-busy": 503,
};

const TITLES: Partial<Record<number, string>> = {
  400: "The request cannot be read",
  401: "A valid token is needed",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Changed in the meantime",
  413: "Too large",
  415: "Not supported",
  422: "Some fields are not right",
  429: "Too many requests",
  500: "A fault of the server",
  503: "Not now",
};

const CODE_OF_STATUS: Partial<Record<number, ErrorCode>> = {
  400: "input-format",
  401: "not-authenticated",
  403: "not-allowed",
  404: "not-found",
  405: "method-not-allowed",
  409: "conflict",
  413: "input-too-large",
  415: "unsupported",
  422: "fields-invalid",
  429: "too-many-requests",
  503: "timed-out",
};

/** The HTTP status for an error of this code. */
export function statusOf(code: ErrorCode): ContentfulStatusCode {
  return STATUS[code] ?? 500;
}

/** The problem document for whatever a route threw. A fault's own words stay in the log: they may name files and queries. */
export function problemOf(thrown: unknown, requestId?: string, instance?: string): Problem {
  const error = asBiobertError(thrown);
  const status = statusOf(error.code);
  const isFault = status === 500;
  const detail = isFault ? "Something broke here; it has been logged under the request id." : error.message;
  return {
    type: `urn:biobert:error:${isFault ? "internal" : error.code}`,
    title: TITLES[status] ?? "Failed",
    status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    code: isFault ? "internal" : error.code,
    ...(isFault || error.hint === undefined ? {} : { hint: error.hint }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(error.fields.length === 0 ? {} : { errors: error.fields }),
    error: detail,
    message: detail,
  };
}

/** The problem as `application/problem+json`. */
export function problemResponse(c: Context, problem: Problem): Response {
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
  });
}

/** Whether who asks is a browser that shows a page rather than a program: it prefers HTML to JSON. */
export function prefersHtml(c: Context): boolean {
  const accept = c.req.header("Accept") ?? "";
  const html = accept.indexOf("text/html");
  const json = accept.search(/application\/(?:[\w.]+\+)?json/);
  return html >= 0 && (json < 0 || html < json);
}

function asBiobertError(thrown: unknown): BiobertError {
  if (thrown instanceof BiobertError) return thrown;
  if (thrown instanceof HTTPException) {
    const code = CODE_OF_STATUS[thrown.status] ?? (thrown.status < 500 ? "input-format" : "internal");
    const message = thrown.message === "" ? (TITLES[thrown.status] ?? "The request failed") : thrown.message;
    return new BiobertError({ code, message, cause: thrown });
  }
  // What a body that is no JSON throws while it is read.
  if (thrown instanceof SyntaxError && /JSON/.test(thrown.message)) {
    return new BiobertError({
      code: "input-format",
      message: `the body is not JSON: ${thrown.message}`,
      cause: thrown,
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BiobertError({ code: "internal", message, cause: thrown });
}
