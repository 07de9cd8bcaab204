// The two databases behind one small door: PostgreSQL in this process (PGlite, a folder or memory) and a PostgreSQL server.
// Statements are SQL with numbered parameters; values never become part of a statement's text.

import { BiobertError } from "../../core/index.ts";

/** What a statement's parameters may be. Lists and documents are given as JSON text (`$1::text::jsonb`), alike for both databases. */
export type Parameter = string | number | boolean | null;

export interface Connection {
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly Parameter[]): Promise<Row[]>;
}

export interface Database extends Connection {
  readonly backend: "embedded" | "server";
  /** Several statements without parameters. */
  execute(sql: string): Promise<void>;
  /** Commits what `work` did, or rolls all of it back when it throws. */
  transaction<T>(work: (connection: Connection & { execute(sql: string): Promise<void> }) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface DatabaseFailure {
  code?: string;
  detail?: string;
  table?: string;
  table_name?: string;
  message?: string;
}

/** The project's error for what a database threw; its own errors pass unchanged. */
export function databaseError(error: unknown, where: string): BiobertError {
  if (error instanceof BiobertError) return error;
  const failure = (error ?? {}) as DatabaseFailure;
  const message = failure.message ?? String(error);
  const code = failure.code ?? "";
  const detail = failure.detail ?? "";
  if (code === "23503") {
    return new BiobertError({
      code: "catalogue-reference",
      message: `something refers to what is not there: ${detail || message}`,
      place: { name: failure.table ?? failure.table_name },
      hint: "Add what is referred to first, or change the reference; delete what refers to it first.",
      cause: error,
    });
  }
  if (code === "23505" || code === "40001" || code === "40P01") {
    return new BiobertError({
      code: "catalogue-conflict",
      message:
        code === "23505"
          ? `it is there already: ${detail || message}`
          : "somebody else changed the same entries meanwhile",
      hint: "Look at what is stored now and try again.",
      cause: error,
    });
  }
  if (code === "55P03") {
    return new BiobertError({
      code: "catalogue-busy",
      message: "somebody else has been writing to the catalogue for too long",
      hint: "Try again when the running import is done.",
      cause: error,
    });
  }
  if (code === "53100" || /no space left/i.test(message)) {
    return new BiobertError({
      code: "disk-full",
      message: "no space is left for the catalogue",
      place: { file: where },
      cause: error,
    });
  }
  return new BiobertError({
    code: "catalogue-database",
    message: `the catalogue's database refused: ${message}${detail === "" ? "" : ` (${detail})`}`,
    place: { name: where },
    hint: /^(?:08|28|57|3D)|^E[A-Z]+$|CONNECT/.test(code)
      ? "Is the server running, and are the address, user and password right?"
      : undefined,
    cause: error,
  });
}

/** Runs `work` with the database's failures turned into errors of the project. */
export async function guarded<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(error, where);
  }
}

/** A connection string without its password, for messages. */
export function withoutPassword(location: string): string {
  return location.replace(/^(postgres(?:ql)?:\/\/[^:@/]*):[^@/]*@/, "$1@");
}
