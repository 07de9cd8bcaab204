// One process fetches a file, others wait. The lock is a file made only where there is none, kept fresh while its owner lives;
// what a killed process left is taken over. Nothing depends on it but work done twice: content is checked before it counts.

import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { errorCodeOf, writeError } from "../data/index.ts";
import { pause } from "./retry.ts";

/** A lock that nobody has freshened for so long belongs to nobody. */
const STALE_SECONDS = 30;
const FRESHEN_SECONDS = 5;
const LOOK_SECONDS = 0.25;

/**
 * Runs `work` while holding the lock `path`; waits, without end but for the signal, while a living process holds it.
 * @throws BiobertError `interrupted`, `file-unwritable`, `disk-full`; others as `work` throws them.
 */
export async function withLock<T>(
  path: string,
  options: { signal: AbortSignal | undefined; onWait: () => void; staleSeconds?: number },
  work: () => Promise<T>,
): Promise<T> {
  const owner = `${process.pid} ${hostname()} ${randomBytes(8).toString("hex")}`;
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw writeError(error, path);
  });
  for (let told = false; !(await take(path, owner, options.staleSeconds ?? STALE_SECONDS)); told = true) {
    if (!told) options.onWait();
    await pause(LOOK_SECONDS, options.signal);
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, FRESHEN_SECONDS * 1000);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if ((await readOwner(path)) === owner) await rm(path, { force: true }).catch(() => undefined);
  }
}

async function take(path: string, owner: string, staleSeconds: number): Promise<boolean> {
  try {
    const handle = await open(path, "wx");
    await handle.writeFile(owner).finally(() => handle.close());
    return true;
  } catch (error) {
    if (errorCodeOf(error) !== "EEXIST") throw writeError(error, path);
  }
  const found = await readOwner(path);
  if (found !== undefined && (await isAbandoned(path, found, staleSeconds))) {
    // Renamed before it is removed, and looked at again: of two that find it, one must not remove the other's new lock.
    const aside = `${path}.${randomBytes(4).toString("hex")}.old`;
    const moved = await rename(path, aside).then(
      () => true,
      () => false,
    );
    if (moved && (await readOwner(aside)) !== found) await rename(aside, path).catch(() => undefined);
    await rm(aside, { force: true });
  }
  return false;
}

async function isAbandoned(path: string, owner: string, staleSeconds: number): Promise<boolean> {
  const modified = (await stat(path).catch(() => undefined))?.mtimeMs;
  if (modified === undefined) return false;
  if (Date.now() - modified > staleSeconds * 1000) return true;
  const [pid, host] = owner.split(" ");
  return host === hostname() && /^\d+$/.test(pid ?? "") && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === "EPERM";
  }
}

async function readOwner(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
