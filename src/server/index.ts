export { type ServerApp, type ServerOptions, createServerApp } from "./app.ts";
export { SESSION_COOKIE } from "./authentication.ts";
export type {
  Authenticate,
  Caller,
  LogEntry,
  LogLevel,
  LogSink,
  RequestLog,
  ServerEnvironment,
  ServerVariables,
} from "./environment.ts";
export { type Problem, problemOf, statusOf } from "./problems.ts";
export type { RateLimitOptions } from "./rate-limits.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
