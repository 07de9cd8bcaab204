// Asks the web whether links answer, without becoming anybody's way into a private network: the address that a name stands for is
// checked at the moment of connecting (so that a name cannot be turned round between check and use), redirects are followed by
// hand and checked alike, nothing is read beyond the status, and everything has an end.

import { type LookupAddress, lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP } from "node:net";

/** `dead`: the host says it is gone, or there is no such host. `refused`: it leads into a private network. `unknown`: nobody can say. */
export type LinkStatus = "alive" | "dead" | "refused" | "unknown";

export interface LinkAnswer {
  status: LinkStatus;
  /** Why, in a few words. */
  reason: string;
}

export interface LinkCheckerOptions {
  /** One link's time in all, redirects counted; default 8,000. */
  timeoutMilliseconds?: number;
  /** Links asked at the same time; default 4. */
  parallel?: number;
  /** How long an answer is remembered; default 600. */
  rememberSeconds?: number;
  /** Other ports than 80 and 443, and private addresses: for tests on this machine alone. */
  allowPrivate?: boolean;
}

const REDIRECTS = 5;
const REMEMBERED = 5000;
const NO_HOST = "there is no such host";

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv4");
// Of IPv6 only global unicast is asked at all; within it documentation, tunnels and what embeds an IPv4 address are not.
const GLOBAL = new BlockList();
GLOBAL.addSubnet("2000::", 3, "ipv6");
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv6");

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !PRIVATE.check(address, "ipv4");
  return family === 6 && GLOBAL.check(address, "ipv6") && !PRIVATE.check(address, "ipv6");
}

class Refused extends Error {}

/** A function that asks about one link; answers are remembered for a while, so that one link is asked once. */
export function linkChecker(options: LinkCheckerOptions = {}): (url: string) => Promise<LinkAnswer> {
  const { timeoutMilliseconds = 8000, parallel = 4, rememberSeconds = 600, allowPrivate = false } = options;
  const remembered = new Map<string, { at: number; answer: Promise<LinkAnswer> }>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let hasAnswer = false;
  const turn = async <T>(work: () => Promise<T>): Promise<T> => {
    while (running >= parallel) {
      await new Promise<void>((go) => {
        waiting.push(go);
      });
    }
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
  return (url) => {
    const known = remembered.get(url);
    if (known !== undefined && Date.now() - known.at < rememberSeconds * 1000) return known.answer;
    const answer = turn(() => ask(url, Date.now() + timeoutMilliseconds, allowPrivate)).then((given) => {
      if (given.reason.startsWith("answers ")) hasAnswer = true;
      // Without a network no host is found: as long as none has answered, that says nothing of this one.
      return given.reason === NO_HOST && !hasAnswer
        ? { status: "unknown" as const, reason: `${NO_HOST}, and no other has answered from here` }
        : given;
    });
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(url, { at: Date.now(), answer });
    return answer;
  };
}

async function ask(url: string, deadline: number, allowPrivate: boolean): Promise<LinkAnswer> {
  let address = url;
  let method = "HEAD";
  try {
    for (let step = 0; step <= REDIRECTS; step++) {
      const { status, location } = await statusOf(new URL(address), method, deadline, allowPrivate);
      if (status >= 300 && status < 400 && location !== undefined) {
        address = new URL(location, address).href;
        continue;
      }
      // Some hosts answer HEAD with anything but the truth.
      if (method === "HEAD" && status >= 400) {
        method = "GET";
        continue;
      }
      return judged(status);
    }
    return { status: "unknown", reason: `more than ${REDIRECTS} redirects` };
  } catch (error) {
    return failed(error);
  }
}

function judged(status: number): LinkAnswer {
  if (status < 400) return { status: "alive", reason: `answers ${status}` };
  // Whoever wants a login, fewer requests or is out of order is there; only "not found" and "gone" say that the page is not.
  return status === 404 || status === 410
    ? { status: "dead", reason: `answers ${status}` }
    : { status: "unknown", reason: `answers ${status}` };
}

function failed(error: unknown): LinkAnswer {
  if (error instanceof Refused) return { status: "refused", reason: error.message };
  const code = (error as { code?: string }).code ?? "";
  if (code === "ENOTFOUND" || code === "ENODATA") return { status: "dead", reason: NO_HOST };
  return { status: "unknown", reason: code === "" ? (error as Error).message : code };
}

function statusOf(
  url: URL,
  method: string,
  deadline: number,
  allowPrivate: boolean,
): Promise<{ status: number; location?: string }> {
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new Refused(`${url.protocol} is not asked`);
  if (url.username !== "" || url.password !== "") throw new Refused("it holds a user or password");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate) {
    if (url.port !== "" && url.port !== "80" && url.port !== "443") throw new Refused(`port ${url.port} is not asked`);
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw new Refused("the address is not a public one");
  }
  const left = deadline - Date.now();
  if (left <= 0) throw new Error("it took too long");
  return new Promise((resolve, reject) => {
    const asked = (url.protocol === "https:" ? httpsRequest : httpRequest)(
      url,
      {
        method,
        agent: false,
        headers: { "User-Agent": "biobert-results (link check)", Accept: "*/*", Range: "bytes=0-0" },
        ...(allowPrivate ? {} : { lookup: publicLookup as never }),
        signal: AbortSignal.timeout(left),
      },
      (response) => {
        const { statusCode = 0, headers } = response;
        response.destroy();
        resolve({ status: statusCode, ...(headers.location === undefined ? {} : { location: headers.location }) });
      },
    );
    asked.on("error", (error) => reject(error.name === "AbortError" ? new Error("it took too long") : error));
    asked.end();
  });
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** A name's addresses, if every one of them is public: the socket connects to what was checked. */
function publicLookup(name: string, options: { all?: boolean }, done: Found): void {
  lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, "");
    if (addresses.length === 0 || addresses.some(({ address }) => !isPublicAddress(address)))
      return done(new Refused("the name stands for an address that is not public"), "");
    if (options.all === true) return done(null, addresses);
    return done(null, addresses[0]!.address, addresses[0]!.family);
  });
}
