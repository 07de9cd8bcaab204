// One structured entry for each request: what was asked, by whom, how it ended and how long it took.

import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { addressOf } from "./client-address.ts";
import type { LogSink, RequestLog, ServerEnvironment } from "./environment.ts";

/** Gives routes `c.var.log` and writes a `request` entry when the answer's headers are ready. */
export function requestLogs(sink: LogSink, trustProxy: boolean): MiddlewareHandler<ServerEnvironment> {
  return async (c, next) => {
    const requestId = c.get("requestId");
    const log: RequestLog = (level, event, fields = {}) => {
      sink({ time: new Date().toISOString(), level, event, requestId, ...fields });
    };
    c.set("log", log);
    const began = performance.now();
    await next();
    const { status } = c.res;
    log(status >= 500 ? "error" : "info", "request", {
      method: c.req.method,
      path: c.req.path,
      status,
      milliseconds: Math.round((performance.now() - began) * 10) / 10,
      address: addressOf(c, trustProxy),
      ...(c.get("caller") === undefined ? {} : { caller: c.get("caller")?.id }),
    });
  };
}

/** The pattern of the route that answered, `/paper/:id`: few of them, where paths are without number. */
export function routeOf(c: Context): string {
  const route = routePath(c, -1);
  return route === "*" || route === "/*" || route === "" ? "none" : route;
}
