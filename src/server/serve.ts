// The server on a socket (@hono/node-server over node:http), and how it stops: no new connections, what runs is answered,
// then everything closes; what is not done after a grace period is cut off.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { BiobertError } from "../core/index.ts";
import { type ServerOptions, createServerApp } from "./app.ts";

export interface ServeOptions extends ServerOptions {
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** Begins the stop. */
  signal?: AbortSignal;
  /** How long a stop waits for requests that run; default 10,000. */
  graceMilliseconds?: number;
}

export interface RunningServer {
  host: string;
  port: number;
  /** `http://host:port` */
  url: string;
  /** Stops, if that has not begun; resolves when everything is closed. */
  stop(): Promise<void>;
  /** Resolves when the server has stopped, for whatever reason. */
  stopped: Promise<void>;
}

/** Listens, and resolves when it does. Errors: `usage` for an address that cannot be had. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { app, stopping } = createServerApp({ processMetrics: true, ...options });
  const server = createAdaptorServer({
    fetch: app.fetch,
    // A connection that sends its headers or body drop by drop holds nothing for long.
    serverOptions: {
      headersTimeout: 15_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    },
  }) as Server;
  const { address, port } = await listen(server, options);
  const host = address.includes(":") ? `[${address}]` : address;

  let running = 0;
  let isStopping = false;
  server.on("request", (_request, response) => {
    running++;
    if (isStopping) response.setHeader("Connection", "close");
    response.once("close", () => {
      running--;
      // A connection that is kept alive would otherwise hold the stop until it times out.
      if (isStopping) setImmediate(() => server.closeIdleConnections());
    });
  });
  const stopped = new Promise<void>((resolve) => {
    server.once("close", resolve);
  });
  const stop = (): Promise<void> => {
    if (isStopping) return stopped;
    isStopping = true;
    stopping();
    options.log({ time: new Date().toISOString(), level: "info", event: "stopping", running });
    const grace = setTimeout(() => {
      options.log({ time: new Date().toISOString(), level: "warning", event: "cut-off", running });
      server.closeAllConnections();
    }, options.graceMilliseconds ?? 10_000);
    server.close();
    server.closeIdleConnections();
    return stopped.finally(() => {
      clearTimeout(grace);
      options.log({ time: new Date().toISOString(), level: "info", event: "stopped" });
    });
  };
  const hear = (): void => void stop();
  options.signal?.addEventListener("abort", hear, { once: true });
  if (options.signal?.aborted) hear();
  void stopped.then(() => options.signal?.removeEventListener("abort", hear));
  const url = `http://${host}:${port}`;
  options.log({ time: new Date().toISOString(), level: "info", event: "listening", url });
  return { host: address, port, url, stop, stopped };
}

function listen(server: Server, { host, port }: ServeOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: "something listens there already",
        EACCES: "that needs rights this process has not",
        EADDRNOTAVAIL: "this machine has no such address",
        ENOTFOUND: "no such host",
      };
      reject(
        new BiobertError({
          code: "usage",
          message: `cannot listen on ${host} port ${port}: ${reasons[error.code ?? ""] ?? error.message}`,
          hint: "Choose another with --port and --host; --port 0 takes any free port.",
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}
