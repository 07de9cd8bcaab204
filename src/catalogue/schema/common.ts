// What every entity of the catalogue is made of: identifiers that are safe in paths and addresses, names, links and dates.
// Text is stored exactly as it was given (names and Markdown included); whoever writes HTML escapes it there (`escapeHtml`).

import { z } from "zod";

/** Longest identifier, in characters. */
export const LONGEST_ID = 200;

/** Lower-case letters, digits, and single `-`, `_`, `.` between them: no slash, no `..`, no leading dot, no percent escape. */
export const idSchema = z
  .string()
  .max(LONGEST_ID)
  .regex(/^[a-z0-9]+(?:[-_.]+[a-z0-9]+)*$/, "expected lower-case letters, digits and single - _ . between them")
  .refine((id) => !id.includes(".."), "expected no two dots in a row");

// Control characters other than tab and line feed (NUL cannot be stored, the others fool terminals and logs).
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

// Half of a surrogate pair is no character, and no database stores it.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** One line of text that is not empty. */
export const nameSchema = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !CONTROL.test(text) && !text.includes("\n"), "expected one line without control characters")
  .refine((text) => text.trim() === text, "expected no white space at either end")
  .refine((text) => !LONE_SURROGATE.test(text), "expected whole characters (half of a surrogate pair found)");

/** Text of any length, Markdown allowed, kept as given. */
export const textSchema = z
  .string()
  .max(200_000)
  .refine((text) => !text.includes("\0"), "expected no NUL characters")
  .refine((text) => !LONE_SURROGATE.test(text), "expected whole characters (half of a surrogate pair found)");

/** An absolute http or https address without user or password. */
export const urlSchema = z
  .string()
  .max(2000)
  .refine((text) => urlProblem(text) === undefined, { error: (issue) => urlProblem(String(issue.input)) ?? "" });

/** What is wrong with a link, or undefined: relative, another protocol, credentials in it, white space, an unclosed bracket. */
export function urlProblem(text: string): string | undefined {
  if (/\s/.test(text)) return "a link holds no white space";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "not an absolute link (https://...)";
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return `links start with https:// or http://, not ${url.protocol}`;
  if (url.username !== "" || url.password !== "") return "a link holds no user name or password";
  if (!url.hostname.includes(".") && url.hostname !== "localhost") return "a link names a host such as arxiv.org";
  const open = text.split("(").length - text.split(")").length;
  return open > 0 ? "the link looks cut off: a bracket is not closed" : undefined;
}

/** A calendar day, `2019-01-25`; one that exists. */
export const dateSchema = z.iso.date();

/** A moment in UTC, `2026-11-24T09:00:00.000Z`. */
export const momentSchema = z.iso.datetime();

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits");

/** A title with an address. */
export const linkSchema = z.strictObject({ title: textSchema, url: urlSchema });

/** Fields that an imported file carries and the catalogue has no place for; kept, so that nothing is lost on the way back. */
export const extraSchema = z.record(z.string(), z.json());

export type Link = z.infer<typeof linkSchema>;
