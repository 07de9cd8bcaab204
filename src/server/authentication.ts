// Tokens: `Authorization: Bearer ...` (RFC 6750) or `Token ...` (as clients of Django REST services send it), or a cookie that
// a sign-in form set. A token that is not valid is refused, even where none is needed: its owner should hear of it.

import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie } from "hono/cookie";
import { BiobertError } from "../core/index.ts";
import type { Authenticate, Caller, ServerEnvironment } from "./environment.ts";

/** Longest token that is looked at. */
const LONGEST_TOKEN = 512;

/** The cookie of somebody who signed in on a page; HttpOnly and SameSite=Strict are set by the route that writes it. */
export const SESSION_COOKIE = "biobert_token";

/** Sets `c.var.caller` from the request's token. Throws `not-authenticated` for a header that holds no valid one. */
export function authentication(authenticate: Authenticate | undefined): MiddlewareHandler<ServerEnvironment> {
  return async (c, next) => {
    c.set("caller", await callerOf(c, authenticate));
    // What a person or program sees because of who they are must not be kept for others.
    await next();
    if (c.get("caller") !== undefined && !c.res.headers.has("Cache-Control")) {
      c.res.headers.set("Cache-Control", "private, no-store");
    }
    if (authenticate !== undefined) c.res.headers.append("Vary", "Authorization, Cookie");
  };
}

async function callerOf(c: Context, authenticate: Authenticate | undefined): Promise<Caller | undefined> {
  const header = c.req.header("Authorization");
  if (header === undefined || authenticate === undefined) {
    const cookie = getCookie(c, SESSION_COOKIE);
    if (cookie === undefined || authenticate === undefined) return undefined;
    const caller = cookie.length > LONGEST_TOKEN ? undefined : await authenticate(cookie);
    // Signed in no longer: the page is shown as to anybody, and its forms will say so.
    if (caller === undefined) deleteCookie(c, SESSION_COOKIE, { path: "/" });
    return caller;
  }
  const token = /^(?:Bearer|Token) +([\w~+/.=-]+) *$/i.exec(header)?.[1];
  const caller = token === undefined || token.length > LONGEST_TOKEN ? undefined : await authenticate(token);
  if (caller === undefined) {
    throw new BiobertError({
      code: "not-authenticated",
      message: "the token is unknown, expired or revoked",
      hint: "Send a valid token as `Authorization: Bearer TOKEN`, or none at all where only reading.",
    });
  }
  return caller;
}
