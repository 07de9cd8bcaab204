// `biobert results submit`, `review`, `verify` and `undo`: how a result comes in, and what becomes of it.

import type { Command } from "commander";
import type { Problem, SubmissionContent } from "../../catalogue/index.ts";
import { BiobertError } from "../../core/index.ts";
import { readJson } from "../../data/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { numberBetween, wholeNumber } from "../common/options.ts";
import { print } from "../common/output.ts";
import { type CatalogueOptions, type Finish, operator, withCatalogue, withDatabase } from "./database.ts";

interface SubmitOptions extends CatalogueOptions {
  table?: string;
  check: boolean;
  json: boolean;
  comment?: string;
}

/** Adds what changes results. */
export function registerReviewing(results: Command, context: CommandContext, finish: Finish): void {
  withDatabase(results.command("submit"))
    .description("hand a result in for review: a record that biobert evaluate wrote, or a submission as JSON")
    .argument("<FILE>", "the record (result.json) or the submission")
    .option("--table <ID>", "the evaluation table (default: found by the record's dataset and protocol)")
    .option("--comment <TEXT>", "for the reviewers")
    .option("--check", "only say what is wrong with it", false)
    .option("--no-check-links", "do not ask the web whether its links answer")
    .option("--json", "print the submission, or the problems, as JSON", false)
    .action(async (file: string, options: SubmitOptions) => finish(await submit(file, options, context)));
  withDatabase(results.command("review"))
    .description("what waits for review; with an ID, accept or reject it")
    .argument("[ID]", "a submission")
    .option("--accept", "make it a result", false)
    .option("--reject", "turn it away (needs --reason)", false)
    .option("--reason <TEXT>", "why")
    .option("--seen <VERSION>", "the version that was looked at (default: the present one)", wholeNumber(1))
    .option("--json", "JSON lines", false)
    .action(async (id: string | undefined, options: ReviewOptions) => finish(await review(id, options, context)));
  withDatabase(results.command("verify"))
    .description("give the verified mark to a result whose record was repeated")
    .argument("<RESULT>", "the result")
    .option("--record <FILE>", "the record of the new run; without it, the command to run is printed")
    .option(
      "--tolerance <POINTS>",
      "how far each metric may be off, in percentage points (default: 0.1)",
      numberBetween(0, 100),
    )
    .action(async (id: string, options: CatalogueOptions & { record?: string; tolerance?: number }) =>
      finish(await verify(id, options, context)),
    );
  withDatabase(results.command("undo"))
    .description("bring back what a change replaced")
    .argument("<CHANGE>", "its number in the history", wholeNumber(1))
    .option("--reason <TEXT>", "why")
    .action(async (change: number, { reason, ...options }: CatalogueOptions & { reason?: string }) => {
      const done = await withCatalogue(options, context, (store) => store.undo(change, operator(), reason));
      await print(context.stdout, `change ${change} is undone, by change ${done}\n`);
      finish(EXIT.done);
    });
}

async function submit(file: string, options: SubmitOptions, context: CommandContext): Promise<number> {
  const given = (await readJson(file)) as { protocol?: unknown };
  const { runSchema, submissionOfRecord, SubmissionRefused } = await context.rooms.catalogue();
  return withCatalogue(options, context, async (store) => {
    let content: unknown = given;
    if (given.protocol !== undefined) {
      const record = runSchema.shape.record.safeParse(given);
      if (!record.success) {
        const issue = record.error.issues[0]!;
        throw new BiobertError({
          code: "input-format",
          message: `not a result record: ${issue.path.join(".")}: ${issue.message}`,
          place: { file },
        });
      }
      const places = await store.placesOf(record.data, options.table);
      content = submissionOfRecord(record.data, places, options.table);
    }
    if (options.comment !== undefined) content = { ...(content as SubmissionContent), comment: options.comment };
    if (options.check) {
      const problems = await store.checkSubmission(content, { links: options.checkLinks !== false });
      await print(
        context.stdout,
        options.json ? `${JSON.stringify(problems)}\n` : problemLines(problems) || "nothing is wrong with it\n",
      );
      return problems.some(({ severity }) => severity === "error") ? EXIT.failed : EXIT.done;
    }
    try {
      const submission = await store.submit(content, operator());
      if (options.json) await print(context.stdout, `${JSON.stringify(submission)}\n`);
      else {
        const { table, modelName, values } = submission.content.result;
        const numbers = Object.entries(values).map(([metric, { published }]) => `${metric} ${published}`);
        await print(
          context.stdout,
          `${problemLines(submission.problems)}${submission.id}: ${modelName} on ${table}: ${numbers.join(", ")}; waits for review\n`,
        );
      }
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof SubmissionRefused)) throw error;
      if (options.json) await print(context.stdout, `${JSON.stringify(error.problems)}\n`);
      else context.stderr.write(problemLines(error.problems));
      throw new BiobertError({
        code: "catalogue-invalid",
        message: "the submission was not taken",
        place: { file },
        hint: error.hint ?? "",
      });
    }
  });
}

function problemLines(problems: readonly Problem[]): string {
  return problems.map(({ severity, field, code, message }) => `${severity}: ${field}: ${message} [${code}]\n`).join("");
}

interface ReviewOptions extends CatalogueOptions {
  accept: boolean;
  reject: boolean;
  reason?: string;
  seen?: number;
  json: boolean;
}

async function review(id: string | undefined, options: ReviewOptions, context: CommandContext): Promise<number> {
  if (options.accept && options.reject)
    throw new BiobertError({ code: "usage", message: "--accept or --reject, not both" });
  if ((options.accept || options.reject) && id === undefined)
    throw new BiobertError({ code: "usage", message: "name the submission to decide on" });
  return withCatalogue(options, context, async (store) => {
    if (id === undefined) {
      const { items } = await store.list("submission", { state: "pending", limit: 1000 });
      const lines = items.map((submission) => {
        if (options.json) return JSON.stringify(submission);
        const { table, modelName, values } = submission.content.result;
        const numbers = Object.entries(values).map(([metric, { published }]) => `${metric} ${published}`);
        return `${submission.id}  version ${submission.version}  ${submission.submittedBy}  ${submission.submittedAt}  ${modelName} on ${table}: ${numbers.join(", ")}`;
      });
      await print(context.stdout, lines.map((line) => `${line}\n`).join(""));
      return EXIT.done;
    }
    const submission = await store.get("submission", id);
    if (submission === undefined)
      throw new BiobertError({ code: "catalogue-not-found", message: `there is no submission ${id}` });
    const version = options.seen ?? submission.version;
    if (options.accept) {
      const result = await store.accept(
        id,
        version,
        operator(),
        options.reason === undefined ? {} : { reason: options.reason },
      );
      await print(context.stdout, options.json ? `${JSON.stringify(result)}\n` : `accepted: result ${result.id}\n`);
    } else if (options.reject) {
      const rejected = await store.reject(id, version, options.reason ?? "", operator());
      await print(context.stdout, options.json ? `${JSON.stringify(rejected)}\n` : `rejected: ${id}\n`);
    } else {
      await print(context.stdout, `${JSON.stringify(submission, null, options.json ? 0 : 2)}\n`);
    }
    return EXIT.done;
  });
}

async function verify(
  id: string,
  options: CatalogueOptions & { record?: string; tolerance?: number },
  context: CommandContext,
): Promise<number> {
  return withCatalogue(options, context, async (store) => {
    const result = await store.get("result", id);
    if (result === undefined)
      throw new BiobertError({ code: "catalogue-not-found", message: `there is no result ${id}` });
    if (options.record === undefined) {
      const runs = await store.getMany("run", result.runs);
      if (runs.length === 0) {
        throw new BiobertError({
          code: "catalogue-unverified",
          message: `${id} has no record to repeat`,
          hint: "Only measured results can be verified; this one was published without a record.",
        });
      }
      const lines = runs.map(
        ({ record }) => `${record.command}\n  data ${record.dataset.sha256}, model ${record.model.sha256}`,
      );
      await print(context.stdout, `Run this, then give the record it writes with --record:\n${lines.join("\n")}\n`);
      return EXIT.done;
    }
    const { tolerance } = options;
    const tolerances =
      tolerance === undefined
        ? undefined
        : Object.fromEntries(Object.keys(result.values).map((metric) => [metric, tolerance]));
    const verification = await store.verify(id, await readJson(options.record), operator(), tolerances);
    const lines = verification.metrics.map(
      ({ metric, claimed, reproduced, tolerance: within }) =>
        `  ${metric} ${claimed}, now ${reproduced} (within ${within})`,
    );
    await print(context.stdout, `${id} is verified\n${lines.join("\n")}\n`);
    return EXIT.done;
  });
}
