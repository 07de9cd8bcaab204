// The catalogue that the `results` commands work on: where it lies, opened and closed, and who asks. Whoever can open the database is its
// administrator: roles and tokens are for those who come over the network.

import { stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { CatalogueStore } from "../../catalogue/index.ts";
import type { CommandContext } from "../common/context.ts";

/** Hears a command's exit code. */
export type Finish = (code: number) => void;

export interface CatalogueOptions {
  database?: string;
  /** Ask the web about the links of submissions. */
  checkLinks?: boolean;
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
export function operator(): { name: string; role: "admin" } {
  let name = "operator";
  try {
    name = userInfo().username;
  } catch {
    // A user id without a name: the account is not in the system's list.
  }
  return { name, role: "admin" };
}
