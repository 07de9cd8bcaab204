// The catalogue's own API, under /api/catalogue: submissions and their review, verification, and the history with its way back.

import { z } from "@hono/zod-openapi";
import { BiobertError } from "../../../core/index.ts";
import { submissionOfRecord } from "../../records.ts";
import { type Problem, ROLES, type Submission, runSchema } from "../../schema/index.ts";
import { type CatalogueSite, type RouteContext, actorOf, callerRole, found } from "../environment.ts";
import { type Api, getRoute, listRoute, writeRoute } from "./define.ts";

const tag = "submissions";
// Checked by the catalogue's own checks, which name every field; here it only has to be an object.
const content = z.record(z.string(), z.unknown()).openapi("SubmissionContent");
const submission = z
  .object({
    id: z.string(),
    version: z.number(),
    state: z.string(),
    content,
    problems: z.array(z.object({ field: z.string(), code: z.string(), message: z.string(), severity: z.string() })),
    submittedBy: z.string(),
    submittedAt: z.string(),
    decidedBy: z.string().optional(),
    decidedAt: z.string().optional(),
    reason: z.string().optional(),
    result: z.string().optional(),
  })
  .openapi("Submission");
const version = z.number().int().positive();

/** The problems of a refused submission as fields of an error; any other error as it is. */
export function withFields(thrown: unknown): unknown {
  const problems = (thrown as { problems?: unknown }).problems;
  if (!(thrown instanceof BiobertError) || !Array.isArray(problems)) return thrown;
  return new BiobertError({
    code: thrown.code,
    message: thrown.message,
    hint: thrown.hint,
    fields: (problems as Problem[]).filter(({ severity }) => severity === "error"),
    cause: thrown,
  });
}

/** Runs what may refuse a submission. */
export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw withFields(thrown);
  }
}

/** Submitting and reviewing. */
export function addSubmissionRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const one = "/submissions/{id}";
  const seen = async (c: RouteContext, id: string): Promise<Submission> => {
    const actor = actorOf(c, "submitter", "see submissions");
    const entry = await store.get("submission", id);
    // Of others one does not even learn that they exist.
    const isMine = entry?.submittedBy === actor.name || ROLES.indexOf(actor.role) >= ROLES.indexOf("reviewer");
    return found(isMine ? entry : undefined, "submission", id);
  };

  writeRoute(
    api,
    {
      method: "post",
      path: "/submissions/check",
      summary: "Check a result without submitting it",
      tag,
      body: content,
      answer: z.object({ problems: submission.shape.problems }),
      status: 200,
    },
    async (body) => ({
      problems: await store.checkSubmission(body),
    }),
  );
  writeRoute(
    api,
    {
      method: "post",
      path: "/submissions",
      summary: "Submit a result for review",
      tag,
      body: content,
      answer: submission,
      status: 202,
    },
    async (body, _, c) => {
      const actor = actorOf(c, "submitter", "submit a result");
      return refusing(() => store.submit(body, actor));
    },
  );
  writeRoute(
    api,
    {
      method: "post",
      path: "/records",
      summary: "Submit the record of a run, as biobert evaluate writes it",
      tag,
      body: z.object({
        record: z.record(z.string(), z.unknown()),
        table: z.string().max(200).optional(),
        comment: z.string().max(5000).optional(),
      }),
      answer: submission,
      status: 202,
    },
    async ({ record, table, comment }, _, c) => {
      const actor = actorOf(c, "submitter", "submit a record");
      const parsed = runSchema.shape.record.safeParse(record);
      if (!parsed.success) {
        const fields = parsed.error.issues.map(({ path, code, message }) => ({
          field: `record.${path.join(".")}`,
          code,
          message,
        }));
        throw new BiobertError({
          code: "fields-invalid",
          message: "that is no result record",
          fields,
          hint: "Send what biobert evaluate --out wrote.",
        });
      }
      const places = await store.placesOf(parsed.data, table);
      const content = submissionOfRecord(parsed.data, places, table);
      return refusing(() => store.submit({ ...content, ...(comment === undefined ? {} : { comment }) }, actor));
    },
  );
  listRoute(
    api,
    site,
    {
      path: "/submissions",
      summary: "Submissions: all for a reviewer, one's own else",
      tag,
      filters: { state: z.string().max(20).optional() },
      item: submission,
    },
    async (query, _, page, c) => {
      const actor = actorOf(c, "submitter", "list submissions");
      const isReviewer = ROLES.indexOf(actor.role) >= ROLES.indexOf("reviewer");
      return store.list("submission", {
        ...page,
        state: query.state || undefined,
        ...(isReviewer ? {} : { submittedBy: actor.name }),
      });
    },
  );
  getRoute(api, { path: one, summary: "A submission", tag, item: submission }, async ({ id = "" }, c) => seen(c, id));
  writeRoute(
    api,
    {
      method: "patch",
      path: one,
      summary: "Change a submission that waits",
      tag,
      body: z.object({ version, content }),
      answer: submission,
    },
    async (body, { id = "" }, c) => {
      const actor = actorOf(c, "submitter", "edit a submission");
      return refusing(() => store.edit(id, body.version, body.content, actor));
    },
  );
  writeRoute(
    api,
    {
      method: "post",
      path: `${one}/accept`,
      summary: "Accept a submission, edited where needed",
      tag,
      body: z.object({ version, edited: content.optional(), reason: z.string().max(5000).optional() }),
      answer: z.record(z.string(), z.unknown()),
      status: 200,
    },
    async (body, { id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "accept a submission");
      const { edited, reason } = body;
      return refusing(() =>
        store.accept(id, body.version, actor, {
          ...(edited === undefined ? {} : { edited: edited as never }),
          ...(reason === undefined ? {} : { reason }),
        }),
      );
    },
  );
  writeRoute(
    api,
    {
      method: "post",
      path: `${one}/reject`,
      summary: "Reject a submission with a reason",
      tag,
      body: z.object({ version, reason: z.string().min(1).max(5000) }),
      answer: submission,
      status: 200,
    },
    async (body, { id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "reject a submission");
      return store.reject(id, body.version, body.reason, actor);
    },
  );
  writeRoute(
    api,
    {
      method: "post",
      path: `${one}/withdraw`,
      summary: "Withdraw one's submission",
      tag,
      body: z.object({ version }),
      answer: submission,
      status: 200,
    },
    async (body, { id = "" }, c) => store.withdraw(id, body.version, actorOf(c, "submitter", "withdraw a submission")),
  );
}

/** The verified mark, and the history. */
export function addHistoryRoutes(api: Api, site: CatalogueSite): void {
  const { store } = site;
  const change = z
    .object({
      id: z.number(),
      at: z.string(),
      actor: z.string(),
      action: z.string(),
      reason: z.string().optional(),
      undoes: z.number().optional(),
      counts: z.record(z.string(), z.number()),
    })
    .openapi("Change");
  listRoute(
    api,
    site,
    { path: "/history", summary: "What was changed, newest first", tag: "history", item: change },
    async (_, __, page) => store.history(page),
  );
  writeRoute(
    api,
    {
      method: "post",
      path: "/history/{id}/undo",
      summary: "Undo a change",
      tag: "history",
      body: z.object({ reason: z.string().max(5000).optional() }),
      answer: z.object({ change: z.number() }),
      status: 200,
    },
    async ({ reason }, { id = "" }, c) => {
      const actor = actorOf(c, "reviewer", "undo a change");
      if (!/^[1-9]\d{0,8}$/.test(id))
        throw new BiobertError({ code: "not-found", message: `there is no change ${JSON.stringify(id)}` });
      return { change: await store.undo(Number(id), actor, reason) };
    },
  );
  writeRoute(
    api,
    {
      method: "post",
      path: "/results/{id}/verifications",
      summary: "Give the verified mark for a record that repeats the claimed run",
      tag: "verification",
      body: z.object({ record: z.record(z.string(), z.unknown()) }),
      answer: z.record(z.string(), z.unknown()),
    },
    async ({ record }, { id = "" }, c) => store.verify(id, record, actorOf(c, "reviewer", "verify a result")),
  );
  getRoute(
    api,
    {
      path: "/me",
      summary: "Who this token belongs to",
      tag: "tokens",
      item: z.object({ name: z.string(), role: z.string() }),
    },
    async (_, c) => {
      const { name } = actorOf(c, "reader", "see one's token");
      return { name, role: callerRole(c) ?? "reader" };
    },
  );
}
