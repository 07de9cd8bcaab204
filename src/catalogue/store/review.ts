// Submissions on their way to a leaderboard: checked, kept for review, accepted, edited or rejected by one reviewer at a time.
// Every step says which version of the submission it saw; who comes second gets a conflict and loses nothing.

import { BiobertError } from "../../core/index.ts";
import { sha256 } from "../../data/index.ts";
import { resultRecordSchema } from "../../evaluation/index.ts";
import { canonicalJson } from "../canonical.ts";
import { type CheckContext, checkSubmissionContent, plainName } from "../checks.ts";
import { compareRecords } from "../reproduction.ts";
import type { Model, Problem, Result, Run, Submission, SubmissionContent, Verification } from "../schema/index.ts";
import { freeSlug, slug } from "../slug.ts";
import { requireRole } from "./access.ts";
import type { Connection, Database } from "./database.ts";
import { getEntities, getEntity, putEntities } from "./entities.ts";
import { runChange } from "./history.ts";
import type { LinkAnswer } from "./link-check.ts";
import { listEntities } from "./lists.ts";
import type { Actor } from "./types.ts";

export interface ReviewOptions {
  now: () => Date;
  checkLink?: (url: string) => Promise<LinkAnswer>;
}

/** What the checks may know of what is stored. */
export function checkContext(connection: Connection, { now, checkLink }: ReviewOptions): CheckContext {
  return {
    now: now(),
    table: (id) => getEntity(connection, "table", id),
    similarTables: async (name) => {
      const wanted = new Set(name.split("-"));
      const rows = await connection.query<{ id: string }>(
        "select id from evaluation_table where id like '%' || $1::text || '%' order by length(id), id limit 200",
        [[...wanted].sort((a, b) => b.length - a.length)[0] ?? name],
      );
      const score = (id: string) => id.split("-").filter((part) => wanted.has(part)).length;
      return rows
        .map(({ id }) => id)
        .sort((a, b) => score(b) - score(a))
        .slice(0, 3);
    },
    resultsOf: async (table) => {
      const results: Result[] = [];
      for (;;) {
        const { items } = await listEntities(connection, "result", {
          table,
          order: "id",
          limit: 1000,
          offset: results.length,
        });
        results.push(...items);
        if (items.length < 1000) return results;
      }
    },
    model: (id) => getEntity(connection, "model", id),
    modelsNamed: (name) => modelsNamed(connection, name),
    hasPaper: async (id) => (await getEntity(connection, "paper", id)) !== undefined,
    hasResult: async (id) => (await getEntity(connection, "result", id)) !== undefined,
    ...(checkLink === undefined ? {} : { checkLink }),
  };
}

/** Models whose name or alias this is; a variant's own names tell the variant. */
async function modelsNamed(connection: Connection, name: string): Promise<{ model: Model; variant?: string }[]> {
  const wanted = plainName(name);
  const models = (await listEntities(connection, "model", { limit: 1000 })).items;
  return models.flatMap((model): { model: Model; variant?: string }[] => {
    const variant = model.variants.find((each) =>
      [each.name, ...each.aliases].some((alias) => plainName(alias) === wanted),
    );
    if (variant !== undefined) return [{ model, variant: variant.id }];
    return [model.name, ...model.aliases].some((alias) => plainName(alias) === wanted) ? [{ model }] : [];
  });
}

/** Stores a submission for review (submitter). Errors: `catalogue-access`; `catalogue-invalid` with the problems in its message. */
export async function submit(
  database: Database,
  options: ReviewOptions,
  content: unknown,
  actor: Actor,
): Promise<Submission> {
  requireRole(actor, "submitter", "submit results");
  const checked = await checkSubmissionContent(content, checkContext(database, options));
  const submission: Submission = {
    id: `submission-${crypto.randomUUID()}`,
    version: 1,
    state: "pending",
    content: accepted(checked.content, checked.problems),
    problems: checked.problems,
    submittedBy: actor.name,
    submittedAt: options.now().toISOString(),
  };
  await runChange(database, options.now, { actor, action: "submit" }, (writer) =>
    writer.put("submission", [submission]),
  );
  return submission;
}

function accepted(content: SubmissionContent | undefined, problems: readonly Problem[]): SubmissionContent {
  const errors = problems.filter(({ severity }) => severity === "error");
  if (content !== undefined && errors.length === 0) return content;
  throw new SubmissionRefused(problems);
}

/** A submission that the checks refuse; `problems` says it field by field. */
export class SubmissionRefused extends BiobertError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(({ severity }) => severity === "error");
    super({
      code: "catalogue-invalid",
      message: `the submission has ${errors.length === 1 ? "a problem" : `${errors.length} problems`}: ${errors.map(({ field, message }) => `${field}: ${message}`).join("; ")}`,
      place: errors[0] === undefined ? {} : { name: errors[0].field },
      hint: "Mend the fields named and submit again.",
    });
    this.problems = problems;
  }
}

/** The pending submission in the version that was seen. Errors: `catalogue-not-found`, `catalogue-conflict`. */
async function pending(connection: Connection, id: string, version: number): Promise<Submission> {
  const submission = await getEntity(connection, "submission", id);
  if (submission === undefined)
    throw new BiobertError({ code: "catalogue-not-found", message: `there is no submission ${id}` });
  const { state, decidedBy } = submission;
  if (state === "pending" && submission.version === version) return submission;
  throw new BiobertError({
    code: "catalogue-conflict",
    message:
      state === "pending"
        ? `submission ${id} has changed meanwhile: it is at version ${submission.version}, not ${version}`
        : `submission ${id} is ${state} already${decidedBy === undefined ? "" : `, by ${decidedBy}`}`,
    hint: "Look at it again and decide on what is there now.",
  });
}

/** Changes a pending submission's content: its own submitter, or a reviewer. */
export async function edit(
  database: Database,
  options: ReviewOptions,
  id: string,
  version: number,
  content: unknown,
  actor: Actor,
): Promise<Submission> {
  requireRole(actor, "submitter", "edit submissions");
  const { value } = await runChange(database, options.now, { actor, action: "edit" }, async ({ connection }) => {
    const submission = await pending(connection, id, version);
    if (submission.submittedBy !== actor.name) requireRole(actor, "reviewer", "edit the submissions of others");
    const checked = await checkSubmissionContent(content, checkContext(connection, { now: options.now }));
    const edited = {
      ...submission,
      version: version + 1,
      content: accepted(checked.content, checked.problems),
      problems: checked.problems,
    };
    await putEntities(connection, "submission", [edited]);
    return edited;
  });
  return value;
}

/** Makes a submission a result (reviewer; not one's own, but for an admin). What is stored by now is checked again. */
export async function accept(
  database: Database,
  options: ReviewOptions,
  id: string,
  version: number,
  actor: Actor,
  { edited, reason }: { edited?: SubmissionContent; reason?: string } = {},
): Promise<Result> {
  requireRole(actor, "reviewer", "accept submissions");
  const entry = { actor, action: "accept" as const, ...(reason === undefined ? {} : { reason }) };
  const { value } = await runChange(database, options.now, entry, async ({ connection }) => {
    const submission = await pending(connection, id, version);
    if (submission.submittedBy === actor.name) requireRole(actor, "admin", "accept a submission of one's own");
    const checked = await checkSubmissionContent(
      edited ?? submission.content,
      checkContext(connection, { now: options.now }),
    );
    const content = accepted(checked.content, checked.problems);
    const run = content.run === undefined ? undefined : runOf(content.run);
    if (run !== undefined) await putEntities(connection, "run", [run]);
    const result = await resultOf(connection, content, submission.submittedBy, run);
    await putEntities(connection, "result", [result]);
    await putEntities(connection, "submission", [
      {
        ...submission,
        content,
        problems: checked.problems,
        version: version + 1,
        state: "accepted",
        decidedBy: actor.name,
        decidedAt: options.now().toISOString(),
        ...(reason === undefined ? {} : { reason }),
        result: result.id,
      },
    ]);
    return result;
  });
  return value;
}

async function resultOf(
  connection: Connection,
  content: SubmissionContent,
  submittedBy: string,
  run: Run | undefined,
): Promise<Result> {
  const { id, ...rest } = content.result;
  const base = slug(`${rest.table}-${rest.modelName}`)
    .slice(0, 90)
    .replace(/[-.]+$/, "");
  const rows = await connection.query<{ id: string }>("select id from result where id like $1::text || '%'", [base]);
  const taken = new Set(rows.map((row) => row.id));
  if (id !== undefined && (await getEntity(connection, "result", id)) !== undefined)
    throw new BiobertError({
      code: "catalogue-conflict",
      message: `there is a result ${id} already`,
      hint: "Leave the id out, and one is made.",
    });
  return {
    ...rest,
    id: id ?? freeSlug(base, (each) => taken.has(each)),
    origin: "submitted",
    submittedBy,
    runs: run === undefined ? [] : [run.id],
  };
}

/** The entity of a record: its id comes from its content, so that one record is one run however often it is given. */
export function runOf(record: Run["record"]): Run {
  const hash = sha256(canonicalJson(record));
  return { id: `run-${hash.slice(0, 16)}`, sha256: hash, record };
}

/** Turns a submission away with a reason (reviewer), or takes it back (its submitter). */
export async function decline(
  database: Database,
  options: ReviewOptions,
  id: string,
  version: number,
  actor: Actor,
  state: "rejected" | "withdrawn",
  reason?: string,
): Promise<Submission> {
  requireRole(
    actor,
    state === "rejected" ? "reviewer" : "submitter",
    state === "rejected" ? "reject submissions" : "withdraw submissions",
  );
  if (state === "rejected" && (reason ?? "").trim() === "")
    throw new BiobertError({
      code: "catalogue-invalid",
      message: "a rejection needs a reason",
      place: { name: "reason" },
      hint: "Say what the submitter should mend.",
    });
  const entry = {
    actor,
    action: state === "rejected" ? ("reject" as const) : ("withdraw" as const),
    ...(reason === undefined ? {} : { reason }),
  };
  const { value } = await runChange(database, options.now, entry, async ({ connection }) => {
    const submission = await pending(connection, id, version);
    if (state === "withdrawn" && submission.submittedBy !== actor.name)
      requireRole(actor, "admin", "withdraw the submissions of others");
    const declined: Submission = {
      ...submission,
      version: version + 1,
      state,
      decidedBy: actor.name,
      decidedAt: options.now().toISOString(),
      ...(reason === undefined ? {} : { reason }),
    };
    await putEntities(connection, "submission", [declined]);
    return declined;
  });
  return value;
}

/** Gives the verified mark (reviewer) where `reproduced` repeats a run of the result. Errors: `catalogue-unverified`, with what differs. */
export async function verify(
  database: Database,
  options: ReviewOptions,
  resultId: string,
  reproduced: unknown,
  actor: Actor,
  tolerances?: Record<string, number>,
): Promise<Verification> {
  requireRole(actor, "reviewer", "verify results");
  const parsed = resultRecordSchema.safeParse(reproduced);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BiobertError({
      code: "catalogue-invalid",
      message: `the record is not one that biobert evaluate writes: ${issue.path.join(".")}: ${issue.message}`,
      place: { name: issue.path.join(".") },
    });
  }
  const { value } = await runChange(database, options.now, { actor, action: "verify" }, async ({ connection }) => {
    const result = await getEntity(connection, "result", resultId);
    if (result === undefined)
      throw new BiobertError({ code: "catalogue-not-found", message: `there is no result ${resultId}` });
    const runs = await getEntities(connection, "run", result.runs);
    if (runs.length === 0) throw unverified(resultId, ["it has no record to repeat"]);
    const table = (await getEntity(connection, "table", result.table))!;
    const attempts = runs.map((claimed) => ({
      claimed,
      ...compareRecords(result, table, claimed.record, parsed.data, tolerances),
    }));
    const match = attempts.find((attempt) => "metrics" in attempt);
    if (match === undefined || !("metrics" in match)) {
      const closest = attempts
        .flatMap((attempt) => ("differences" in attempt ? [attempt.differences] : []))
        .sort((a, b) => a.length - b.length)[0]!;
      throw unverified(resultId, closest);
    }
    const again = runOf(parsed.data);
    await putEntities(connection, "run", [again]);
    const verification: Verification = {
      id: `verification-${crypto.randomUUID()}`,
      result: resultId,
      claimed: match.claimed.id,
      reproduced: again.id,
      metrics: match.metrics,
      verifiedAt: options.now().toISOString(),
      verifiedBy: actor.name,
    };
    await putEntities(connection, "verification", [verification]);
    return verification;
  });
  return value;
}

function unverified(result: string, differences: readonly string[]): BiobertError {
  return new BiobertError({
    code: "catalogue-unverified",
    message: `${result} is not verified: ${differences.join("; ")}`,
    hint: "Run the command of the record on the same data and model, and give the record it writes.",
  });
}
