// The catalogue's web application behind the real server, without a socket, on the sample; with a token of each role.

import { afterAll, beforeAll } from "vitest";
import { type CatalogueStore, type Role, catalogueWeb, openStore } from "../../src/catalogue/index.ts";
import { type ServerApp, type ServerOptions, createServerApp } from "../../src/server/index.ts";
import { ADMIN, fill } from "./backends.ts";

export interface Web {
  store: CatalogueStore;
  secrets: Record<Role, string>;
  server: ServerOptions;
  app: ServerApp["app"];
  /** A request with JSON and a role's token; gives status and the JSON that came back. */
  call(method: string, path: string, body?: unknown, role?: Role): Promise<{ status: number; json: any }>; // eslint-disable-line typescript/no-explicit-any
  page(path: string, init?: RequestInit): Promise<{ status: number; html: string; headers: Headers }>;
  form(
    path: string,
    fields: Record<string, string>,
    role?: Role,
  ): Promise<{ status: number; html: string; location: string | null }>;
}

/** Opens one application for a file's tests. */
export function useWeb(options: { now?: () => Date } = {}): Web {
  const web = {} as Web;
  const faults: string[] = [];
  beforeAll(async () => {
    web.store = await openStore({ location: "memory:", ...options });
    await fill(web.store);
    web.secrets = {} as Web["secrets"];
    for (const role of ["reader", "submitter", "reviewer", "admin"] as const) {
      web.secrets[role] = (await web.store.createToken(`the ${role}`, role, ADMIN)).secret;
    }
    const { routes, errorPage } = catalogueWeb({ store: web.store });
    web.server = {
      routes,
      errorPage,
      healthy: () => web.store.isAlive(),
      rateLimits: { points: 100_000, tokenPoints: 100_000, failedTokens: 100_000 },
      authenticate: async (secret) => {
        const owner = await web.store.authenticate(secret);
        return owner === undefined ? undefined : { id: owner.token.id, name: owner.actor.name, role: owner.actor.role };
      },
      log: ({ event, ...fields }) => {
        if (event === "failed") faults.push(JSON.stringify(fields));
      },
    };
    web.app = createServerApp(web.server).app;
  });
  afterAll(async () => {
    await web.store.close();
    // A fault of the server (500) is never what a test wants.
    if (faults.length > 0) throw new Error(`the server failed: ${faults.join("\n")}`);
  });
  web.call = async (method, path, body, role) => {
    const response = await web.app.request(path, {
      method,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(role === undefined ? {} : { Authorization: `Token ${web.secrets[role]}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
  };
  web.page = async (path, init = {}) => {
    const response = await web.app.request(path, { ...init, headers: { Accept: "text/html", ...init.headers } });
    return { status: response.status, html: await response.text(), headers: response.headers };
  };
  web.form = async (path, fields, role) => {
    const response = await web.app.request(`http://localhost${path}`, {
      method: "POST",
      headers: {
        Accept: "text/html",
        Origin: "http://localhost",
        "Content-Type": "application/x-www-form-urlencoded",
        ...(role === undefined ? {} : { Cookie: `biobert_token=${web.secrets[role]}` }),
      },
      body: new URLSearchParams(fields).toString(),
    });
    return { status: response.status, html: await response.text(), location: response.headers.get("Location") };
  };
  return web;
}

/** A submission that the checks let through. */
export function goodSubmission(changes: Record<string, unknown> = {}) {
  return {
    result: {
      table: "ner-on-tiny-disease",
      modelName: "Newcomer",
      values: { f1: { published: "83.25" } },
      paper: "paper-b",
      date: "2020-06-01",
      source: { paper: "paper-b", table: "Table 2", url: "https://example.org/paper-b" },
      ...changes,
    },
  };
}
