// The seed: the reviewed files that come with the program are brought into a database when it is made, and again when a newer
// program brings other ones. What somebody has changed in the database since is not touched.

import { sha256, sha256OfFiles } from "../../data/index.ts";
import type { Kind } from "../schema/index.ts";
import type { Connection, Database } from "./database.ts";
import { idList } from "./entities.ts";
import { catalogueFiles, importFolder } from "./folder.ts";
import { runChange } from "./history.ts";

const SEED = { name: "seed", role: "admin" } as const;

/** Imports the folder unless the database has this state of it; says whether it did. */
export async function seed(database: Database, now: () => Date, folder: string): Promise<boolean> {
  const files = await catalogueFiles(folder);
  const state = sha256(
    `${files.map(({ name }) => name).join("\n")}\n${await sha256OfFiles(files.map(({ path }) => path))}`,
  );
  if ((await seededState(database)) === state) return false;
  const { value } = await runChange(
    database,
    now,
    { actor: SEED, action: "import", reason: "the files that come with biobert" },
    async (writer) => {
      // Somebody else may have been faster.
      if ((await seededState(writer.connection)) === state) return false;
      await importFolder(writer, folder, { keep: (kind, ids) => changedByOthers(writer.connection, kind, ids) });
      await writer.connection.query(
        `insert into setting (name, value) values ('seed', to_jsonb($1::text)) on conflict (name) do update set value = excluded.value`,
        [state],
      );
      return true;
    },
  );
  return value;
}

async function seededState(connection: Connection): Promise<string | undefined> {
  const [row] = await connection.query<{ value: string }>("select value from setting where name = 'seed'");
  return row?.value;
}

/** Which of these entities were last changed by anybody but the seed. */
async function changedByOthers(
  connection: Connection,
  kind: Kind,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await connection.query<{ id: string }>(
    `select latest.entity_id as id from (
       select distinct on (c.entity_id) c.entity_id, h.actor from changed_entity c join change h on h.id = c.change_id
       where c.kind = $1::text and c.entity_id in (select jsonb_array_elements_text($2::text::jsonb))
       order by c.entity_id, c.change_id desc) latest
     where latest.actor <> $3::text`,
    [kind, idList(ids), SEED.name],
  );
  return new Set(rows.map(({ id }) => id));
}
