// The server on a real socket: running requests are answered before it stops, new ones are not, and slow senders are limited.
import { connect } from "node:net";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { type LogEntry, type ServerEnvironment, serve } from "../../src/server/index.ts";

async function start(options: { graceMilliseconds?: number; signal?: AbortSignal; bodyBytes?: number } = {}) {
  const logged: LogEntry[] = [];
  const routes = new Hono<ServerEnvironment>();
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let entered: () => void = () => {};
  const isIn = new Promise<void>((resolve) => {
    entered = resolve;
  });
  routes.get("/wait", async (c) => {
    entered();
    await released;
    return c.text("done");
  });
  routes.get("/ok", (c) => c.text("ok"));
  routes.post("/take", async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
  const server = await serve({
    host: "127.0.0.1",
    port: 0,
    routes,
    log: (entry) => void logged.push(entry),
    processMetrics: false,
    ...options,
  });
  return { server, logged, release, isIn };
}

describe("stopping", () => {
  it("answers what runs, takes nothing new, and comes back when all is closed", async () => {
    const abort = new AbortController();
    const { server, logged, release, isIn } = await start({ signal: abort.signal });
    const running = fetch(`${server.url}/wait`);
    await isIn;
    abort.abort();
    await expect(fetch(`${server.url}/ok`)).rejects.toThrow(/fetch failed/);
    release();
    expect(await (await running).text()).toBe("done");
    await server.stopped;
    expect(logged.map(({ event }) => event)).toEqual(["listening", "stopping", "request", "stopped"]);
  });

  it("cuts off what is not done after the grace period", async () => {
    const { server, isIn, logged } = await start({ graceMilliseconds: 50 });
    const running = fetch(`${server.url}/wait`).catch((error: Error) => error);
    await isIn;
    await server.stop();
    expect(await running).toBeInstanceOf(Error);
    expect(logged.map(({ event }) => event)).toContain("cut-off");
  });

  it("is not held by connections that are kept alive", async () => {
    const { server } = await start({ graceMilliseconds: 60_000 });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => {
      socket.once("data", resolve);
    });
    const closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    await server.stop();
    await closed;
  });
});

describe("listening", () => {
  it("says that a port is taken, and what to do", async () => {
    const { server } = await start();
    const second = serve({
      host: "127.0.0.1",
      port: server.port,
      routes: new Hono<ServerEnvironment>(),
      log: () => {},
      processMetrics: false,
    });
    await expect(second).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("something listens there already"),
      hint: expect.stringContaining("--port"),
    });
    await server.stop();
  });

  it("answers garbage with 400 and a header that is too long with 431, and lives on", async () => {
    const { server } = await start();
    expect(await raw(server.port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw(server.port, `GET /ok HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431/,
    );
    expect((await fetch(`${server.url}/ok`)).status).toBe(200);
    await server.stop();
  });

  it("refuses a body that grows beyond the limit while it is sent", async () => {
    const { server } = await start({ bodyBytes: 1000 });
    const chunk = `400\r\n${"x".repeat(0x400)}\r\n`;
    const answer = await raw(
      server.port,
      `POST /take HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    await server.stop();
  });
});

/** What comes back for bytes sent as they are. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => void socket.write(bytes));
    const end = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.on("data", (data) => {
      received += data.toString();
      if (/\r\n\r\n/.test(received)) end();
    });
    socket.on("close", end).on("error", end);
  });
}
