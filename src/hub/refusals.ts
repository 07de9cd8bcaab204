// What the hub says no with, in the project's error codes. The hub answers 401 both for what does not exist and for what the
// asker may not see, and tells more in `X-Error-Code` (`hf_raise_for_status` of `huggingface_hub` reads the same).

import { BiobertError } from "../core/index.ts";
import { badAnswer, type HubAnswer } from "./http.ts";
import { nearestKnownNames } from "./known-models.ts";
import type { ModelReference } from "./names.ts";
import type { HubSettings } from "./settings.ts";

/**
 * The error for an answer whose status is not a success: `hub-not-found` (the name, the revision or a file), `hub-access`
 * (a token is missing, not accepted, or not allowed to), `hub-answer` for anything else.
 */
export function refusalOf(
  answer: Pick<HubAnswer, "status" | "headers" | "host">,
  model: ModelReference,
  settings: Pick<HubSettings, "endpoint" | "token">,
  file?: string,
): BiobertError {
  const { status, headers } = answer;
  const code = headers.get("x-error-code");
  const page = `${settings.endpoint}/${model.name}`;
  const known = status === 401 || status === 403 || status === 404 || code !== null;
  if (code === "RevisionNotFound") {
    return notFound(
      `${model.name} has no revision ${JSON.stringify(model.revision)}`,
      `Its branches and tags: ${page}/tree/main`,
    );
  }
  if (code === "EntryNotFound") {
    return notFound(`${model.name} has no file ${file ?? ""} at ${model.revision}`, `Its files: ${page}/tree/main`);
  }
  if (code === "GatedRepo" || (status === 403 && settings.token !== undefined)) return gated(model, page, settings);
  if (status === 401 && settings.token !== undefined && code !== "RepoNotFound") {
    return access(
      "the hub does not accept the token",
      `Make a new one (${settings.endpoint}/settings/tokens, permission to read) and give it in HF_TOKEN.`,
    );
  }
  if (!known) return badAnswer(`${answer.host} answered ${status} for ${file ?? model.name}`);
  const nearest = nearestKnownNames(model.name);
  const meant = nearest.length === 0 ? "See biobert pull --list." : `Did you mean ${nearest.join(", ")}?`;
  const shown =
    settings.token === undefined ? "or it is private and needs a token in HF_TOKEN" : "or the token may not see it";
  return notFound(`the hub has no model ${model.name}, ${shown}`, meant);
}

function gated(model: ModelReference, page: string, settings: Pick<HubSettings, "endpoint" | "token">): BiobertError {
  const token = `make a token with permission to read (${settings.endpoint}/settings/tokens) and give it in HF_TOKEN`;
  return access(
    `${model.name} is gated: its publisher grants access on request`,
    settings.token === undefined
      ? `Sign in at ${page}, accept its terms, then ${token}.`
      : `Sign in at ${page} as the token's owner and accept its terms; a fine-grained token must name this model or gated models.`,
  );
}

function notFound(message: string, hint: string): BiobertError {
  return new BiobertError({ code: "hub-not-found", message, hint });
}

function access(message: string, hint: string): BiobertError {
  return new BiobertError({ code: "hub-access", message, hint });
}
