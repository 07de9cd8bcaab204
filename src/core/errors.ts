// Errors are part of the interface: a stable code, the place, and what to do about it.

/** Every code the project can report. A code never changes its meaning; new ones are added here. */
export type ErrorCode =
  | "usage" // wrong flags or arguments: exit 2
  | "file-not-found"
  | "file-unreadable"
  | "file-unwritable"
  | "disk-full"
  | "file-exists"
  | "input-empty"
  | "input-binary"
  | "input-encoding" // invalid UTF-8
  | "input-format" // a line or record that is not what the format says
  | "input-too-large"
  | "data-overlap" // training data hold what is to be tested
  | "label-unknown"
  | "label-scheme"
  | "model-missing" // a file of a model directory is not there
  | "model-damaged" // truncated, lying header, NaN weights
  | "model-unsafe" // it would run code, reach outside its folder or grow without bound
  | "model-config"
  | "model-vocabulary"
  | "model-tensor" // a tensor missing, unexpected or of the wrong shape
  | "model-task" // the model has no head for what was asked
  | "graph-invalid"
  | "gradient-missing"
  | "engine-failed"
  | "memory-bound" // what was asked for does not fit into --max-memory
  | "device-unavailable" // no such GPU, driver or library here
  | "training-diverged"
  | "checkpoint-damaged"
  | "checkpoint-mismatch"
  | "hub-not-found" // no such model, revision or file on the hub
  | "hub-access" // the hub wants a token, another token, or its terms accepted
  | "hub-offline" // not in the cache, and the network is forbidden
  | "hub-unreachable" // no connection, time-outs, 5xx or rate limits beyond what is borne
  | "hub-answer" // an answer that no hub gives
  | "download-damaged" // wrong checksum or size, again and again
  | "not-found" // no such page, entity or route: HTTP 404
  | "method-not-allowed" // the route knows other methods: 405
  | "not-authenticated" // a token is missing, forged, expired or revoked: 401
  | "not-allowed" // the token's role is too low, or the request comes from a foreign page: 403
  | "conflict" // somebody else changed it first, or it is there already: 409
  | "fields-invalid" // fields of a request that are not what they must be, each in `fields`: 422
  | "too-many-requests" // 429
  | "timed-out" // 503: it took longer than a request may
  | "stopping" // 503: the server is going down
  | "catalogue-invalid" // an entity or a submission is not what its schema or the checks say
  | "catalogue-reference" // it refers to what is not there, or something refers to it
  | "catalogue-not-found"
  | "catalogue-conflict" // somebody else changed it meanwhile
  | "catalogue-access" // no token, or one whose role may not do this
  | "catalogue-unverified" // the reproduction differs from the claim
  | "catalogue-database" // the database cannot be opened, reached or written
  | "catalogue-busy" // another process has the embedded database open, or writes for too long
  | "interrupted" // Ctrl-C: exit 130
  | "unsupported"
  | "internal";

/** What is wrong with one field of a request or a file: its path, a code of its own, a sentence. */
export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

export interface ErrorDetails {
  code: ErrorCode;
  /** What is wrong, one sentence, naming the offending value. */
  message: string;
  /** Where: a file, a line (1-based), a tensor, an operator. */
  place?: { file?: string; line?: number; column?: number; name?: string };
  /** What the reader can do about it. */
  hint?: string;
  /** Field by field, where several things are wrong at once. */
  fields?: readonly FieldProblem[];
  cause?: unknown;
}

/** The one error class of the project; `code` is stable, `place` and `hint` are for people. */
export class BiobertError extends Error {
  readonly code: ErrorCode;
  readonly place: NonNullable<ErrorDetails["place"]>;
  readonly hint: string | undefined;
  readonly fields: readonly FieldProblem[];

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "BiobertError";
    this.code = details.code;
    this.place = details.place ?? {};
    this.hint = details.hint;
    this.fields = details.fields ?? [];
  }

  /** `file:line: message (name)` on one line, then the hint: what a command prints. */
  describe(): string {
    const { file, line, column, name } = this.place;
    const where = [file, line, column].filter((part) => part !== undefined).join(":");
    const subject = name === undefined ? "" : ` [${name}]`;
    const text = `${where === "" ? "" : `${where}: `}${this.message}${subject}`;
    return this.hint === undefined ? text : `${text}\n  ${this.hint}`;
  }
}

/** Throws `BiobertError` with code `internal` when a thing that must hold does not. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BiobertError({ code: "internal", message });
}
