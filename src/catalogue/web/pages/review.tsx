// The review queue, and the history with its undo buttons.

import { BiobertError } from "../../../core/index.ts";
import type { Submission } from "../../schema/index.ts";
import { type CatalogueApp, type CatalogueSite, actorOf, callerRole, pageNumber } from "../environment.ts";
import { page } from "./layout.tsx";
import { Heads, Pager, Table, counted } from "./parts.tsx";
import { formOf } from "./submission-form.ts";
import { SubmissionView, isReviewer, versionOf } from "./submission-view.tsx";

/** Adds `/review`. */
export function addReview(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/review", async (c) => {
    actorOf(c, "reviewer", "review submissions");
    const number = pageNumber(c.req.query("page"));
    const { items, count } = await store.list("submission", { state: "pending", limit: 20, offset: (number - 1) * 20 });
    return page(c, {
      title: "Review",
      children: (
        <>
          <h1>Review</h1>
          <p>{`${counted(count, "submission")} waiting, oldest first.`}</p>
          {items.map((submission) => (
            <section class="panel" aria-labelledby={submission.id}>
              <h2
                id={submission.id}
              >{`${submission.content.result.modelName} in ${submission.content.result.table}`}</h2>
              <SubmissionView submission={submission} />
              <Decision submission={submission} />
            </section>
          ))}
          <Pager url={c.req.url} page={number} size={20} count={count} />
        </>
      ),
    });
  });
  app.post("/review/:id", async (c) => {
    const actor = actorOf(c, "reviewer", "review submissions");
    const fields = await formOf(c);
    const id = c.req.param("id");
    const reason = (fields["reason"] ?? "").trim();
    if (fields["decision"] === "accept") {
      const text = (fields["edited"] ?? "").trim();
      const edited = text === "" ? undefined : parsed(text);
      await store.accept(id, versionOf(fields), actor, {
        ...(edited === undefined ? {} : { edited: edited as never }),
        ...(reason === "" ? {} : { reason }),
      });
    } else if (fields["decision"] === "reject") {
      if (reason === "")
        throw new BiobertError({
          code: "fields-invalid",
          message: "a rejection says why",
          hint: "Go back and write the reason.",
        });
      await store.reject(id, versionOf(fields), reason, actor);
    } else {
      throw new BiobertError({ code: "usage", message: "neither accepted nor rejected" });
    }
    return c.redirect("/review", 303);
  });
}

function Decision({ submission }: { submission: Submission }) {
  return (
    <form method="post" action={`/review/${submission.id}`}>
      <input type="hidden" name="version" value={String(submission.version)} />
      <div class="field">
        <label for={`reason-${submission.id}`}>Reason (needed to reject)</label>
        <input id={`reason-${submission.id}`} name="reason" class="wide" maxlength={2000} />
      </div>
      <details>
        <summary>Edit before accepting</summary>
        <textarea name="edited" rows={12} spellcheck={false} aria-label="Content as JSON">
          {JSON.stringify(submission.content, null, 2)}
        </textarea>
      </details>
      <div class="row">
        <button name="decision" value="accept">
          Accept
        </button>
        <button name="decision" value="reject" class="stop">
          Reject
        </button>
      </div>
    </form>
  );
}

/** Adds `/history`. */
export function addHistory(app: CatalogueApp, { store }: CatalogueSite): void {
  app.get("/history", async (c) => {
    const number = pageNumber(c.req.query("page"));
    const { items, count } = await store.history({ limit: 50, offset: (number - 1) * 50 });
    const role = callerRole(c);
    return page(c, {
      title: "History",
      children: (
        <>
          <h1>History</h1>
          <p class="lead">
            Everything that changed, newest first. Nothing is taken out of it; undoing is a change of its own.
          </p>
          <Table
            caption="Changes"
            head={
              <Heads
                names={["#Number", "When", "Who", "What", "Entities", "Reason", ...(isReviewer(role) ? ["Undo"] : [])]}
              />
            }
          >
            {items.map((change) => (
              <tr>
                <td class="n">{change.id}</td>
                <td class="d">{change.at.slice(0, 16).replace("T", " ")}</td>
                <td>{change.actor}</td>
                <th scope="row">{change.undoes === undefined ? change.action : `undo of ${change.undoes}`}</th>
                <td>
                  {Object.entries(change.counts)
                    .map(([kind, touched]) => `${touched} ${kind}`)
                    .join(", ")}
                </td>
                <td class="w">{change.reason ?? ""}</td>
                {isReviewer(role) ? (
                  <td>
                    <form method="post" action={`/history/${change.id}/undo`}>
                      <button class="plain" aria-label={`Undo change ${change.id}`}>
                        Undo
                      </button>
                    </form>
                  </td>
                ) : null}
              </tr>
            ))}
          </Table>
          <Pager url={c.req.url} page={number} size={50} count={count} />
        </>
      ),
    });
  });
  app.post("/history/:id{[0-9]+}/undo", async (c) => {
    const actor = actorOf(c, "reviewer", "undo a change");
    await store.undo(Number(c.req.param("id")), actor);
    return c.redirect("/history", 303);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiobertError({
      code: "input-format",
      message: "the edited content is not JSON",
      hint: "Go back and mend it.",
      cause,
    });
  }
}
