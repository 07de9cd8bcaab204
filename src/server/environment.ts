// What this server gives to every route: who asks, the request's id, a log, and a signal that ends with the request. A room
// below declares the same shape for itself (decision note 20); the compiler compares the two where a command mounts it.

/** Who a token belongs to. What a role may do is the route's business. */
export interface Caller {
  /** Stable, never the secret: for logs and rate limits. */
  id: string;
  name: string;
  role: string;
}

export type LogLevel = "info" | "warning" | "error";

/** One line of the structured log. Never holds a token, a query string or a body. */
export interface LogEntry {
  time: string;
  level: LogLevel;
  event: string;
  requestId?: string;
  [field: string]: unknown;
}

/** Where log entries go; the caller decides, the library never prints. */
export type LogSink = (entry: LogEntry) => void;

/** Writes an entry about the request in hand. */
export type RequestLog = (level: LogLevel, event: string, fields?: Record<string, unknown>) => void;

/** The token's owner; undefined for one that is unknown, expired or revoked. */
export type Authenticate = (token: string) => Promise<Caller | undefined>;

/** What routes find under `c.get(...)` and `c.var`. */
export interface ServerVariables {
  requestId: string;
  caller: Caller | undefined;
  log: RequestLog;
}

/** For `new Hono<ServerEnvironment>()`. */
export interface ServerEnvironment {
  Variables: ServerVariables;
}
