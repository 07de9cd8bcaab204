// The same tests on both databases: PGlite in this process and a PostgreSQL server.

import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { type CatalogueStore, type Kind, openStore, type OpenStoreOptions } from "../../src/catalogue/index.ts";
import { type PostgresServer, postgresFolder, startPostgres } from "./postgres.ts";
import { sample } from "./sample.ts";

export const ADMIN = { name: "admin", role: "admin" } as const;
export const REVIEWER = { name: "rita", role: "reviewer" } as const;
export const SUBMITTER = { name: "sam", role: "submitter" } as const;

export interface Backend {
  /** The server is not installed: tests are skipped (an error where `CI` is set), and what prepares them does nothing. */
  isMissing: boolean;
  /** A store on a database of its own, filled with the sample unless told otherwise. */
  open(options?: { isEmpty?: boolean } & Omit<OpenStoreOptions, "location">): Promise<CatalogueStore>;
  /** Two stores on one database, where the backend can have that: the second is the first where not. */
  openTwo(): Promise<[CatalogueStore, CatalogueStore]>;
}

/** Declares `tests` once for each database; stores are closed at the end. */
export function onBothDatabases(tests: (backend: Backend) => void): void {
  describe.each(["embedded", "server"] as const)("on the %s database", (kind) => {
    const opened: CatalogueStore[] = [];
    let server: PostgresServer | undefined;
    const isMissing = kind === "server" && postgresFolder() === undefined;
    const openAt = async (location: string, options: Omit<OpenStoreOptions, "location"> = {}) => {
      const store = await openStore({ location, ...options });
      opened.push(store);
      return store;
    };
    const location = async () => (kind === "embedded" ? "memory:" : await server!.newDatabase());
    beforeAll(async () => {
      if (kind === "server" && !isMissing) server = await startPostgres();
    });
    afterAll(async () => {
      for (const store of opened) await store.close();
      await server?.stop();
    });
    const backend: Backend = {
      isMissing,
      async open({ isEmpty = false, ...options } = {}) {
        const store = await openAt(await location(), options);
        if (!isEmpty) await fill(store);
        return store;
      },
      async openTwo() {
        const place = await location();
        const first = await openAt(place);
        await fill(first);
        return [first, kind === "embedded" ? first : await openAt(place)];
      },
    };
    beforeEach(({ skip }) => {
      if (isMissing) skip("PostgreSQL is not installed");
    });
    tests(backend);
  });
}

/** Puts the sample into an empty store. */
export async function fill(store: CatalogueStore): Promise<void> {
  await store.change({ actor: ADMIN, action: "import" }, async (writer) => {
    for (const [kind, entities] of Object.entries(sample())) await writer.put(kind as Kind, entities as never[]);
  });
}
