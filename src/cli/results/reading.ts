// `biobert results list`, `show` and `history`.

import { type Command, Option } from "commander";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { wholeNumber } from "../common/options.ts";
import { print } from "../common/output.ts";
import { type CatalogueOptions, type Finish, withCatalogue, withDatabase } from "./database.ts";
import { listText, type ListTextOptions, showText } from "./text.ts";

type ListOptions = CatalogueOptions & ListTextOptions;

/** Adds what only reads. */
export function registerReading(results: Command, context: CommandContext, finish: Finish): void {
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
