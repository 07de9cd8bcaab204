// What the catalogue's routes need from whichever server they are mounted in, declared here so that this room does not know the
// server's (decision note 20), and what they work on.

import type { Context, Hono } from "hono";
import { BiobertError } from "../../core/index.ts";
import { type Role, ROLES } from "../schema/index.ts";
import type { Actor, CatalogueStore } from "../store/types.ts";

/** Who asks, as the server found out from the token. */
export interface RouteCaller {
  id: string;
  name: string;
  role: string;
}

export interface RouteEnvironment {
  Variables: {
    requestId: string;
    caller: RouteCaller | undefined;
    log: (level: "info" | "warning" | "error", event: string, fields?: Record<string, unknown>) => void;
  };
}

export type RouteContext = Context<RouteEnvironment>;

/** What routes are added to. */
export type CatalogueApp = Hono<RouteEnvironment>;

/** What the routes work on. */
export interface CatalogueSite {
  store: CatalogueStore;
  /** Where the catalogue is reached from outside; else links are made from the request's address. */
  publicUrl?: string;
  /** For tests. */
  now?: () => Date;
}

/** Who acts, with at least this role. Errors: `not-authenticated` without a token, `not-allowed` with a lower role. */
export function actorOf(c: RouteContext, least: Role, what: string): Actor {
  const caller = c.get("caller");
  if (caller === undefined) {
    throw new BiobertError({
      code: "not-authenticated",
      message: `to ${what} takes a token with the role ${least}`,
      hint: "Send it as `Authorization: Bearer TOKEN`, or sign in at /sign-in.",
    });
  }
  const role = ROLES.find((each) => each === caller.role) ?? "reader";
  if (ROLES.indexOf(role) < ROLES.indexOf(least)) {
    throw new BiobertError({
      code: "not-allowed",
      message: `to ${what} takes the role ${least}; this token has the role ${role}`,
      hint: "Ask whoever runs this catalogue for a token with that role.",
    });
  }
  return { name: caller.name, role };
}

/** The actor where somebody is signed in. */
export function callerRole(c: RouteContext): Role | undefined {
  const caller = c.get("caller");
  return caller === undefined ? undefined : (ROLES.find((each) => each === caller.role) ?? "reader");
}

/** The entity, or `not-found` with its id. */
export function found<T>(entity: T | undefined, what: string, id: string): T {
  if (entity !== undefined) return entity;
  throw new BiobertError({ code: "not-found", message: `there is no ${what} ${JSON.stringify(id.slice(0, 200))}` });
}

/** `https://host` without a slash at the end. */
export function baseUrlOf(c: RouteContext, site: CatalogueSite): string {
  return (site.publicUrl ?? new URL(c.req.url).origin).replace(/\/+$/, "");
}

/** A list's piece of `?page=`, for pages. Whatever is no page number is page 1. */
export function pageNumber(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
