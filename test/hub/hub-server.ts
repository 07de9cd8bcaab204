// A hub on this machine: answers as huggingface.co does (listing, HEAD with entity tags, large files by redirect to another
// port with a signed address), and misbehaves as a test asks.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

export interface HubFile {
  content: Uint8Array;
  /** Large files have their SHA-256 as entity tag and lie on another host; small ones git's SHA-1. */
  large?: boolean;
  /** An entity tag or a size that is not the content's own. */
  etag?: string;
  size?: number;
}

export interface HubModel {
  commit: string;
  revisions?: Record<string, string>;
  files: Record<string, HubFile>;
  gated?: boolean;
}

export type Fault =
  | { kind: "status"; status: number; headers?: Record<string, string> }
  /** So many bytes of the body, then silence. */
  | { kind: "stall"; bytes: number }
  /** So many bytes of the body, then the connection ends. */
  | { kind: "cut"; bytes: number }
  | { kind: "corrupt" }
  | { kind: "ignore-range" }
  | { kind: "wrong-range" }
  | { kind: "longer" }
  /** Ask again where it says. */
  | { kind: "redirect"; location: string }
  /** Wait before the answer, until the promise is kept. */
  | { kind: "wait"; until: Promise<unknown> };

export interface SeenRequest {
  server: "hub" | "content";
  method: string;
  path: string;
  /** How many requests of this server, method and path came before. */
  earlier: number;
  headers: IncomingMessage["headers"];
}

export interface HubServer {
  endpoint: string;
  seen: SeenRequest[];
  models: Record<string, HubModel>;
  /** What goes wrong with a request; nothing by default. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** The token that gated models want. */
  token: string;
  close(): Promise<void>;
}

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A folder that is removed after the test. */
export function cacheFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "biobert-hub-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Bytes that differ from place to place, the same each time. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** SHA-256 as hexadecimal text. */
export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What git calls a file of this content. */
export function gitSha1(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A repository with all that a model needs and things that nobody needs. */
export function bertRepository(weights: Uint8Array = someBytes(300_000)): HubModel {
  const text = (value: string): HubFile => ({ content: new TextEncoder().encode(value) });
  return {
    commit: COMMIT,
    files: {
      ".gitattributes": text("*.bin filter=lfs\n"),
      "README.md": text("# a card\n"),
      "config.json": text('{"model_type": "bert"}\n'),
      "flax_model.msgpack": { content: someBytes(1000, 5), large: true },
      "model.safetensors": { content: weights, large: true },
      "pytorch_model.bin": { content: someBytes(1000, 6), large: true },
      "vocab.txt": text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfever\n"),
    },
  };
}

/** Starts a hub and the host of its large files; both end with the test. */
export async function startHub(models: Record<string, HubModel> = {}): Promise<HubServer> {
  const hub: HubServer = { endpoint: "", seen: [], models, fault: () => undefined, token: "hf_right", close };
  const counts = new Map<string, number>();
  let contentEndpoint = "";
  const serve = (server: "hub" | "content") =>
    listen((request, response) => {
      const { method = "", url = "", headers } = request;
      const path = decodeURIComponent(new URL(url, "http://hub").pathname);
      const key = `${server} ${method} ${path}`;
      const seen: SeenRequest = { server, method, path, earlier: counts.get(key) ?? 0, headers };
      counts.set(key, seen.earlier + 1);
      hub.seen.push(seen);
      const fault = hub.fault(seen);
      const answer = (): void => {
        if (fault?.kind === "status") return end(response, fault.status, fault.headers);
        if (fault?.kind === "redirect") return end(response, 302, { location: fault.location });
        if (server === "content") return sendContent(hub, seen, response, fault);
        answerHub(hub, seen, response, contentEndpoint, fault);
      };
      if (fault?.kind === "wait") fault.until.then(answer, answer);
      else answer();
    });
  const front = await serve("hub");
  const content = await serve("content");
  hub.endpoint = addressOf(front);
  contentEndpoint = addressOf(content);
  let closed = false;
  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    for (const server of [front, content]) {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    }
  }
  cleanups.push(close);
  return hub;
}

function answerHub(
  hub: HubServer,
  seen: SeenRequest,
  response: ServerResponse,
  contentEndpoint: string,
  fault: Fault | undefined,
): void {
  const listing = /^\/api\/models\/(.+?)\/revision\/(.+)$/.exec(seen.path);
  const file = /^\/(.+?)\/resolve\/(.+?)\/(.+)$/.exec(seen.path);
  const [, name = "", revision = "", path = ""] = listing ?? file ?? [];
  const { authorization } = seen.headers;
  if (authorization !== undefined && authorization !== `Bearer ${hub.token}`) {
    return end(response, 401, { "x-error-message": "Invalid credentials in Authorization header" });
  }
  const model = hub.models[name];
  // As the hub does: whoever may not know whether it exists is told 401.
  if (model === undefined)
    return end(response, authorization === undefined ? 401 : 404, { "x-error-code": "RepoNotFound" });
  const commit = revision === model.commit || revision === "main" ? model.commit : model.revisions?.[revision];
  if (commit === undefined) return end(response, 404, { "x-error-code": "RevisionNotFound" });
  if (listing !== null) {
    const siblings = Object.keys(model.files).map((rfilename) => ({ rfilename }));
    return end(response, 200, { "content-type": "application/json" }, JSON.stringify({ sha: commit, siblings }));
  }
  if (model.gated === true && authorization === undefined) {
    return end(response, 401, { "x-error-code": "GatedRepo", "x-repo-commit": commit });
  }
  const found = model.files[path];
  if (found === undefined) return end(response, 404, { "x-error-code": "EntryNotFound", "x-repo-commit": commit });
  const etag = found.etag ?? (found.large === true ? sha256(found.content) : gitSha1(found.content));
  const size = found.size ?? found.content.length;
  if (found.large !== true) {
    const headers = { "x-repo-commit": commit, etag: `"${etag}"` };
    if (seen.method === "HEAD") return end(response, 200, { ...headers, "content-length": String(size) });
    return sendBody(found.content, seen, response, fault, headers);
  }
  end(response, 302, {
    "x-repo-commit": commit,
    "x-linked-etag": `"${etag}"`,
    "x-linked-size": String(size),
    etag: '"of-the-redirect"',
    location: `${contentEndpoint}/${name}/${path}?signature=of-this-file`,
  });
}

function sendContent(hub: HubServer, seen: SeenRequest, response: ServerResponse, fault: Fault | undefined): void {
  const [, name = "", path = ""] = /^\/([^/]+\/[^/]+)\/(.+)$/.exec(seen.path) ?? [];
  const found = hub.models[name]?.files[path];
  if (found === undefined) return end(response, 404);
  sendBody(found.content, seen, response, fault, {});
}

function sendBody(
  content: Uint8Array,
  seen: SeenRequest,
  response: ServerResponse,
  fault: Fault | undefined,
  headers: Record<string, string>,
): void {
  const wanted = /^bytes=(\d+)-$/.exec(seen.headers.range ?? "");
  let from = wanted === null || fault?.kind === "ignore-range" ? 0 : Number(wanted[1]);
  if (from >= content.length && wanted !== null)
    return end(response, 416, { "content-range": `bytes */${content.length}` });
  const status = from > 0 ? 206 : 200;
  if (fault?.kind === "wrong-range") from = Math.max(0, from - 7);
  let body = Buffer.from(content.subarray(from));
  if (fault?.kind === "corrupt") body[body.length >> 1]! ^= 1;
  if (fault?.kind === "longer") body = Buffer.concat([body, Buffer.alloc(100_000)]);
  response.writeHead(status, {
    ...headers,
    "content-length": String(body.length),
    ...(status === 206 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  });
  if (fault?.kind === "stall") response.write(body.subarray(0, fault.bytes));
  else if (fault?.kind === "cut")
    response.write(body.subarray(0, fault.bytes), () => setTimeout(() => response.destroy(), 20));
  else response.end(body);
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ""): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
