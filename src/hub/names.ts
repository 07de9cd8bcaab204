// Names of models on a hub (`organisation/name`, with `@revision` behind it) and of the files in them: what may stand in a
// path or a URL and what may not. The rules are those of `huggingface_hub` (`validate_repo_id`).

import { BiobertError } from "../core/index.ts";

export interface ModelReference {
  /** `organisation/name`, or a bare name of the hub's first days. */
  name: string;
  /** A branch, a tag or a commit. */
  revision: string;
}

const DEFAULT_REVISION = "main";
const PART = /^(?![-.])[A-Za-z0-9._-]{1,96}(?<![-.])$/;

/**
 * Splits `organisation/name[@revision]`.
 * @throws BiobertError `usage` when it is no name that a hub could have.
 */
export function parseModelReference(text: string): ModelReference {
  const at = text.indexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? DEFAULT_REVISION : text.slice(at + 1);
  if (!isModelName(name)) {
    throw new BiobertError({
      code: "usage",
      message: `${JSON.stringify(name)} is not a model's name on a hub`,
      hint: "A name is ORGANISATION/NAME, for example dmis-lab/biobert-base-cased-v1.1; see biobert pull --list.",
    });
  }
  if (!isSafePath(revision)) {
    throw new BiobertError({
      code: "usage",
      message: `${JSON.stringify(revision)} is not a revision`,
      hint: "A revision is a branch, a tag or a commit, for example main or v1.0.",
    });
  }
  return { name, revision };
}

/** Whether a hub could have a model of this name. */
export function isModelName(text: string): boolean {
  const parts = text.split("/");
  return parts.length <= 2 && parts.every((part) => PART.test(part)) && !/--|\.\.|\.git$/.test(text);
}

/** Whether `text` is a relative path that stays where it is put, on every operating system. */
export function isSafePath(text: string): boolean {
  return (
    text.length <= 255 && text.split("/").every((part) => /^[A-Za-z0-9._+=@-]+$/.test(part) && !/^\.+$/.test(part))
  );
}

/** Whether `text` may be the name of a blob or a commit's folder. */
export function isSafeName(text: string): boolean {
  return isSafePath(text) && !text.includes("/") && text.length <= 128;
}

/** Whether a revision is a whole commit, which never changes its content. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
