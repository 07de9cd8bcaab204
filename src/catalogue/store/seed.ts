// The seed: the reviewed files that come with the program, and results measured from its own records, are brought into a database
// when it is made, and again when a newer program brings other ones. What somebody has changed in the database since is not
// touched; what the newer program no longer has goes, where nothing else stands on it.

import { sha256, sha256OfFiles } from "../../data/index.ts";
import { type Kind, KINDS } from "../schema/index.ts";
import type { Connection, Database } from "./database.ts";
import { idList } from "./entities.ts";
import { catalogueFiles, importFolder } from "./folder.ts";
import { runChange } from "./history.ts";
import { TABLE_OF } from "./migrations.ts";
import { putRecords, recordFiles } from "./seed-records.ts";

const SEED = { name: "seed", role: "admin" } as const;

/** Imports the folder, and records of another, unless the database has this state of both; says whether it did. */
export async function seed(database: Database, now: () => Date, folder: string, records?: string): Promise<boolean> {
  const files = await catalogueFiles(folder);
  const recorded = records === undefined ? [] : await recordFiles(records);
  const paths = [...files.map(({ path }) => path), ...recorded];
  const names = [...files.map(({ name }) => name), ...recorded.map((path) => path.replace(/^.*[/\\]/, "records/"))];
  const state = sha256(`${names.join("\n")}\n${await sha256OfFiles(paths)}`);
  if ((await seededState(database)) === state) return false;
  const { value } = await runChange(
    database,
    now,
    { actor: SEED, action: "import", reason: "the files that come with biobert" },
    async ({ connection, ...writer }) => {
      // Somebody else may have been faster.
      if ((await seededState(connection)) === state) return false;
      const brought = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
      const keep = async (kind: Kind, ids: string[]): Promise<ReadonlySet<string>> => {
        for (const id of ids) brought.get(kind)!.add(id);
        return changedByOthers(connection, kind, ids);
      };
      await importFolder(writer, folder, { keep });
      for (const [kind, ids] of Object.entries(await putRecords(connection, recorded, keep)))
        for (const id of ids) brought.get(kind as Kind)!.add(id);
      await removeLost(connection, brought);
      await connection.query(
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

/** Takes away what an earlier seed brought and this one does not, unless somebody has changed it or stands on it. */
async function removeLost(connection: Connection, brought: ReadonlyMap<Kind, ReadonlySet<string>>): Promise<void> {
  // What refers to others goes before what is referred to.
  for (const kind of [...KINDS].reverse()) {
    const rows = await connection.query<{ id: string }>(
      `select distinct c.entity_id as id from changed_entity c join change h on h.id = c.change_id
       join ${TABLE_OF[kind]} e on e.id = c.entity_id
       where c.kind = $1::text and h.actor = $2::text and c.entity_id not in (select jsonb_array_elements_text($3::text::jsonb))`,
      [kind, SEED.name, idList([...brought.get(kind)!])],
    );
    const lost = rows.map(({ id }) => id);
    if (lost.length === 0) continue;
    const kept = await changedByOthers(connection, kind, lost);
    for (const id of lost.filter((each) => !kept.has(each)))
      await connection.query("select remove_unless_referred($1::text, $2::text)", [TABLE_OF[kind], id]);
  }
}
