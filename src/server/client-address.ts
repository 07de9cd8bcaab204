// Who is at the other end: the connection's address, or what a trusted proxy says it is.

import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";

/**
 * The address of whoever asks. With `trustProxy` the last entry of X-Forwarded-For, which the proxy in front wrote itself; what
 * stands before it is the asker's own claim. `"unknown"` where there is no connection (a test).
 */
export function addressOf(c: Context, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = c.req.header("X-Forwarded-For")?.split(",").pop()?.trim();
    if (forwarded !== undefined && /^[\da-fA-F.:]{2,45}$/.test(forwarded)) return forwarded;
  }
  const bindings: unknown = c.env;
  if (typeof bindings !== "object" || bindings === null || !("incoming" in bindings)) return "unknown";
  return getConnInfo(c).remote.address ?? "unknown";
}

/** The address as far as it tells people apart: an IPv6 user holds a whole /64. */
export function networkOf(address: string): string {
  if (address.startsWith("::ffff:")) return address.slice("::ffff:".length);
  if (!address.includes(":")) return address;
  const [head, tail] = address.split("::", 2);
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}
