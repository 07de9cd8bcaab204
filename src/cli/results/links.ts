// `biobert results check-links`: asks the web whether the links that the catalogue holds still answer. Nothing is changed: what is
// dead is printed, with where it stands.

import { type Command, Option } from "commander";
import { BiobertError, stopIfAborted } from "../../core/index.ts";
import type { CatalogueStore, HeldLink, Kind, LinkAnswer } from "../../catalogue/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { numberBetween, wholeNumber } from "../common/options.ts";
import { print } from "../common/output.ts";
import { type CatalogueOptions, type Finish, withCatalogue, withDatabase } from "./database.ts";
import { formatCount, ProgressLine } from "../common/terminal.ts";

interface LinkFlags extends CatalogueOptions {
  kind?: Kind[];
  limit: number;
  parallel: number;
  timeout: number;
  all: boolean;
  json: boolean;
}

const HELP = `
A link is dead where its host answers 404 or 410 or does not exist; what asks for a login, is out of order or cannot be reached from
here is unknown, not dead. Links into private networks are not asked. The exit code is 1 where a link is dead.`;

/** Adds `check-links` to `results`. */
export function registerCheckLinks(results: Command, context: CommandContext, finish: Finish): void {
  withDatabase(results.command("check-links"))
    .description("ask the web whether the links of papers, code, data and results still answer")
    .addOption(
      new Option("--kind <KIND...>", "links of these kinds only").choices([
        "paper",
        "dataset",
        "method",
        "model",
        "codeLink",
        "table",
        "result",
      ]),
    )
    .option("--limit <N>", "at most so many links", wholeNumber(1), 1000)
    .option("--parallel <N>", "links asked at the same time", wholeNumber(1), 4)
    .option("--timeout <SECONDS>", "for one link, redirects counted", numberBetween(0.1, 120), 8)
    .option("--all", "print every link, not only those that are dead, refused or unknown", false)
    .option("--json", "JSON lines", false)
    .addHelpText("after", HELP)
    .action(async (flags: LinkFlags) => {
      const { dead } = await withCatalogue(flags, context, (store) => checkAll(store, flags, context));
      finish(dead > 0 ? EXIT.failed : EXIT.done);
    });
}

async function checkAll(store: CatalogueStore, flags: LinkFlags, context: CommandContext): Promise<{ dead: number }> {
  const { heldLinks, KINDS_WITH_LINKS, linkChecker } = await context.rooms.catalogue();
  const check = linkChecker({ timeoutMilliseconds: flags.timeout * 1000, parallel: flags.parallel });
  const progress = new ProgressLine(context.stderr);
  const counts: Record<LinkAnswer["status"], number> = { alive: 0, dead: 0, refused: 0, unknown: 0 };
  let asked = 0;
  const one = async (link: HeldLink): Promise<void> => {
    const answer = await check(link.url);
    counts[answer.status]++;
    progress.show(
      () => `${formatCount(Object.values(counts).reduce((a, b) => a + b, 0))} links asked, ${counts.dead} dead`,
    );
    if (answer.status === "alive" && !flags.all) return;
    progress.clear();
    await print(
      context.stdout,
      flags.json
        ? `${JSON.stringify({ ...link, ...answer })}\n`
        : `${answer.status.padEnd(7)}  ${link.url}  ${link.entity} ${link.field}: ${answer.reason}\n`,
    );
  };
  let group: Promise<void>[] = [];
  try {
    for await (const link of heldLinks(store, flags.kind ?? KINDS_WITH_LINKS)) {
      stopIfAborted(context.signal);
      if (asked++ >= flags.limit) break;
      group.push(one(link));
      if (group.length >= flags.parallel) {
        await Promise.all(group);
        group = [];
      }
    }
    await Promise.all(group);
  } finally {
    progress.clear();
  }
  if (asked === 0)
    throw new BiobertError({ code: "input-empty", message: "the catalogue holds no links of these kinds" });
  const { alive, dead, refused, unknown } = counts;
  context.stderr.write(
    `${formatCount(alive)} alive, ${dead} dead, ${refused} not asked (private), ${unknown} unknown${asked > flags.limit ? `; more than --limit ${flags.limit} links are held` : ""}\n`,
  );
  return { dead };
}
