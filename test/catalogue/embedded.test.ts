// The embedded database in a folder: one process at a time, and whole after a process that was killed in the middle of an import.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openStore } from "../../src/catalogue/index.ts";
import { fill } from "./backends.ts";

const folder = mkdtempSync(join(tmpdir(), "biobert-embedded-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("keeps what was stored, lets no second one in, and takes the lock of a dead process over", async () => {
  const location = join(folder, "catalogue");
  const store = await openStore({ location });
  await fill(store);
  await expect(openStore({ location, waitSeconds: 0.2 })).rejects.toMatchObject({ code: "catalogue-busy" });
  await store.close();
  await store.close();
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  const { hostname } = await import("node:os");
  writeFileSync(join(location, "lock"), `${dead.pid} ${hostname()} 00`);
  const again = await openStore({ location });
  expect((await again.counts()).result).toBe(4);
  await again.close();
});

it("holds all or nothing of a change whose process was killed", async () => {
  const location = join(folder, "killed");
  // A process with PGlite alone, so that it can die by itself in the middle of a transaction.
  const script = `
    const { PGlite } = await import("@electric-sql/pglite");
    const db = await PGlite.create(process.argv[1] + "/data");
    await db.transaction(async (tx) => {
      await tx.query("select set_config('catalogue.change', '999', true)");
      await tx.query("insert into area (id, document) select 'half-' || i, jsonb_build_object('id', 'half-' || i, 'name', 'x') from generate_series(1, 20000) i");
      process.stdout.write("in the middle");
      process.kill(process.pid, "SIGKILL");
    });`;
  const store = await openStore({ location });
  await fill(store);
  await store.close();
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, location], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  const [, signal] = await once(child, "exit");
  expect({ said, signal }).toEqual({ said: "in the middle", signal: "SIGKILL" });
  const again = await openStore({ location });
  expect(await again.counts()).toMatchObject({ area: 1, result: 4 });
  expect((await again.list("area")).items).toHaveLength(1);
  await again.close();
});

it("keeps whole what was accepted when its process was killed between, and half of nothing", async () => {
  const location = join(folder, "accepting");
  const store = await openStore({ location });
  await fill(store);
  const ids: string[] = [];
  for (let index = 0; index < 3; index++) {
    const published = `7${index}.5`;
    const result = {
      table: "ner-on-tiny-disease",
      modelName: `m${index}`,
      values: { f1: { published } },
      paper: "paper-b",
      source: {},
    };
    ids.push((await store.submit({ result }, { name: "sam", role: "submitter" })).id);
  }
  await store.close();
  // What accepting writes, in the same transaction and order, by a process that dies after the result, before and after the commit.
  for (const [id, stop] of [
    [ids[0]!, 1],
    [ids[1]!, 3],
    [ids[2]!, 4],
  ] as const) {
    const script = `
      const { PGlite } = await import("@electric-sql/pglite");
      const db = await PGlite.create(process.argv[1] + "/data");
      const [id, stop] = [process.argv[2], Number(process.argv[3])];
      let step = 0;
      const place = async () => { if (step++ === stop) process.kill(process.pid, "SIGKILL"); };
      await db.transaction(async (tx) => {
        await place();
        await tx.query("select set_config('catalogue.change', nextval('change_id')::text, true)");
        const { rows } = await tx.query("select document from submission where id = $1", [id]);
        const [{ document }] = rows;
        const result = { ...document.content.result, id: "of-" + id, origin: "submitted" };
        await tx.query("insert into result (id, document) values ($1, $2)", [result.id, JSON.stringify(result)]);
        await place();
        await tx.query("update submission set document = document || jsonb_build_object('state', 'accepted', 'version', 2, 'result', $2::text) where id = $1", [id, result.id]);
        await place();
        await tx.query("insert into change (id, at, actor, action, counts) values (currval('change_id'), '2026-01-01T00:00:00.000Z', 'rita', 'accept', '{}')");
        await place();
      });
      await place();
      await db.close();
      await place();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, location, id, String(stop)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
  }
  const again = await openStore({ location });
  const states = [];
  for (const id of ids) {
    const submission = (await again.get("submission", id))!;
    const hasResult = (await again.get("result", `of-${id}`)) !== undefined;
    expect([id, submission.state === "accepted"]).toEqual([id, hasResult]);
    states.push(submission.state);
  }
  expect(states).toEqual(["pending", "pending", "accepted"]);
  const board = (await again.leaderboard("ner-on-tiny-disease"))!;
  expect(board.rows).toHaveLength(5);
  expect((await again.tableSummaries({})).items[0]!.resultCount).toBe(5);
  await again.close();
});
