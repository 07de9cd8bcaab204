// What surrounds every service's routes, without a socket: errors, limits, ids, tokens, caching, health and figures.
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { BiobertError } from "../../src/core/index.ts";
import { type LogEntry, type ServerEnvironment, type ServerOptions, createServerApp } from "../../src/server/index.ts";

function serverWith(options: Partial<ServerOptions> = {}) {
  const logged: LogEntry[] = [];
  const routes = new Hono<ServerEnvironment>();
  routes.get("/ok", (c) => c.text("fine ".repeat(400)));
  routes.get("/who", (c) => c.json(c.get("caller") ?? null));
  routes.post("/echo", async (c) => c.json(await c.req.json()));
  routes.get("/slow", async (c) => {
    await new Promise((resolve) => {
      setTimeout(resolve, 2000);
    });
    return c.text("late");
  });
  routes.get("/secret", () => {
    throw new Error("select secret from token where password = 'hunter2'");
  });
  routes.get("/refused", () => {
    throw new BiobertError({
      code: "conflict",
      message: "somebody was first",
      hint: "Look again.",
      fields: [{ field: "a.b", code: "x", message: "no" }],
    });
  });
  const { app, stopping } = createServerApp({
    routes,
    log: (entry) => void logged.push(entry),
    authenticate: async (token) => (token === "good" ? { id: "t1", name: "Ada", role: "reviewer" } : undefined),
    ...options,
  });
  return { app, logged, stopping };
}

/** A JSON body with the fields that these tests ask for. */
async function bodyOf(response: Response): Promise<{ code?: string; status?: string }> {
  return (await response.json()) as { code?: string; status?: string };
}

describe("errors", () => {
  it("are problem details with the code, the hint, the fields and the request's id", async () => {
    const response = await serverWith().app.request("/refused", { headers: { "X-Request-Id": "abc-1" } });
    expect(response.status).toBe(409);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      type: "urn:biobert:error:conflict",
      status: 409,
      detail: "somebody was first",
      code: "conflict",
      hint: "Look again.",
      instance: "/refused",
      requestId: "abc-1",
      errors: [{ field: "a.b", code: "x", message: "no" }],
    });
  });

  it("tell nothing of a fault's inside; the log does", async () => {
    const { app, logged } = serverWith();
    const response = await app.request("/secret");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/hunter2|select|token where/);
    expect(logged.find(({ event }) => event === "failed")).toMatchObject({
      level: "error",
      message: expect.stringContaining("hunter2"),
    });
  });

  it("are a page for people and JSON for programs", async () => {
    const { app } = serverWith({ errorPage: ({ status }) => `<p>page for ${status}</p>` });
    const page = await app.request("/nothing", { headers: { Accept: "text/html,application/xhtml+xml" } });
    expect([page.status, await page.text()]).toEqual([404, "<p>page for 404</p>"]);
    const json = await app.request("/nothing", { headers: { Accept: "application/json, text/html" } });
    expect(json.headers.get("Content-Type")).toBe("application/problem+json");
  });

  it("say 405 with the methods a route knows, and 400 for a body that is no JSON", async () => {
    const { app } = serverWith();
    const wrong = await app.request("/echo");
    expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "POST"]);
    const broken = await app.request("/echo", {
      method: "POST",
      body: "{",
      headers: { "Content-Type": "application/json" },
    });
    expect([broken.status, (await bodyOf(broken)).code]).toEqual([400, "input-format"]);
  });

  it("end a request that takes too long with 503, and say when to try again", async () => {
    const response = await serverWith({ timeoutMilliseconds: 30 }).app.request("/slow");
    expect([response.status, response.headers.get("Retry-After"), (await bodyOf(response)).code]).toEqual([
      503,
      "5",
      "timed-out",
    ]);
  });
});

describe("limits", () => {
  it("refuse a body that is too large, also one that lies about its length", async () => {
    const { app } = serverWith({ bodyBytes: 100 });
    const body = JSON.stringify("x".repeat(200));
    const headers = { "Content-Type": "application/json" };
    expect((await app.request("/echo", { method: "POST", body, headers })).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body));
        controller.close();
      },
    });
    const chunked = await app.request("/echo", {
      method: "POST",
      body: stream,
      headers,
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it("count requests, tell what is left under the four names the Python client reads, and refuse with 429", async () => {
    const { app } = serverWith({ rateLimits: { points: 2, windowSeconds: 60 } });
    const first = await app.request("/ok");
    expect(["Limit", "Remaining", "Reset", "Retry"].map((name) => first.headers.has(`X-RateLimit-${name}`))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    await app.request("/ok");
    const third = await app.request("/ok");
    expect(third.status).toBe(429);
    expect(Number(third.headers.get("Retry-After"))).toBeGreaterThan(0);
    // A token has a purse of its own; operators' routes have none.
    expect((await app.request("/ok", { headers: { Authorization: "Bearer good" } })).status).toBe(200);
    expect((await app.request("/health")).status).toBe(200);
  });

  it("shut out a network that keeps sending wrong tokens, before they are looked at", async () => {
    let asked = 0;
    const { app } = serverWith({
      rateLimits: { failedTokens: 3 },
      authenticate: async () => {
        asked++;
        return undefined;
      },
    });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++)
      statuses.push((await app.request("/ok", { headers: { Authorization: `Bearer guess${n}` } })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect(asked).toBe(3);
  });

  it("tell networks apart by the proxy's word only where it is trusted", async () => {
    for (const [trustProxy, expected] of [
      [true, 200],
      [false, 429],
    ] as const) {
      const { app } = serverWith({ trustProxy, rateLimits: { points: 1 } });
      await app.request("/ok", { headers: { "X-Forwarded-For": "10.0.0.1" } });
      const second = await app.request("/ok", { headers: { "X-Forwarded-For": "10.0.0.1, 10.0.0.2" } });
      expect(second.status).toBe(expected);
    }
  });
});

describe("tokens", () => {
  it.each(["Bearer good", "Token good", "bearer good"])("are read from %s", async (header) => {
    const response = await serverWith().app.request("/who", { headers: { Authorization: header } });
    expect(await response.json()).toEqual({ id: "t1", name: "Ada", role: "reviewer" });
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  });

  it.each(["Bearer bad", "Bearer", "Basic good", "Bearer good extra", `Bearer ${"g".repeat(600)}`, "Bearer go\u00efd"])(
    "that are not valid are refused: %s",
    async (header) => {
      const response = await serverWith().app.request("/who", { headers: { Authorization: header } });
      expect(response.status).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toContain("Bearer");
    },
  );

  it("in a cookie work for this site's own forms and not for another's", async () => {
    const { app } = serverWith();
    const headers = { Cookie: "biobert_token=good", "Content-Type": "application/x-www-form-urlencoded" };
    const post = (more: Record<string, string>) =>
      app.request("http://here.example/echo", { method: "POST", body: "{}", headers: { ...headers, ...more } });
    expect((await post({ Origin: "https://evil.example" })).status).toBe(403);
    expect((await post({ Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    expect((await post({})).status).toBe(403);
    expect((await post({ Origin: "http://here.example" })).status).toBe(200);
    // One that is no longer valid is forgotten, and the page shown as to anybody.
    const stale = await app.request("/who", { headers: { Cookie: "biobert_token=old" } });
    expect([stale.status, await stale.json()]).toEqual([200, null]);
    expect(stale.headers.get("Set-Cookie")).toContain("Max-Age=0");
  });

  it("never reach the log", async () => {
    const { app, logged } = serverWith();
    await app.request("/who?token=in-query", {
      headers: { Authorization: "Bearer wrong-token", Cookie: "biobert_token=in-cookie" },
    });
    expect(logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(logged)).not.toMatch(/wrong-token|in-query|in-cookie/);
  });
});

describe("answers", () => {
  it("carry headers that let no script in and no frame around", async () => {
    const { headers } = await serverWith().app.request("/ok");
    expect(headers.get("Content-Security-Policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get("Content-Security-Policy")).not.toContain("unsafe-inline");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("X-Request-Id")).toMatch(/^[\w-]{8,}$/);
  });

  it("take over a request id that is plain, and make another for one that is not", async () => {
    const { app } = serverWith();
    expect((await app.request("/ok", { headers: { "X-Request-Id": "trace-7" } })).headers.get("X-Request-Id")).toBe(
      "trace-7",
    );
    expect(
      (await app.request("/ok", { headers: { "X-Request-Id": 'x"}{"evil":1' } })).headers.get("X-Request-Id"),
    ).not.toContain("evil");
  });

  it("have an ETag that answers 304, are compressed, and are empty for HEAD", async () => {
    const { app } = serverWith();
    const tag = (await app.request("/ok")).headers.get("ETag")!;
    expect((await app.request("/ok", { headers: { "If-None-Match": tag } })).status).toBe(304);
    expect((await app.request("/ok", { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
    const packed = await app.request("/ok", { headers: { "Accept-Encoding": "gzip" } });
    expect(packed.headers.get("Content-Encoding")).toBe("gzip");
    const text = await new Response(packed.body!.pipeThrough(new DecompressionStream("gzip"))).text();
    expect(text).toBe("fine ".repeat(400));
    const head = await app.request("/ok", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });
});

describe("operators' routes", () => {
  it("say whether the service can work, and 503 once it stops", async () => {
    const { app, stopping } = serverWith();
    expect(await (await app.request("/health")).json()).toMatchObject({ status: "ok" });
    stopping();
    const response = await app.request("/health");
    expect([response.status, (await bodyOf(response)).status]).toEqual([503, "stopping"]);
    const failing = serverWith({ healthy: async () => Promise.reject(new Error("no database")) });
    expect((await failing.app.request("/health")).status).toBe(503);
  });

  it("count requests by route pattern, never by path", async () => {
    const { app } = serverWith();
    await app.request("/ok");
    for (let n = 0; n < 20; n++) await app.request(`/nothing-${n}`);
    const text = await (await app.request("/metrics")).text();
    expect(text).toContain('http_requests_total{method="GET",route="/ok",status="200"} 1');
    expect(text).toContain('http_requests_total{method="GET",route="none",status="404"} 20');
    expect(text).not.toContain("nothing-7");
  });

  it("log one line a request with its id, status and route", async () => {
    const { app, logged } = serverWith();
    await app.request("/refused");
    expect(logged.filter(({ event }) => event === "request")).toMatchObject([
      { method: "GET", path: "/refused", status: 409, requestId: expect.any(String) },
    ]);
  });
});
