// What the environment says about the hub, read as `huggingface_hub` reads it (its `constants.py`): where it is, where the
// cache lies, whether the network may be used, and the token, which no message, log or error ever shows.

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { BiobertError } from "../core/index.ts";
import { errorCodeOf, readError } from "../data/index.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** Where the hub is, without a slash at the end; a mirror may have a path. */
  endpoint: string;
  /** The folder of `models--org--name` folders. */
  cacheDirectory: string;
  /** True where `HF_HUB_OFFLINE` (or `TRANSFORMERS_OFFLINE`) forbids the network. */
  offline: boolean;
  /** False where `HF_HUB_DISABLE_SYMLINKS` forbids symbolic links in the cache. */
  symlinks: boolean;
  token: Secret | undefined;
  /** Seconds that the hub may take to answer a question (`HF_HUB_ETAG_TIMEOUT`). */
  answerTimeout: number;
  /** Seconds that a download may stand still (`HF_HUB_DOWNLOAD_TIMEOUT`). */
  stallTimeout: number;
  /** True where the environment names a proxy that Node has not been told to use. */
  proxyUnused: boolean;
}

/** A value that shows itself only to who asks for it by name: printed, inspected or encoded as JSON it is `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for an HTTP header and nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

const DEFAULT_ENDPOINT = "https://huggingface.co";
const DEFAULT_TIMEOUT_SECONDS = 10;

/**
 * Reads the settings from environment variables and the token file.
 * @throws BiobertError `usage` for an endpoint, a timeout or a token that cannot be one (a token is not repeated);
 * `file-unreadable` for a token file that may not be read.
 */
export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const home = join(homedir(), ".cache");
  const hubHome = pathOf(environment, ["HF_HOME"], join(pathOf(environment, ["XDG_CACHE_HOME"], home), "huggingface"));
  return {
    endpoint: endpointOf(environment["HF_ENDPOINT"]),
    cacheDirectory: pathOf(environment, ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"], join(hubHome, "hub")),
    offline: isTrue(environment["HF_HUB_OFFLINE"] || environment["TRANSFORMERS_OFFLINE"]),
    symlinks: !isTrue(environment["HF_HUB_DISABLE_SYMLINKS"]),
    token: await tokenOf(environment, pathOf(environment, ["HF_TOKEN_PATH"], join(hubHome, "token"))),
    answerTimeout: secondsOf(environment, "HF_HUB_ETAG_TIMEOUT"),
    stallTimeout: secondsOf(environment, "HF_HUB_DOWNLOAD_TIMEOUT"),
    proxyUnused:
      !environment["NODE_USE_ENV_PROXY"] &&
      ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some((name) => environment[name]),
  };
}

/** The values that `huggingface_hub` takes for yes. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && ["1", "ON", "YES", "TRUE"].includes(value.toUpperCase());
}

/** The first variable that is set, `~` and `$NAME` in it replaced. */
function pathOf(environment: Environment, names: readonly string[], otherwise: string): string {
  const value = names.map((name) => environment[name]).find((text) => text !== undefined && text !== "");
  if (value === undefined) return otherwise;
  return value
    .replace(/^~(?=$|[\\/])/, () => homedir())
    .replace(
      /\$(?:(\w+)|\{(\w+)\})/g,
      (whole, plain?: string, braced?: string) => environment[plain ?? braced ?? ""] ?? whole,
    );
}

function secondsOf(environment: Environment, name: string): number {
  const value = environment[name];
  if (value === undefined || value === "") return DEFAULT_TIMEOUT_SECONDS;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new BiobertError({ code: "usage", message: `${name} is ${JSON.stringify(value)}, not a number of seconds` });
}

function endpointOf(value: string | undefined): string {
  if (value === undefined || value === "") return DEFAULT_ENDPOINT;
  const fail = (what: string): never => {
    // The value itself stays out of the message: a URL may hold a password.
    throw new BiobertError({
      code: "usage",
      message: `HF_ENDPOINT ${what}`,
      hint: `Give it as https://HOST[/PATH], or unset it for ${DEFAULT_ENDPOINT}.`,
    });
  };
  const url = URL.canParse(value) ? new URL(value) : fail("is not a URL");
  if (url.protocol !== "https:" && url.protocol !== "http:") fail("is neither https: nor http:");
  if (url.username !== "" || url.password !== "")
    fail("holds a user name or password; give a token in HF_TOKEN instead");
  if (url.search !== "" || url.hash !== "") fail("has a query or a fragment");
  return value.replace(/\/+$/, "");
}

async function tokenOf(environment: Environment, file: string): Promise<Secret | undefined> {
  const given = clean(environment["HF_TOKEN"]) ?? clean(environment["HUGGING_FACE_HUB_TOKEN"]);
  if (given !== undefined) return secret(given, "HF_TOKEN");
  if (isTrue(environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
  const stored = await readFile(file, "utf8").catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(error) ?? "")) return undefined;
    throw readError(error, file);
  });
  const found = clean(stored);
  return found === undefined ? undefined : secret(found, file);
}

function clean(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, "").trim() || undefined;
}

/** Refuses what an HTTP header cannot hold here, where the message does not repeat it. */
function secret(token: string, place: string): Secret {
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  throw new BiobertError({
    code: "usage",
    message: "the token holds characters that no token has",
    place: { name: place },
    hint: "A token of the Hugging Face hub is one word that starts with hf_; copy it again.",
  });
}
