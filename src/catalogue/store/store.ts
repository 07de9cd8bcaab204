// Opening a catalogue: the database, brought to the present schema, behind `CatalogueStore`.

import { KINDS, type Kind } from "../schema/index.ts";
import { authenticate, createToken, listTokens, requireRole, revokeToken, takeFromLimit } from "./access.ts";
import { tidy } from "./bulk.ts";
import type { Database } from "./database.ts";
import { openEmbedded } from "./embedded.ts";
import { getEntities, getEntity, inOrder } from "./entities.ts";
import { importFolder } from "./folder.ts";
import { changedEntities, history, latestChange, runChange, undoChange } from "./history.ts";
import { importFiles } from "./import-files.ts";
import { listEntities } from "./lists.ts";
import { migrate } from "./migrate.ts";
import { TABLE_OF } from "./migrations.ts";
import {
  author,
  authors,
  codeOf,
  conference,
  conferences,
  newestResults,
  paperPage,
  proceedings,
  relatedPapers,
  repositories,
  repositoryLinks,
  search,
  tableSummaries,
} from "./pages.ts";
import { accept, checkContext, decline, edit, submit, verify } from "./review.ts";
import { checkSubmissionContent } from "../checks.ts";
import { seed } from "./seed.ts";
import { placesOf } from "./seed-records.ts";
import { openServer } from "./server.ts";
import type { CatalogueStore, OpenStoreOptions } from "./types.ts";
import { compareModels, leaderboard, publishedAgainstMeasured, resultViews } from "./views.ts";

/** Entities a stream reads at a time: at first, and at most. */
const [FIRST_STREAMED, MOST_STREAMED] = [50, 500];

/** Whether a location names a PostgreSQL server. */
export function isServerAddress(location: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(location);
}

/** Opens a catalogue, making it where there is none. Errors: `catalogue-busy`, `catalogue-database`, `file-unwritable`. */
export async function openStore(options: OpenStoreOptions): Promise<CatalogueStore> {
  const database = isServerAddress(options.location)
    ? await openServer(options.location)
    : await openEmbedded(options.location, options);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return storeOn(database, options);
}

/** The catalogue on a database that has the present schema. */
export function storeOn(database: Database, options: Omit<OpenStoreOptions, "location"> = {}): CatalogueStore {
  const now = options.now ?? (() => new Date());
  const { checkLink } = options;
  const review = { now, ...(checkLink === undefined ? {} : { checkLink }) };
  return {
    backend: database.backend,
    close: () => database.close(),
    isAlive: () =>
      database.query("select 1").then(
        () => true,
        () => false,
      ),

    get: (kind, id) => getEntity(database, kind, id),
    getMany: (kind, ids) => getEntities(database, kind, ids),
    list: (kind, query) => listEntities(database, kind, query),
    async *stream(kind) {
      // The first entities come at once, those after them many at a time.
      for (let after = "", size = FIRST_STREAMED; ; size = Math.min(2 * size, MOST_STREAMED)) {
        const rows = await database.query<{ id: string; document: never }>(
          `select id, document from ${TABLE_OF[kind]} where id > $1::text order by id limit ${size}`,
          [after],
        );
        for (const { document } of rows) yield inOrder(kind, document);
        if (rows.length < size) return;
        after = rows.at(-1)!.id;
      }
    },
    async counts() {
      const rows = await database.query<{ kind: Kind; count: number }>(
        "select kind, count::int as count from entity_count",
      );
      const found = new Map(rows.map(({ kind, count }) => [kind, count]));
      return Object.fromEntries(KINDS.map((kind) => [kind, found.get(kind) ?? 0])) as Record<Kind, number>;
    },
    search: (text, query) => search(database, text, query),
    authors: (query) => authors(database, query),
    author: (id) => author(database, id),
    conferences: (query) => conferences(database, query),
    conference: (id) => conference(database, id),
    proceedings: (parent, query) => proceedings(database, parent, query),
    repositories: (query) => repositories(database, query),
    repositoryLinks: (owner, name) => repositoryLinks(database, owner, name),
    codeOf: (papers) => codeOf(database, papers),
    placesOf: (record, table) => placesOf(database, record, table),
    tableSummaries: (query) => tableSummaries(database, query),
    leaderboard: (table, query) => leaderboard(database, table, query),
    paperPage: (id) => paperPage(database, id),
    relatedPapers: (id, limit) => relatedPapers(database, id, limit),
    resultViews: (query) => resultViews(database, query),
    compareModels: (models) => compareModels(database, models),
    publishedAgainstMeasured: () => publishedAgainstMeasured(database),
    newestResults: (query) => newestResults(database, query),
    history: (query) => history(database, query),
    latestChange: () => latestChange(database),
    changedEntities: (change, query) => changedEntities(database, change, query),

    change: (entry, work) => runChange(database, now, entry, work),
    async undo(change, actor, reason) {
      requireRole(actor, "reviewer", "undo changes");
      return undoChange(database, now, change, actor, reason);
    },

    importFolder: async (folder, actor, options) => {
      requireRole(actor, "admin", "import");
      const { value } = await runChange(database, now, { actor, action: "import" }, (writer) =>
        importFolder(writer, folder, options),
      );
      await tidy(database, total(value));
      return value;
    },
    importFiles: async (paths, actor, options) => {
      requireRole(actor, "admin", "import");
      const { value } = await runChange(database, now, { actor, action: "import" }, ({ connection }) =>
        importFiles(connection, paths, options),
      );
      await tidy(database, total(value.entities));
      return value;
    },
    seed: (folder, records) => seed(database, now, folder, records),

    checkSubmission: async (content, { links = false } = {}) =>
      (await checkSubmissionContent(content, checkContext(database, links ? review : { now }))).problems,
    submit: (content, actor) => submit(database, review, content, actor),
    accept: (id, version, actor, decision) => accept(database, review, id, version, actor, decision),
    edit: (id, version, content, actor) => edit(database, review, id, version, content, actor),
    reject: (id, version, reason, actor) => decline(database, review, id, version, actor, "rejected", reason),
    withdraw: (id, version, actor) => decline(database, review, id, version, actor, "withdrawn"),
    verify: (result, record, actor, tolerances) => verify(database, review, result, record, actor, tolerances),

    async createToken(name, role, actor, { expiresAt } = {}) {
      requireRole(actor, "admin", "make tokens");
      const entry = { actor, action: "token" as const, reason: `made ${role} token ${name}` };
      return (
        await runChange(database, now, entry, ({ connection }) => createToken(connection, now(), name, role, expiresAt))
      ).value;
    },
    authenticate: (secret) => authenticate(database, now(), secret),
    async revokeToken(id, actor) {
      requireRole(actor, "admin", "revoke tokens");
      const entry = { actor, action: "token" as const, reason: `revoked ${id}` };
      return (await runChange(database, now, entry, ({ connection }) => revokeToken(connection, now(), id))).value;
    },
    async tokens(actor) {
      requireRole(actor, "admin", "list tokens");
      return listTokens(database);
    },
    takeFromLimit: (key, limit, windowSeconds) => takeFromLimit(database, now(), key, limit, windowSeconds),
  };
}

function total(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}
