// Signing in with a token, and submitting a result by form; the review queue is beside. Forms work
// without script; the server refuses those that come from another site's page.

import { deleteCookie, setCookie } from "hono/cookie";
import { BiobertError } from "../../../core/index.ts";
import type { EvaluationTable, Problem } from "../../schema/index.ts";
import {
  type CatalogueApp,
  type CatalogueSite,
  type RouteContext,
  actorOf,
  callerRole,
  found,
} from "../environment.ts";
import { page } from "./layout.tsx";
import { counted } from "./parts.tsx";
import { addHistory, addReview } from "./review.tsx";
import { SubmissionView, isReviewer, versionOf } from "./submission-view.tsx";
import { type Fields, contentOfForm, fieldOfProblem, formOf } from "./submission-form.ts";

/** What the server's own cookie for tokens is called. */
const COOKIE = "biobert_token";
/** Submissions of one token in an hour. */
const SUBMISSIONS_AN_HOUR = 60;

/** Adds `/sign-in`, `/sign-out`, `/submit`, `/review`, `/history`. */
export function addWorkflowPages(app: CatalogueApp, site: CatalogueSite): void {
  addSignIn(app, site);
  addSubmit(app, site);
  addReview(app, site);
  addHistory(app, site);
}

function addSignIn(app: CatalogueApp, { store, publicUrl }: CatalogueSite): void {
  const form = (c: RouteContext, problem?: string) =>
    page(
      c,
      {
        title: "Sign in",
        children: (
          <>
            <h1>Sign in</h1>
            {c.get("caller") === undefined ? null : (
              <form class="panel" method="post" action="/sign-out">
                <p>{`Signed in as ${c.get("caller")!.name}, ${callerRole(c)}.`}</p>
                <button class="plain">Sign out</button>
              </form>
            )}
            <form class="panel" method="post" action="/sign-in">
              {problem === undefined ? null : (
                <p class="bad" role="alert">
                  {problem}
                </p>
              )}
              <div class="field">
                <label for="token">Token</label>
                <input id="token" name="token" type="password" autocomplete="current-password" required class="wide" />
                <span class="hint">Whoever runs this catalogue makes one with "biobert results token create".</span>
              </div>
              <button>Sign in</button>
            </form>
          </>
        ),
      },
      problem === undefined ? 200 : 401,
    );
  app.get("/sign-in", (c) => form(c));
  app.post("/sign-in", async (c) => {
    const fields = await formOf(c);
    const secret = (fields["token"] ?? "").trim();
    // Guessing is slow: so many tries a minute in all.
    const tries = await store.takeFromLimit("sign-in", 60, 60);
    const owner = tries.isAllowed ? await store.authenticate(secret) : undefined;
    if (owner === undefined)
      return form(c, tries.isAllowed ? "That token is unknown, expired or revoked." : "Too many tries: wait a minute.");
    const isSecure = (publicUrl ?? c.req.url).startsWith("https:");
    setCookie(c, COOKIE, secret, {
      httpOnly: true,
      sameSite: "Strict",
      secure: isSecure,
      path: "/",
      maxAge: 12 * 3600,
    });
    return c.redirect(owner.actor.role === "reviewer" || owner.actor.role === "admin" ? "/review" : "/submit", 303);
  });
  app.post("/sign-out", (c) => {
    deleteCookie(c, COOKIE, { path: "/" });
    return c.redirect("/sign-in", 303);
  });
}

function addSubmit(app: CatalogueApp, { store }: CatalogueSite): void {
  const show = async (c: RouteContext, fields: Fields, problems: readonly Problem[]) => {
    const table = fields["table"] ? await store.get("table", fields["table"]) : undefined;
    const { items } = await store.tableSummaries({ order: "name", limit: 500, withoutBest: true });
    const role = callerRole(c);
    return page(
      c,
      {
        title: "Submit a result",
        children: (
          <>
            <h1>Submit a result</h1>
            <p class="lead">
              A result is checked field by field, then waits for a reviewer. It stands in no leaderboard before that.
            </p>
            {role === undefined || role === "reader" ? (
              <p class="notice">
                Submitting takes a token with the role submitter: <a href="/sign-in">sign in</a> first. Programs use{" "}
                <a href="/api/docs">the API</a>, people with a record <code>biobert results submit RECORD.json</code>.
              </p>
            ) : null}
            <form class="panel row" method="get" action="/submit">
              <div class="field">
                <label for="choose">Benchmark</label>
                <select id="choose" name="table">
                  <option value="">choose</option>
                  {items.map((each) => (
                    <option value={each.table.id} selected={each.table.id === table?.id}>
                      {`${each.taskName} on ${each.datasetName}${each.table.name === undefined ? "" : `, ${each.table.name}`}`}
                    </option>
                  ))}
                </select>
              </div>
              <button class="plain">Show its metrics</button>
            </form>
            {table === undefined ? null : <SubmissionForm table={table} fields={fields} problems={problems} />}
          </>
        ),
      },
      problems.some(({ severity }) => severity === "error") ? 422 : 200,
    );
  };
  app.get("/submit", async (c) => show(c, { table: c.req.query("table") }, []));
  app.post("/submit", async (c) => {
    const fields = await formOf(c);
    const actor = actorOf(c, "submitter", "submit a result");
    const limit = await store.takeFromLimit(`submit:${c.get("caller")!.id}`, SUBMISSIONS_AN_HOUR, 3600);
    if (!limit.isAllowed) {
      throw new BiobertError({
        code: "too-many-requests",
        message: `more than ${SUBMISSIONS_AN_HOUR} submissions in an hour`,
        hint: `Go on in ${Math.ceil(limit.resetSeconds / 60)} minutes, or send one file with "results import".`,
      });
    }
    const { content, problems } = contentOfForm(fields, await store.get("table", fields["table"] ?? ""));
    const all = [...problems, ...(problems.length > 0 ? [] : await store.checkSubmission(content, { links: true }))];
    if (all.some(({ severity }) => severity === "error")) return show(c, fields, all);
    const { id } = await store.submit(content, actor);
    return c.redirect(`/submission/${encodeURIComponent(id)}`, 303);
  });
  app.get("/submission/:id", async (c) => {
    const id = c.req.param("id");
    const actor = actorOf(c, "submitter", "see a submission");
    const entry = await store.get("submission", id);
    const isMine = entry?.submittedBy === actor.name || isReviewer(actor.role);
    const submission = found(isMine ? entry : undefined, "submission", id);
    return page(c, {
      title: "Submission",
      children: (
        <>
          <h1>Submission</h1>
          <p class="notice good" role="status">
            {submission.state === "pending" ? "It waits for a reviewer." : `It is ${submission.state}.`}{" "}
            {submission.reason}{" "}
            {submission.result === undefined ? null : <a href={`/result/${submission.result}`}>The result</a>}
          </p>
          <SubmissionView submission={submission} />
          {submission.state === "pending" ? (
            <form method="post" action={`/submission/${submission.id}/withdraw`}>
              <input type="hidden" name="version" value={String(submission.version)} />
              <button class="stop">Withdraw it</button>
            </form>
          ) : null}
        </>
      ),
    });
  });
  app.post("/submission/:id/withdraw", async (c) => {
    const fields = await formOf(c);
    const { id } = await store.withdraw(
      c.req.param("id"),
      versionOf(fields),
      actorOf(c, "submitter", "withdraw a submission"),
    );
    return c.redirect(`/submission/${encodeURIComponent(id)}`, 303);
  });
}

function SubmissionForm({
  table,
  fields,
  problems,
}: {
  table: EvaluationTable;
  fields: Fields;
  problems: readonly Problem[];
}) {
  const field = (name: string, label: string, options: { hint?: string; type?: string; isRequired?: boolean } = {}) => {
    const own = problems.filter((problem) => fieldOfProblem(problem.field) === name);
    const isBad = own.some(({ severity }) => severity === "error");
    return (
      <div class="field">
        <label for={`f-${name}`}>{label}</label>
        <input
          id={`f-${name}`}
          name={name}
          type={options.type ?? "text"}
          value={fields[name] ?? ""}
          required={options.isRequired === true}
          {...(isBad ? { "aria-invalid": "true" } : {})}
          aria-describedby={`h-${name}`}
        />
        <span id={`h-${name}`} class={isBad ? "bad" : "hint"}>
          {own.length > 0 ? own.map(({ message }) => message).join("; ") : (options.hint ?? "")}
        </span>
      </div>
    );
  };
  const rest = problems.filter(
    (problem) => !KNOWN.has(fieldOfProblem(problem.field)) && !fieldOfProblem(problem.field).startsWith("value-"),
  );
  const errors = problems.filter(({ severity }) => severity === "error");
  return (
    <form class="panel" method="post" action="/submit">
      <input type="hidden" name="table" value={table.id} />
      {errors.length === 0 ? null : (
        <div class="notice" role="alert">
          <strong>{`${counted(errors.length, "field")} not right; nothing was sent.`}</strong>
          <ul>
            {rest.map(({ field: at, message }) => (
              <li>{`${at}: ${message}`}</li>
            ))}
          </ul>
        </div>
      )}
      {field("modelName", "Model's name, as in the paper", { isRequired: true })}
      <div class="row">
        {field("model", "Canonical model (id)", { hint: "as in /models; may be left out" })}
        {field("variant", "Version (id)", { hint: "which weights" })}
      </div>
      <fieldset>
        <legend>Values</legend>
        <div class="row">
          {table.metrics.map((metric) =>
            field(`value-${metric.id}`, metric.name, {
              hint:
                metric.unit === "percent"
                  ? "percent, 0 to 100"
                  : metric.unit === "fraction"
                    ? "0 to 1"
                    : (metric.unitName ?? "as published"),
            }),
          )}
        </div>
      </fieldset>
      <div class="row">
        {field("paper", "Paper (id)", { hint: "as in /papers" })}
        {field("sourceTable", "Table in the paper", { hint: "Table 6" })}
        {field("sourcePage", "Page")}
      </div>
      {field("url", "Link to the source", { type: "url", hint: "https://…" })}
      <div class="row">
        {field("date", "Date of the result", { hint: "2019-01-25" })}
        {field("codeUrl", "Code", { type: "url", hint: "https://…" })}
        <label>
          <input type="checkbox" name="extraData" value="1" checked={fields["extraData"] === "1"} /> Trained on extra
          data
        </label>
      </div>
      <div class="field">
        <label for="f-record">Record of the run (JSON, as "biobert evaluate" writes it), for a measured result</label>
        <textarea id="f-record" name="record" rows={5} spellcheck={false}>
          {fields["record"] ?? ""}
        </textarea>
      </div>
      <div class="field">
        <label for="f-comment">For the reviewer</label>
        <textarea id="f-comment" name="comment" rows={3}>
          {fields["comment"] ?? ""}
        </textarea>
      </div>
      <button>Check and submit</button>
    </form>
  );
}

const KNOWN = new Set([
  "modelName",
  "model",
  "variant",
  "paper",
  "sourceTable",
  "sourcePage",
  "url",
  "date",
  "codeUrl",
]);
