// `biobert results serve`: the catalogue over HTTP, API and pages, until Ctrl-C. Log lines go to standard error as JSON; standard
// output has the address, for programs that start it.

import type { Command } from "commander";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { wholeNumber } from "../common/options.ts";
import { print } from "../common/output.ts";
import { type CatalogueOptions, type Finish, withCatalogue, withDatabase } from "./database.ts";

interface ServeFlags extends CatalogueOptions {
  host: string;
  port: number;
  publicUrl?: string;
  trustProxy: boolean;
  quiet: boolean;
}

const EXAMPLES = `
Examples:
  biobert results serve
  biobert results serve --port 8080 --host 0.0.0.0 --public-url https://results.example.org --trust-proxy
  biobert results token create --role submitter "a colleague"

Papers With Code's own Python client works against it: PapersWithCodeClient(url="http://127.0.0.1:8080").
Ctrl-C lets running requests end, then stops.`;

/** Adds `serve` to `results`. */
export function registerServe(results: Command, context: CommandContext, finish: Finish): void {
  withDatabase(results.command("serve"))
    .description("the catalogue over HTTP: pages, Papers With Code's API, submissions")
    .option("--host <NAME>", "address to listen on", "127.0.0.1")
    .option("--port <N>", "port to listen on; 0 takes a free one", wholeNumber(0), 8080)
    .option("--public-url <URL>", "where it is reached from outside, behind a proxy")
    .option("--trust-proxy", "take addresses from X-Forwarded-For, which the proxy in front sets", false)
    .option("--no-check-links", "do not ask the web whether the links of a submission answer")
    .option("--quiet", "no line for each request", false)
    .addHelpText("after", EXAMPLES)
    .action(async (flags: ServeFlags) => {
      const [{ catalogueWeb }, { serve }] = await Promise.all([
        import("../../catalogue/index.ts"),
        import("../../server/index.ts"),
      ]);
      await withCatalogue(flags, context, async (store) => {
        const web = catalogueWeb({ store, publicUrl: flags.publicUrl });
        const server = await serve({
          host: flags.host,
          port: flags.port,
          publicUrl: flags.publicUrl,
          trustProxy: flags.trustProxy,
          signal: context.signal,
          routes: web.routes,
          errorPage: web.errorPage,
          healthy: () => store.isAlive(),
          authenticate: async (secret) => {
            const owner = await store.authenticate(secret);
            return owner === undefined
              ? undefined
              : { id: owner.token.id, name: owner.actor.name, role: owner.actor.role };
          },
          log: (entry) => {
            if (flags.quiet && entry.level === "info") return;
            context.stderr.write(`${JSON.stringify(entry)}\n`);
          },
        });
        await print(context.stdout, `${server.url}\n`);
        await server.stopped;
      });
      finish(EXIT.done);
    });
}
