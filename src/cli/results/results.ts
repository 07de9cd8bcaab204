// `biobert results`: the catalogue on the command line, a file each for what its subcommands are for.

import type { Command } from "commander";
import type { CommandContext } from "../common/context.ts";
import type { Finish } from "./database.ts";
import { registerCheckLinks } from "./links.ts";
import { registerMoving } from "./moving.ts";
import { registerReading } from "./reading.ts";
import { registerReviewing } from "./reviewing.ts";
import { registerServe } from "./serve.ts";
import { registerTokens } from "./tokens.ts";

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

/** Adds the command and its subcommands. */
export function registerResults(program: Command, context: CommandContext, finish: Finish): void {
  const results = program
    .command("results")
    .description("published and measured results: list, show, import, export, submit, verify")
    .addHelpText("after", EXAMPLES);
  registerReading(results, context, finish);
  registerMoving(results, context, finish);
  registerReviewing(results, context, finish);
  registerTokens(results, context, finish);
  registerServe(results, context, finish);
  registerCheckLinks(results, context, finish);
}
