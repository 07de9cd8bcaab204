// Figures for Prometheus: how many requests, how long they took, how many run, and the process itself. Labels are route
// patterns, never paths, so that no asker can make the server remember without bound.

import type { MiddlewareHandler } from "hono";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { ServerEnvironment } from "./environment.ts";
import { routeOf } from "./logging.ts";

/** Counters of one server; `registry` takes a service's own, too. */
export class ServerMetrics {
  readonly registry = new Registry();
  private readonly requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered, by method, route and status.",
    labelNames: ["method", "route", "status"] as const,
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from a request's headers to the answer's headers.",
    labelNames: ["method", "route"] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  private readonly running = new Gauge({
    name: "http_requests_in_flight",
    help: "Requests being answered now.",
    registers: [this.registry],
  });

  /** `ofProcess` adds memory, processor time and event loop delays, which cost a timer that lives as long as the process. */
  constructor(ofProcess: boolean) {
    if (ofProcess) collectDefaultMetrics({ register: this.registry });
  }

  /** Counts and times every request behind it. */
  middleware(): MiddlewareHandler<ServerEnvironment> {
    return async (c, next) => {
      const method = METHODS.has(c.req.method) ? c.req.method : "other";
      this.running.inc();
      const began = performance.now();
      try {
        await next();
      } finally {
        const route = routeOf(c);
        this.running.dec();
        this.requests.inc({ method, route, status: String(c.res.status) });
        this.seconds.observe({ method, route }, (performance.now() - began) / 1000);
      }
    };
  }
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
