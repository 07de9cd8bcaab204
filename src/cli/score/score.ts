// `biobert score TASK`: anybody's predictions against gold, from files alone. No model is loaded.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { BioasqEdition } from "../../metrics/index.ts";
import { BiobertError, VERSION } from "../../core/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { warnOnce } from "../common/options.ts";
import { print } from "../common/output.ts";
import type { ScoreClassificationOptions } from "./labels.ts";
import type { ScoreRelationOptions } from "./relation.ts";
import { type ScoreResult, scoreText } from "./result.ts";

const EXAMPLES = `
Examples:
  biobert score ner --gold predictions.conll
  biobert score ner --gold test.tsv --pred predicted.tsv --train train.tsv
  biobert score ner --gold GENE.eval --alternatives ALTGENE.eval --pred system.eval
  biobert score relation --protocol chemprot --gold test.tsv --pred predicted.tsv
  biobert score relation --classes activates,inhibits --gold test.tsv --pred predicted.jsonl
  biobert score qa --gold 5B1_golden.json 5B2_golden.json --pred answers.json --edition 5
  biobert score classification --multi-label --by-document --gold test.tsv --pred predicted.tsv --json

docs/guide/score.md says what each file looks like and what each number is.`;

interface Files {
  gold: string;
  pred: string;
  json: boolean;
}

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerScore(program: Command, context: CommandContext, finish: (code: number) => void): void {
  const score = program
    .command("score")
    .description("score anybody's predictions against gold files; every average by its name, in percent")
    .addHelpText("after", EXAMPLES);
  const deliver = async (task: string, options: { json: boolean }, files: object, result: Promise<ScoreResult>) => {
    finish(await report(task, options.json, files, await result, context));
  };
  const warn = warnOnce(context);
  const rooms = {
    ner: () => import("./ner.ts"),
    labels: () => import("./labels.ts"),
    relation: () => import("./relation.ts"),
    answers: () => import("./answers.ts"),
  };

  score
    .command("ner")
    .description(
      "named entities: CoNLL files (two, or one whose last two columns are gold and predicted tags), PubTator, BC2GM .eval",
    )
    .requiredOption("--gold <FILE>", "gold file; of a three-column file, the only one")
    .option("--pred <FILE>", "predictions in the same form")
    .option("--alternatives <FILE>", "BC2GM: alternative annotations (ALTGENE.eval)")
    .option("--train <FILE...>", "training sentences: scores mentions unseen in them by themselves", [] as string[])
    .option("--json", "print every number as JSON", false)
    .action((options: Omit<Files, "pred"> & { pred?: string; alternatives?: string; train: string[] }) =>
      deliver(
        "ner",
        options,
        filesOf(options),
        rooms.ner().then((room) => room.scoreNer(options, warn)),
      ),
    );

  withLabelFlags(
    score
      .command("relation")
      .description("relations: labels of sentences (TSV, CSV, JSON lines), or relations of documents (PubTator)"),
  )
    .addOption(new Option("--protocol <NAME>", "which published protocol").choices(["chemprot", "ddi", "binary"]))
    .option("--classes <LIST>", "the classes that count, parted by commas, in place of a protocol", commaList)
    .option(
      "--missed-gold <CLASS=N...>",
      "gold relations that no row carries, such as those between sentences",
      missedGold,
      {},
    )
    .action(async (options: Files & ScoreRelationOptions) => {
      const { scoreRelationFiles } = await rooms.relation();
      if (options.protocol !== undefined && options.classes !== undefined) {
        throw new BiobertError({ code: "usage", message: "--protocol and --classes exclude each other" });
      }
      const chosen =
        options.protocol === undefined && options.classes === undefined ? await needsClasses(options.gold) : options;
      await deliver("relation", options, filesOf(options), scoreRelationFiles({ ...options, ...chosen }, warn));
    });

  withLabelFlags(
    score.command("classification").description("labels of texts (TSV, CSV, JSON lines), one or several each"),
  )
    .option("--multi-label", "cells hold any number of labels", false)
    .option(
      "--by-document",
      "with --multi-label: unite the labels of a document's parts (ids as in HoC, 1234_s5)",
      false,
    )
    .action((options: Files & ScoreClassificationOptions) => {
      if (options.byDocument && !options.multiLabel)
        throw new BiobertError({ code: "usage", message: "--by-document needs --multi-label" });
      return deliver(
        "classification",
        options,
        filesOf(options),
        rooms.labels().then((room) => room.scoreClassificationFiles(options, warn)),
      );
    });

  withLabelFlags(
    score.command("yes-no").description("yes, no and maybe (TSV, CSV, JSON lines); BioASQ's JSON goes to `score qa`"),
  ).action((options: Files) =>
    deliver(
      "yes-no",
      options,
      filesOf(options),
      rooms.labels().then((room) => room.scoreYesNoFiles(options)),
    ),
  );

  withLabelFlags(score.command("multiple-choice").description("chosen options (TSV, CSV, JSON lines)"))
    .option("--multi-label", "several right answers a question, such as A|C", false)
    .action((options: Files & { multiLabel: boolean }) =>
      deliver(
        "multiple-choice",
        options,
        filesOf(options),
        rooms.labels().then((room) => room.scoreMultipleChoiceFiles(options, warn)),
      ),
    );

  withLabelFlags(
    score.command("similarity").description("numbers (TSV, CSV, JSON lines): Pearson's and Spearman's correlation"),
  ).action((options: Files) =>
    deliver(
      "similarity",
      options,
      filesOf(options),
      rooms.labels().then((room) => room.scoreSimilarityFiles(options)),
    ),
  );

  score
    .command("qa")
    .description("answers: BioASQ JSON (the official ten numbers), SQuAD JSON")
    .requiredOption("--gold <FILE...>", "golden files; several batches are scored one by one and pooled")
    .requiredOption("--pred <FILE...>", "the system's files")
    .addOption(
      new Option("--edition <N>", "BioASQ's rules, the official scorer's -e")
        .choices(["2", "3", "5", "8", "9"])
        .default("5"),
    )
    .option(
      "--only-answered",
      "BioASQ: leave out questions that the system's files do not hold, as edition 9 does",
      false,
    )
    .option("--json", "print every number as JSON", false)
    .action((options: { gold: string[]; pred: string[]; edition: string; onlyAnswered: boolean; json: boolean }) => {
      const edition = Number(options.edition) as BioasqEdition;
      return deliver(
        "qa",
        options,
        filesOf(options),
        rooms.answers().then((room) => room.scoreAnswerFiles({ ...options, edition }, warn)),
      );
    });
}

function withLabelFlags(command: Command): Command {
  return command
    .requiredOption("--gold <FILE>", "gold file, the label in the last column or in the field label")
    .requiredOption(
      "--pred <FILE>",
      "predictions in such a form, as predict writes them, or one probability a class and row (with --labels)",
    )
    .option("--label-column <NAME>", "the label's column: its name in the header, or its number from 1")
    .option("--labels <LIST>", "all labels in order, parted by commas", commaList)
    .option("--json", "print every number as JSON", false);
}

async function report(
  task: string,
  json: boolean,
  files: object,
  result: ScoreResult,
  context: CommandContext,
): Promise<number> {
  const { protocol, title, headline, notes, scores } = result;
  const record = {
    formatVersion: 1,
    biobertVersion: VERSION,
    task,
    protocol,
    title,
    unit: "percent",
    headline,
    files,
    notes,
    scores,
  };
  await print(context.stdout, json ? `${JSON.stringify(record, null, 2)}\n` : scoreText(result));
  return EXIT.done;
}

function filesOf(options: {
  gold: string | string[];
  pred?: string | string[];
  alternatives?: string;
  train?: string[];
}): object {
  const { gold, pred, alternatives, train } = options;
  return {
    gold,
    ...(pred === undefined ? {} : { pred }),
    ...(alternatives === undefined ? {} : { alternatives }),
    ...(train?.length ? { train } : {}),
  };
}

/** PubTator files say their types themselves; label files do not say which labels count. */
async function needsClasses(gold: string): Promise<object> {
  const { readText } = await import("../../data/index.ts");
  const { isPubTator } = await import("./documents.ts");
  if (isPubTator(await readText(gold, { stripBom: true }))) return {};
  throw new BiobertError({
    code: "usage",
    message: "which classes count is not said",
    hint: "Give --protocol chemprot, ddi or binary, or --classes A,B,C: micro-F1 with and without the negative class differ much.",
  });
}

function commaList(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === "")) throw new InvalidArgumentError("Expected names parted by commas.");
  return items;
}

function missedGold(text: string, before: Record<string, number>): Record<string, number> {
  const match = /^(.+)=(\d+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected CLASS=N, such as CPR:3=12.");
  return { ...before, [match[1]!]: (before[match[1]!] ?? 0) + Number(match[2]) };
}
