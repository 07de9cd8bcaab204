// Who may do what: tokens with roles, stored as hashes only, and counters for rate limits that several servers share.

import { BiobertError } from "../../core/index.ts";
import { sha256 } from "../../data/index.ts";
import { type Role, ROLES, roleSchema, type Token } from "../schema/index.ts";
import type { Connection } from "./database.ts";
import { storableText as storable } from "../text.ts";
import type { Actor } from "./types.ts";

/** What a secret looks like; anything else is refused without asking the database. */
const SECRET = /^bbt_[A-Za-z0-9_-]{43}$/;

/** Refuses an actor whose role is below `least`. Errors: `catalogue-access`. */
export function requireRole(actor: Actor, least: Role, what: string): void {
  if (ROLES.indexOf(actor.role) >= ROLES.indexOf(least)) return;
  throw new BiobertError({
    code: "catalogue-access",
    message: `${actor.name === "" ? "an anonymous user" : actor.name} may not ${what}: that needs the role ${least}, not ${actor.role}`,
    hint: "Use a token with that role (biobert results token create --role ...).",
  });
}

interface TokenRow {
  id: string;
  name: string;
  role: Role;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

const COLUMNS = "id, name, role, created_at, expires_at, revoked_at";

/** Makes a token; 256 random bits, of which only the SHA-256 is kept. */
export async function createToken(
  connection: Connection,
  now: Date,
  name: string,
  role: Role,
  expiresAt: string | undefined,
): Promise<{ token: Token; secret: string }> {
  if (name.trim() === "" || name.length > 200)
    throw new BiobertError({ code: "usage", message: "a token needs a name of 1 to 200 characters" });
  if (!roleSchema.safeParse(role).success)
    throw new BiobertError({ code: "usage", message: `no role ${JSON.stringify(role)}: ${ROLES.join(", ")}` });
  const expires = expiresAt === undefined ? undefined : momentOf(expiresAt);
  if (expires !== undefined && expires <= now.toISOString())
    throw new BiobertError({ code: "usage", message: `${expiresAt} is past: a token expires later` });
  const secret = `bbt_${base64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
  const id = `token-${hexadecimal(crypto.getRandomValues(new Uint8Array(8)))}`;
  const [row] = await connection.query<TokenRow>(
    `insert into token (id, name, role, secret_hash, created_at, expires_at)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text) returning ${COLUMNS}`,
    [id, storable(name), role, sha256(secret), now.toISOString(), expires ?? null],
  );
  return { token: tokenOf(row!), secret };
}

function momentOf(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new BiobertError({ code: "usage", message: `${text} is no date` });
  return at.toISOString();
}

/** The token of a secret, unless it is forged, expired or revoked. */
export async function authenticate(
  connection: Connection,
  now: Date,
  secret: string,
): Promise<{ actor: Actor; token: Token } | undefined> {
  if (!SECRET.test(secret)) return undefined;
  const [row] = await connection.query<TokenRow>(
    `select ${COLUMNS} from token where secret_hash = $1::text and revoked_at is null and (expires_at is null or expires_at > $2::text)`,
    [sha256(secret), now.toISOString()],
  );
  if (row === undefined) return undefined;
  const token = tokenOf(row);
  return { actor: { name: token.name, role: token.role }, token };
}

/** From now on the token's secret is worth nothing. Errors: `catalogue-not-found`. */
export async function revokeToken(connection: Connection, now: Date, id: string): Promise<Token> {
  const [row] = await connection.query<TokenRow>(
    `update token set revoked_at = coalesce(revoked_at, $2::text) where id = $1::text returning ${COLUMNS}`,
    [storable(id), now.toISOString()],
  );
  if (row === undefined) throw new BiobertError({ code: "catalogue-not-found", message: `there is no token ${id}` });
  return tokenOf(row);
}

/** All tokens, the oldest first, without their secrets. */
export async function listTokens(connection: Connection): Promise<Token[]> {
  return (await connection.query<TokenRow>(`select ${COLUMNS} from token order by created_at, id`)).map(tokenOf);
}

function tokenOf({ id, name, role, created_at, expires_at, revoked_at }: TokenRow): Token {
  return {
    id,
    name,
    role,
    createdAt: created_at,
    ...(expires_at === null ? {} : { expiresAt: expires_at }),
    ...(revoked_at === null ? {} : { revokedAt: revoked_at }),
  };
}

/** One use in the present window (windows start at multiples of their length); windows that are over are forgotten. */
export async function takeFromLimit(
  connection: Connection,
  now: Date,
  key: string,
  limit: number,
  windowSeconds: number,
): Promise<{ isAllowed: boolean; remaining: number; resetSeconds: number }> {
  const seconds = Math.floor(now.getTime() / 1000);
  const startsAt = seconds - (seconds % windowSeconds);
  const [{ used }] = (await connection.query<{ used: number }>(
    `insert into rate_limit as present (key, starts_at, used) values ($1::text, $2::bigint, 1)
     on conflict (key, starts_at) do update set used = least(present.used + 1, 1000000000) returning used`,
    [storable(key).slice(0, 300), startsAt],
  )) as [{ used: number }];
  if (used === 1)
    await connection.query("delete from rate_limit where key = $1::text and starts_at < $2::bigint", [
      storable(key).slice(0, 300),
      startsAt,
    ]);
  return {
    isAllowed: used <= limit,
    remaining: Math.max(0, limit - used),
    resetSeconds: startsAt + windowSeconds - seconds,
  };
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
