// `evaluate --submit`: the record of an evaluation, sent to a results catalogue in one step. What it needs is checked before the
// evaluation begins, so that no hour of work ends in a missing token.

import { Option } from "commander";
import { BiobertError } from "../../core/index.ts";
import type { ResultRecord } from "../../evaluation/index.ts";
import type { CommandContext } from "../common/context.ts";

/** `--submit URL`. */
export function submitOption(): Option {
  return new Option(
    "--submit <URL>",
    "send the record to the results catalogue there, for review (token in BIOBERT_CATALOGUE_TOKEN)",
  );
}

/**
 * What sends a record, where `--submit` was given; it says on standard error what became of it. Errors: `usage` without a token
 * or with an address that is none; later those of `submitToCatalogue`, each field on a line.
 */
export function submitterFor(
  server: string | undefined,
  context: CommandContext,
): ((record: ResultRecord) => Promise<void>) | undefined {
  if (server === undefined) return undefined;
  const token = context.environment["BIOBERT_CATALOGUE_TOKEN"];
  if (token === undefined || token === "") {
    throw new BiobertError({
      code: "usage",
      message: "--submit needs a token of the catalogue",
      hint: "Put it into BIOBERT_CATALOGUE_TOKEN; whoever runs the catalogue makes one with biobert results token create.",
    });
  }
  if (!/^https?:\/\//.test(server))
    throw new BiobertError({ code: "usage", message: `--submit takes an address such as https://host, not ${server}` });
  return async (record) => {
    const { submitToCatalogue } = await context.rooms.catalogue();
    try {
      const { id } = await submitToCatalogue({ server, token, record, signal: context.signal });
      context.stderr.write(`submitted as ${id}; it waits for review\n`);
    } catch (error) {
      if (error instanceof BiobertError)
        for (const { field, message } of error.fields) context.stderr.write(`  ${field}: ${message}\n`);
      throw error;
    }
  };
}
