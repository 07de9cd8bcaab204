// `biobert results token`: who may do what over the network.

import { type Command, Option } from "commander";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { print } from "../common/output.ts";
import { type CatalogueOptions, type Finish, operator, withCatalogue, withDatabase } from "./database.ts";

/** Adds `token` and its subcommands. */
export function registerTokens(results: Command, context: CommandContext, finish: Finish): void {
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
