// `biobert results`: the catalogue on the command line. Whoever can open the database is its administrator: roles and tokens are
// for those who come over the network.

import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { stat } from "node:fs/promises";
import { type Command, Option } from "commander";
import { BiobertError } from "../../core/index.ts";
import { readJson, writeFileAtomic } from "../../data/index.ts";
import type { CatalogueStore, ExportFormat, Problem, SubmissionContent } from "../../catalogue/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { numberBetween, wholeNumber } from "../common/options.ts";
import { print } from "../common/output.ts";
import { listText, type ListTextOptions, showText } from "./text.ts";
import { formatBytes, formatCount, ProgressLine } from "../common/terminal.ts";

export interface CatalogueOptions {
  database?: string;
  /** Ask the web about the links of submissions. */
  checkLinks?: boolean;
}

const EXAMPLES = `
Examples:
  biobert results list --dataset ncbi-disease
  biobert results show named-entity-recognition-ner-on-ncbi-disease
  biobert results show biobert-a-pre-trained-biomedical-language
  biobert results submit results/result.json
  biobert results export my-catalogue
  biobert results import evaluation-tables.json.gz papers-with-abstracts.json.gz

The catalogue is a database in a folder of yours (BIOBERT_CATALOGUE or --database names another one, or a PostgreSQL server as
postgres://user@host/name); it is made from the files that come with biobert when it is first asked for.`;

type Finish = (code: number) => void;

/** Adds the command and its subcommands; gives back `results`, so that others can be added. */
export function registerResults(program: Command, context: CommandContext, finish: Finish): Command {
  const results = program
    .command("results")
    .description("published and measured results: list, show, import, export, submit, verify")
    .addHelpText("after", EXAMPLES);
  registerReading(results, context, finish);
  registerMoving(results, context, finish);
  registerReviewing(results, context, finish);
  registerTokens(results, context, finish);
  return results;
}

/** Adds `--database`. */
export function withDatabase(command: Command): Command {
  return command.option(
    "--database <URL|DIR>",
    "the catalogue: a folder, or postgres://user@host/name (default: a folder of yours)",
  );
}

/** Where the catalogue lies: `--database`, BIOBERT_CATALOGUE, or the user's folder for data. */
export function catalogueLocation({ database }: CatalogueOptions, context: CommandContext): string {
  const { BIOBERT_CATALOGUE: named, XDG_DATA_HOME: data, LOCALAPPDATA: local } = context.environment;
  const given = database ?? named;
  if (given !== undefined && given !== "")
    return /^postgres(?:ql)?:\/\/|^memory:$/.test(given) ? given : resolve(given);
  return join(data ?? local ?? join(homedir(), ".local", "share"), "biobert", "catalogue");
}

/** Runs `work` with the catalogue open and seeded, and closes it whatever happens. */
export async function withCatalogue<T>(
  options: CatalogueOptions,
  context: CommandContext,
  work: (store: CatalogueStore) => Promise<T>,
): Promise<T> {
  const { linkChecker, openStore } = await context.rooms.catalogue();
  const location = catalogueLocation(options, context);
  const isNew =
    !/^postgres|^memory:/.test(location) &&
    !(await stat(location).then(
      () => true,
      () => false,
    ));
  if (isNew && context.stderr.isTTY === true) context.stderr.write(`making a catalogue in ${location}\n`);
  const store = await openStore({
    location,
    ...(options.checkLinks === true ? { checkLink: linkChecker() } : {}),
  });
  try {
    await store.seed(join(context.packageRoot, "catalogue"), join(context.packageRoot, "results"));
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Who sits at this machine. */
function operator(): { name: string; role: "admin" } {
  let name = "operator";
  try {
    name = userInfo().username;
  } catch {
    // A user id without a name: the account is not in the system's list.
  }
  return { name, role: "admin" };
}

type ListOptions = CatalogueOptions & ListTextOptions;

function registerReading(results: Command, context: CommandContext, finish: Finish): void {
  withDatabase(results.command("list"))
    .description("evaluation tables; results with any filter but --task; hits with --search")
    .option("--task <ID>", "tables of this task")
    .option("--dataset <ID>", "results on this dataset")
    .option("--model <ID>", "results of this model")
    .option("--paper <ID>", "results of this paper")
    .option("--table <ID>", "results in this table")
    .addOption(
      new Option("--origin <O>", "results that come from there").choices([
        "archive",
        "paper",
        "measured",
        "submitted",
        "imported",
      ]),
    )
    .option("--search <WORDS>", "tasks, datasets, models, methods and papers with these words")
    .option("--limit <N>", "at most so many", wholeNumber(1), 100)
    .option("--json", "JSON lines", false)
    .action(async (options: ListOptions) => {
      const text = await withCatalogue(options, context, (store) => listText(store, options));
      await print(context.stdout, text);
      finish(EXIT.done);
    });
  withDatabase(results.command("show"))
    .description("one table, paper, model, dataset, task, method, result or run")
    .argument("<ID>", "an id, or KIND/ID where several kinds have it")
    .option("--metric <ID>", "rank a table by this metric")
    .option("--hide-extra-data", "leave out models trained on extra data", false)
    .option("--json", "JSON", false)
    .action(
      async (id: string, options: CatalogueOptions & { metric?: string; hideExtraData: boolean; json: boolean }) => {
        const text = await withCatalogue(options, context, (store) => showText(store, id, options));
        await print(context.stdout, text);
        finish(EXIT.done);
      },
    );
  withDatabase(results.command("history"))
    .description("who changed what, the newest first")
    .option("--limit <N>", "at most so many", wholeNumber(1), 20)
    .option("--json", "JSON lines", false)
    .action(async ({ limit, json, ...options }: CatalogueOptions & { limit: number; json: boolean }) => {
      const { items } = await withCatalogue(options, context, (store) =>
        store.history({ limit: Math.min(limit, 1000) }),
      );
      const lines = items.map((change) => {
        if (json) return JSON.stringify(change);
        const counts = Object.entries(change.counts).map(([kind, count]) => `${count} ${kind}`);
        return `${change.id}  ${change.at}  ${change.actor}  ${change.action}${change.undoes === undefined ? "" : ` ${change.undoes}`}  ${counts.join(", ")}${change.reason === undefined ? "" : `  "${change.reason}"`}`;
      });
      await print(context.stdout, lines.map((line) => `${line}\n`).join(""));
      finish(EXIT.done);
    });
}

interface ImportOptions extends CatalogueOptions {
  report?: string;
  json: boolean;
}

function registerMoving(results: Command, context: CommandContext, finish: Finish): void {
  withDatabase(results.command("import"))
    .description(
      "bring files in, all or nothing: a catalogue folder, or dumps of Papers With Code, sota-extractor, OpenCodePapers (.json, .json.gz)",
    )
    .argument("<PATH...>", "a catalogue folder, or files of the other forms, which are told apart by their content")
    .option("--report <FILE>", "write what was skipped or changed, and why, to this file")
    .option("--json", "print the report as JSON", false)
    .action(async (paths: string[], options: ImportOptions) => {
      finish(await importPaths(paths, options, context));
    });
  withDatabase(results.command("export"))
    .description("write the whole catalogue to a folder")
    .argument("<FOLDER>", "the folder to make")
    .addOption(
      new Option("--format <F>", "whose form")
        .choices(["catalogue", "papers-with-code", "sota-extractor", "open-code-papers"])
        .default("catalogue"),
    )
    .option("--replace", "in place of a folder that is there", false)
    .action(
      async (folder: string, options: CatalogueOptions & { format: "catalogue" | ExportFormat; replace: boolean }) => {
        const { exportFolder, exportFiles } = await context.rooms.catalogue();
        const { format, replace } = options;
        await withCatalogue(options, context, (store) =>
          format === "catalogue"
            ? exportFolder(store, folder, { replace, signal: context.signal })
            : exportFiles(store, folder, format, { replace, signal: context.signal }),
        );
        await print(context.stdout, `${folder}\n`);
        finish(EXIT.done);
      },
    );
}

async function importPaths(paths: string[], options: ImportOptions, context: CommandContext): Promise<number> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const path of paths)
    ((await stat(path).catch(() => undefined))?.isDirectory() === true ? folders : files).push(path);
  if (folders.length > 0 && (files.length > 0 || folders.length > 1))
    throw new BiobertError({ code: "usage", message: "one catalogue folder, or files: not both at once" });
  const progress = new ProgressLine(context.stderr);
  try {
    return await withCatalogue(options, context, async (store) => {
      if (folders[0] !== undefined) {
        const counts = await store.importFolder(folders[0], operator(), {
          signal: context.signal,
          onProgress: ({ kind, done }) => progress.show(() => `${kind}  ${formatCount(done)}`),
        });
        progress.clear();
        await print(
          context.stdout,
          options.json ? `${JSON.stringify({ entities: counts })}\n` : `${countsText(counts)}\n`,
        );
        return EXIT.done;
      }
      const startedAt = performance.now();
      const report = await store.importFiles(files, operator(), {
        signal: context.signal,
        onProgress: ({ file, entries, bytes }) =>
          progress.show(() => {
            const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
            return `${file}  ${formatCount(entries)} entries  ${formatBytes(bytes)}  ${formatCount(Math.round(entries / seconds))}/s`;
          }),
      });
      progress.clear();
      const { entities, counts, notes } = report;
      if (options.report !== undefined)
        await writeFileAtomic(options.report, `${JSON.stringify({ entities, counts, notes }, null, 2)}\n`);
      if (options.json) await print(context.stdout, `${JSON.stringify({ entities, counts, notes })}\n`);
      else {
        const first = notes.slice(0, 10).map((note) => `  ${note.file}:${note.line}: ${note.code}: ${note.message}`);
        const rest = Object.values(counts).reduce((sum, count) => sum + count, 0) - first.length;
        const lines = [
          countsText(entities),
          ...(Object.keys(counts).length === 0 ? [] : [`Skipped or changed: ${countsText(counts)}`, ...first]),
          ...(rest > 0 ? [`  and ${rest} more: --report FILE writes them`] : []),
        ];
        await print(context.stdout, `${lines.join("\n")}\n`);
      }
      return EXIT.done;
    });
  } finally {
    progress.clear();
  }
}

function countsText(counts: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${formatCount(count ?? 0)} ${kind}`);
  return parts.length === 0 ? "nothing new" : parts.join(", ");
}

interface SubmitOptions extends CatalogueOptions {
  table?: string;
  check: boolean;
  json: boolean;
  comment?: string;
}

function registerReviewing(results: Command, context: CommandContext, finish: Finish): void {
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

function registerTokens(results: Command, context: CommandContext, finish: Finish): void {
  const tokens = results.command("token").description("tokens for those who come over the network");
  withDatabase(tokens.command("create"))
    .description("make one; its secret is shown this once")
    .argument("<NAME>", "whose it is")
    .addOption(
      new Option("--role <R>", "what it may do")
        .choices(["reader", "submitter", "reviewer", "admin"])
        .default("submitter"),
    )
    .option("--expires <DATE>", "until when (2027-01-31)")
    .option("--json", "JSON", false)
    .action(
      async (name: string, options: CatalogueOptions & { role: "submitter"; expires?: string; json: boolean }) => {
        const { role, expires } = options;
        const made = await withCatalogue(options, context, (store) =>
          store.createToken(name, role, operator(), expires === undefined ? {} : { expiresAt: expires }),
        );
        await print(context.stdout, options.json ? `${JSON.stringify(made)}\n` : `${made.secret}\n`);
        if (!options.json && context.stderr.isTTY === true)
          context.stderr.write(`${made.token.id}: keep the secret, it is not stored\n`);
        finish(EXIT.done);
      },
    );
  withDatabase(tokens.command("list"))
    .description("all tokens, without their secrets")
    .option("--json", "JSON lines", false)
    .action(async (options: CatalogueOptions & { json: boolean }) => {
      const all = await withCatalogue(options, context, (store) => store.tokens(operator()));
      const lines = all.map((token) => {
        if (options.json) return JSON.stringify(token);
        const end =
          token.revokedAt === undefined
            ? token.expiresAt === undefined
              ? ""
              : `  expires ${token.expiresAt}`
            : `  revoked ${token.revokedAt}`;
        return `${token.id}  ${token.role}  ${token.name}  made ${token.createdAt}${end}`;
      });
      await print(context.stdout, lines.map((line) => `${line}\n`).join(""));
      finish(EXIT.done);
    });
  withDatabase(tokens.command("revoke"))
    .description("from now on its secret is worth nothing")
    .argument("<ID>", "the token")
    .action(async (id: string, options: CatalogueOptions) => {
      const token = await withCatalogue(options, context, (store) => store.revokeToken(id, operator()));
      await print(context.stdout, `revoked: ${token.id} (${token.name})\n`);
      finish(EXIT.done);
    });
}
