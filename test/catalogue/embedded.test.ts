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
