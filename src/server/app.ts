// The server without a socket: limits, errors, ids, logs, tokens and caching around the routes of whichever service runs,
// with /health and /metrics beside them. Order matters; it is told line by line below.

import { type Context, Hono, type MiddlewareHandler, type Schema } from "hono";
import { bodyLimit } from "hono/body-limit";
import { compress } from "hono/compress";
import { csrf } from "hono/csrf";
import { etag } from "hono/etag";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { BiobertError, VERSION } from "../core/index.ts";
import { authentication } from "./authentication.ts";
import type { Authenticate, LogSink, ServerEnvironment } from "./environment.ts";
import { requestLogs } from "./logging.ts";
import { ServerMetrics } from "./metrics.ts";
import { type Problem, prefersHtml, problemOf, problemResponse } from "./problems.ts";
import { DEFAULT_RATE_LIMITS, type RateLimitOptions, RateLimits } from "./rate-limits.ts";

export interface ServerOptions {
  /** The service: its routes, mounted at `/`. */
  routes: Hono<ServerEnvironment, Schema>;
  log: LogSink;
  /** Who a token belongs to; without it there are no tokens. */
  authenticate?: Authenticate;
  /** A page for an error, for people; without it everybody gets problem+json. */
  errorPage?: (problem: Problem) => string | Promise<string>;
  /** Is the service able to work? Throws or gives false where it is not. */
  healthy?: () => Promise<boolean>;
  /** Bytes a request's body may have; default 2 MiB. */
  bodyBytes?: number;
  rateLimits?: Partial<RateLimitOptions>;
  /** Milliseconds one request may take; default 30,000. */
  timeoutMilliseconds?: number;
  /** Where the service is reached from outside, behind a proxy: forms are accepted from there. */
  publicUrl?: string;
  /** Take the address of who asks from X-Forwarded-For: only where a proxy sets it. */
  trustProxy?: boolean;
  /** Figures of the process in /metrics; off in tests. */
  processMetrics?: boolean;
}

export interface ServerApp {
  /** Answers a request; also what tests call. */
  app: Hono<ServerEnvironment>;
  metrics: ServerMetrics;
  /** From now on /health says 503, so that a balancer sends nobody here. */
  stopping(): void;
}

/** Puts a service's routes behind everything a server needs. */
export function createServerApp(options: ServerOptions): ServerApp {
  // `/tasks` and `/tasks/` are one address.
  const app = new Hono<ServerEnvironment>({ strict: false });
  const trustProxy = options.trustProxy ?? false;
  const metrics = new ServerMetrics(options.processMetrics ?? false);
  const limits = new RateLimits({ ...DEFAULT_RATE_LIMITS, ...options.rateLimits }, trustProxy);
  let isStopping = false;

  const answer = async (c: Context<ServerEnvironment>, thrown: unknown): Promise<Response> => {
    const problem = problemOf(thrown, c.get("requestId"), c.req.path);
    if (problem.status === 401) c.header("WWW-Authenticate", 'Bearer realm="biobert", error="invalid_token"');
    if (problem.status === 503) c.header("Retry-After", "5");
    if (options.errorPage === undefined || !prefersHtml(c)) return problemResponse(c, problem);
    return c.html(await options.errorPage(problem), problem.status as 400, { "Cache-Control": "no-store" });
  };
  const refuseMethod = (c: Context<ServerEnvironment>, methods: string[]): Promise<Response> => {
    c.header("Allow", methods.join(", "));
    return answer(
      c,
      new BiobertError({
        code: "method-not-allowed",
        message: `${c.req.path} knows no ${c.req.method}`,
        hint: `It knows ${methods.join(", ")}.`,
      }),
    );
  };

  // Outermost first: every answer, an error's too, has an id, is counted, logged, and carries the headers.
  app.use(requestId({ limitLength: 64 }));
  app.use(metrics.middleware());
  app.use(requestLogs(options.log, trustProxy));
  app.use(secureHeaders(HEADERS));
  app.use(compress());
  app.use(etag());

  // Operators' own routes: no token, no limit.
  app.get("/health", async (c) => {
    const able = !isStopping && (await isHealthy(options.healthy));
    c.header("Cache-Control", "no-store");
    return c.json({ status: isStopping ? "stopping" : able ? "ok" : "failing", version: VERSION }, able ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    c.header("Cache-Control", "no-store");
    return c.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType });
  });

  app.use(limits.ofFailures());
  app.use(authentication(options.authenticate));
  app.use(limits.ofRequests());
  app.use(
    withoutToken(
      csrf({
        origin: (origin, c) => origin === new URL(options.publicUrl ?? c.req.url).origin,
        secFetchSite: "same-origin",
      }),
    ),
  );
  app.use(bodyLimit({ maxSize: options.bodyBytes ?? 2 * 1024 * 1024, onError: refuseBody }));
  app.use(timeLimit(options.timeoutMilliseconds ?? 30_000));
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }));
  app.route("/", options.routes);

  // Not thrown: what looks for a route's other methods must see a plain 404.
  app.notFound((c) => answer(c, new BiobertError({ code: "not-found", message: `there is nothing at ${c.req.path}` })));
  app.onError((thrown, c) => {
    const { status } = problemOf(thrown);
    if (status >= 500) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      c.get("log")?.("error", "failed", {
        message: error.message,
        stack: error.stack,
        cause: String(error.cause ?? ""),
      });
    }
    return answer(c, thrown);
  });
  return {
    app,
    metrics,
    stopping: () => {
      isStopping = true;
    },
  };
}

/** No script runs, nothing is loaded from elsewhere, no other page may frame this one. */
const HEADERS: Parameters<typeof secureHeaders>[0] = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    scriptSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  referrerPolicy: "strict-origin-when-cross-origin",
  // Badges and feeds are shown on other sites.
  crossOriginResourcePolicy: "cross-origin",
  permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
};

// A foreign page can send a form, with the cookies the browser has; it can set no Authorization header, and without cookie and
// form there is nothing to forge.
function withoutToken(check: MiddlewareHandler): MiddlewareHandler<ServerEnvironment> {
  return (c, next) => {
    const isForgeable = c.req.header("Cookie") !== undefined || c.req.header("Content-Type") !== undefined;
    return c.req.header("Authorization") === undefined && isForgeable ? check(c, next) : next();
  };
}

function refuseBody(): never {
  throw new BiobertError({
    code: "input-too-large",
    message: "the request's body is larger than this server takes",
    hint: "Send it in parts.",
  });
}

// The answer does not wait for a route that takes too long; the route itself ends when it ends.
function timeLimit(milliseconds: number): MiddlewareHandler<ServerEnvironment> {
  return async (_c, next) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new BiobertError({ code: "timed-out", message: `no answer within ${milliseconds / 1000} seconds` }));
      }, milliseconds);
    });
    try {
      await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function isHealthy(check: ServerOptions["healthy"]): Promise<boolean> {
  try {
    return check === undefined || (await check());
  } catch {
    return false;
  }
}
