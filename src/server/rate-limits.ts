// How often one may ask: so many points a window for each token, or for each network where there is no token; what changes
// something costs more. Counted in this process's memory (rate-limiter-flexible's fixed windows).

import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { BiobertError } from "../core/index.ts";
import { addressOf, networkOf } from "./client-address.ts";
import type { ServerEnvironment } from "./environment.ts";

export interface RateLimitOptions {
  /** Points in a window for whoever has no token, and for a token. Reading costs 1. */
  points: number;
  tokenPoints: number;
  windowSeconds: number;
  /** What a POST, PATCH, PUT or DELETE costs. */
  writeCost: number;
  /** Failed tokens from one network in a window before even valid ones are refused there: against guessing. */
  failedTokens: number;
}

export const DEFAULT_RATE_LIMITS: RateLimitOptions = {
  points: 600,
  tokenPoints: 3000,
  windowSeconds: 60,
  writeCost: 10,
  failedTokens: 30,
};

/** Counts points; goes before and behind authentication, so that guessing tokens is limited, too. */
export class RateLimits {
  private readonly options: RateLimitOptions;
  private readonly trustProxy: boolean;
  private readonly anonymous: RateLimiterMemory;
  private readonly tokens: RateLimiterMemory;
  private readonly failures: RateLimiterMemory;

  constructor(options: RateLimitOptions, trustProxy: boolean) {
    const duration = options.windowSeconds;
    this.options = options;
    this.trustProxy = trustProxy;
    this.anonymous = new RateLimiterMemory({ points: options.points, duration, keyPrefix: "network" });
    this.tokens = new RateLimiterMemory({ points: options.tokenPoints, duration, keyPrefix: "token" });
    this.failures = new RateLimiterMemory({ points: options.failedTokens, duration, keyPrefix: "failed" });
  }

  /** Before authentication: refuses a network that has sent too many wrong tokens, and counts those it sends. */
  ofFailures(): MiddlewareHandler<ServerEnvironment> {
    return async (c, next) => {
      const network = networkOf(addressOf(c, this.trustProxy));
      const state = await this.failures.get(network);
      if (state !== null && state.consumedPoints >= this.options.failedTokens)
        refuse(c, state, this.options.failedTokens);
      await next();
      if (c.res.status === 401 && c.req.header("Authorization") !== undefined) await this.failures.penalty(network, 1);
    };
  }

  /** Behind authentication: counts this request, tells what is left, refuses with `too-many-requests`. */
  ofRequests(): MiddlewareHandler<ServerEnvironment> {
    return async (c, next) => {
      const caller = c.get("caller");
      const limiter = caller === undefined ? this.anonymous : this.tokens;
      const limit = caller === undefined ? this.options.points : this.options.tokenPoints;
      const key = caller?.id ?? networkOf(addressOf(c, this.trustProxy));
      const cost = isWrite(c.req.method) ? this.options.writeCost : 1;
      let state: RateLimiterRes;
      try {
        state = await limiter.consume(key, cost);
      } catch (thrown) {
        if (!(thrown instanceof RateLimiterRes)) throw thrown;
        return refuse(c, thrown, limit);
      }
      tell(c, state, limit);
      await next();
    };
  }
}

function isWrite(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
}

// All four or none: paperswithcode-client reads the last three as soon as it sees the first.
function tell(c: Context, state: RateLimiterRes, limit: number): void {
  const seconds = String(Math.ceil(state.msBeforeNext / 1000));
  c.header("X-RateLimit-Limit", String(limit));
  c.header("X-RateLimit-Remaining", String(Math.max(0, state.remainingPoints)));
  c.header("X-RateLimit-Reset", seconds);
  c.header("X-RateLimit-Retry", state.remainingPoints > 0 ? "0" : seconds);
}

function refuse(c: Context, state: RateLimiterRes, limit: number): never {
  const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
  tell(c, state, limit);
  c.header("Retry-After", String(seconds));
  throw new BiobertError({
    code: "too-many-requests",
    message: `more than ${limit} points of requests in a window`,
    hint: `Try again in ${seconds} seconds.`,
  });
}
