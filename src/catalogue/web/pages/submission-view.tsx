// What the pages about submissions share.

import { BiobertError } from "../../../core/index.ts";
import type { Role, Submission } from "../../schema/index.ts";
import { Markdown } from "./parts.tsx";
import { type Fields } from "./submission-form.ts";

/** What a submission says, and what the checks found. */
export function SubmissionView({
  submission: { content, problems, submittedBy, submittedAt },
}: {
  submission: Submission;
}) {
  const { result, run, comment } = content;
  return (
    <>
      <dl class="facts">
        <dt>From</dt>
        <dd>{`${submittedBy}, ${submittedAt.slice(0, 16).replace("T", " ")}`}</dd>
        <dt>Benchmark</dt>
        <dd>
          <a href={`/benchmark/${encodeURIComponent(result.table)}`}>{result.table}</a>
        </dd>
        <dt>Model</dt>
        <dd>{[result.modelName, result.model, result.variant].filter((part) => part !== undefined).join(" · ")}</dd>
        <dt>Values</dt>
        <dd>
          {Object.entries(result.values)
            .map(([metric, { published }]) => `${metric} ${published}`)
            .join(", ")}
        </dd>
        <dt>Source</dt>
        <dd>
          {[result.paper, result.source.table, result.source.page, result.source.url]
            .filter((part) => part !== undefined)
            .join(", ") || "–"}
        </dd>
        {run === undefined ? null : (
          <>
            <dt>Record</dt>
            <dd>
              <code>{run.command}</code>
            </dd>
          </>
        )}
      </dl>
      {comment === undefined ? null : <Markdown text={comment} />}
      {problems.length === 0 ? null : (
        <ul class="notice">
          {problems.map(({ field, message }) => (
            <li>{`${field}: ${message}`}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Which version of a submission a form was about. */
export function versionOf(fields: Fields): number {
  const version = Number(fields["version"]);
  if (Number.isInteger(version) && version > 0) return version;
  throw new BiobertError({ code: "usage", message: "the form does not say which version of the submission was seen" });
}

/** Whether a role may review. */
export function isReviewer(role: Role | undefined): boolean {
  return role === "reviewer" || role === "admin";
}
