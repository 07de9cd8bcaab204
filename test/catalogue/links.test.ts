// Links of submissions are asked about without becoming a way into a private network.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heldLinks, isPublicAddress, KINDS_WITH_LINKS, linkChecker, openStore } from "../../src/catalogue/index.ts";
import { fill, SUBMITTER } from "./backends.ts";
import { goodSubmission } from "./web.ts";

let server: Server;
let base: string;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(`${request.method} ${path}`);
    if (path === "/good") response.writeHead(200).end();
    else if (path === "/gone") response.writeHead(410).end();
    else if (path === "/login") response.writeHead(403).end();
    else if (path === "/no-head") response.writeHead(request.method === "HEAD" ? 405 : 206).end("x");
    else if (path === "/moved") response.writeHead(301, { Location: "/good" }).end();
    else if (path === "/round") response.writeHead(302, { Location: "/round" }).end();
    else if (path === "/to-file") response.writeHead(302, { Location: "file:///etc/passwd" }).end();
    else if (path === "/long") response.writeHead(200).flushHeaders();
    else if (path !== "/silent") response.writeHead(404).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("a link", () => {
  it.each([
    ["/good", "alive"],
    ["/moved", "alive"],
    ["/no-head", "alive"],
    ["/long", "alive"],
    ["/gone", "dead"],
    ["/nothing", "dead"],
    ["/login", "unknown"],
    ["/round", "unknown"],
    ["/silent", "unknown"],
    ["/to-file", "refused"],
  ])("%s is %s", async (path, status) => {
    const check = linkChecker({ allowPrivate: true, timeoutMilliseconds: 1500 });
    expect(await check(base + path)).toMatchObject({ status });
  });

  it("into a private network is not even asked", async () => {
    const before = asked.length;
    const check = linkChecker({ timeoutMilliseconds: 1500 });
    const port = new URL(base).port;
    for (const url of [
      `${base}/good`,
      `http://localhost:${port}/good`,
      "http://localhost/",
      "http://127.0.0.1/",
      "http://2130706433/",
      "http://0x7f.1/",
      "http://[::1]/",
      "http://[::ffff:127.0.0.1]/",
      "http://[::ffff:a00:1]/",
      "http://169.254.169.254/latest/meta-data",
      "http://10.1.2.3/",
      "http://192.168.0.1/",
      "http://[fd00::1]/",
      "http://[fe80::1]/",
      "https://user:secret@example.org/",
      "https://example.org:8443/",
    ])
      expect([url, (await check(url)).status]).toEqual([url, "refused"]);
    expect(asked.length).toBe(before);
  });

  it("to a host that is not found says nothing as long as no other has answered: there may be no network", async () => {
    expect(await linkChecker()("https://no-such-host.invalid/")).toMatchObject({ status: "unknown" });
  });

  it("is asked once, however often it stands somewhere", async () => {
    const check = linkChecker({ allowPrivate: true });
    const before = asked.filter((line) => line === "HEAD /good").length;
    await Promise.all([check(`${base}/good`), check(`${base}/good`), check(`${base}/good`)]);
    expect(asked.filter((line) => line === "HEAD /good").length - before).toBe(1);
  });

  it("is asked a few at a time", async () => {
    let [now, most] = [0, 0];
    const slow = createServer((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.writeHead(200).end();
      }, 30);
    });
    await once(slow.listen(0, "127.0.0.1"), "listening");
    const { port } = slow.address() as { port: number };
    const check = linkChecker({ allowPrivate: true, parallel: 2 });
    await Promise.all(Array.from({ length: 8 }, (_, index) => check(`http://127.0.0.1:${port}/${index}`)));
    slow.close();
    expect(most).toBe(2);
  });
});

it("addresses of the public internet are told from all others", () => {
  for (const address of ["8.8.8.8", "1.1.1.1", "2606:4700::1111"])
    expect([address, isPublicAddress(address)]).toEqual([address, true]);
  for (const address of [
    "0.0.0.0",
    "100.64.0.1",
    "172.31.255.255",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "example.org",
    "",
  ])
    expect([address, isPublicAddress(address)]).toEqual([address, false]);
});

it("a submission says which of its links are dead or lead where they may not", async () => {
  const check = linkChecker({ allowPrivate: true, timeoutMilliseconds: 1500 });
  const strict = linkChecker({ timeoutMilliseconds: 1500 });
  const store = await openStore({
    location: "memory:",
    checkLink: (url) => (url.includes("/private") ? strict(url) : check(url)),
  });
  try {
    await fill(store);
    const withLink = (url: string) => goodSubmission({ externalUrl: url });
    const taken = await store.submit(withLink(`${base}/gone`), SUBMITTER);
    expect(taken.problems).toContainEqual(
      expect.objectContaining({ field: "result.externalUrl", code: "dead-link", severity: "warning" }),
    );
    await expect(store.submit(withLink(`${base}/private`), SUBMITTER)).rejects.toMatchObject({
      code: "catalogue-invalid",
      message: expect.stringContaining("result.externalUrl"),
    });
    // Whoever only tries a submission out makes no requests with it.
    const before = asked.length;
    await store.checkSubmission(withLink(`${base}/nothing-else`));
    expect(asked.length).toBe(before);
  } finally {
    await store.close();
  }
});

it("every link that is held is given once, with where it stands", async () => {
  const store = await openStore({ location: "memory:" });
  try {
    await fill(store);
    const found = [];
    for await (const link of heldLinks(store, KINDS_WITH_LINKS)) found.push(link);
    expect(new Set(found.map(({ url }) => url)).size).toBe(found.length);
    expect(found).toContainEqual(
      expect.objectContaining({ entity: expect.stringMatching(/^codeLink\//), field: "url" }),
    );
  } finally {
    await store.close();
  }
});
