// Makes a clone ready to run: dependencies installed as the lock file says, dist/ built from the sources as they are.
// Cheap when nothing changed (a few hundred stat calls, no process started), so every start may ask.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const stampFile = path.join(root, "node_modules", ".cache", "biobert", "ready.json");
const buildInputs = ["src", "package.json", "tsconfig.json", "tsdown.config.ts"];
const buildOutputs = ["dist/cli.mjs", "dist/index.mjs", "dist/index.d.mts"];

/** Something to tell the user in one line, without a stack trace. */
export class SetUpError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

let interrupted = false;
let running;

/**
 * Installs and builds where needed; throws SetUpError when that fails. Speaks on standard error, only when it works.
 * `rebuild` builds from nothing in any case. Ctrl-C stops the program at work and ends in a SetUpError with exit code 130.
 */
export async function ensureReady({ rebuild = false } = {}) {
  const signals = ["SIGINT", "SIGTERM"];
  // The program at work gets a terminal's Ctrl-C itself; a signal sent to this process alone is passed on.
  const interrupt = () => {
    interrupted = true;
    running?.kill("SIGTERM");
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    checkNodeVersion();
    await ensureDependencies();
    await ensureBuild(rebuild);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

function checkNodeVersion() {
  const wanted = readJson(path.join(root, "package.json")).engines.node.replace(/^>=/, "").split(".").map(Number);
  const actual = process.versions.node.split(".").map(Number);
  const older = actual[0] < wanted[0] || (actual[0] === wanted[0] && actual[1] < (wanted[1] ?? 0));
  if (older) throw new SetUpError(`Node ${wanted.join(".")} or newer is needed; this is ${process.versions.node}.`);
}

// Runs `npm ci` unless node_modules holds what the lock file names.
async function ensureDependencies() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  const key = `${hashOf(lock)} ${process.platform}-${process.arch}`;
  const stamp = readStamp();
  if (stamp.dependencies === key && existsSync(path.join(root, "node_modules", ".package-lock.json"))) return;
  if (!installedMatches(JSON.parse(lock.toString()))) {
    const npm = npmCommand();
    const options = ["--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--prefer-offline"];
    await withProgress("Installing dependencies", () =>
      runQuietly(npm.command, [...npm.args, "ci", ...options, "--loglevel=error", `--prefix=${root}`], {
        shell: npm.shell,
        env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
        failure: "npm ci failed. Is the npm registry reachable? Run `npm ci` in the project folder to see more.",
      }),
    );
  }
  writeStamp({ dependencies: key });
}

// Builds dist/ unless it stands for the sources as they are.
async function ensureBuild(force) {
  const files = buildInputs.flatMap((name) => listFiles(path.join(root, name)));
  const key = hashOf(files.map((file) => `${file.name}\0${file.size}\0${file.modified}\n`).join(""));
  const stamp = readStamp();
  const complete = buildOutputs.every((name) => existsSync(path.join(root, name)));
  if (!force && complete && stamp.build === key) return;
  // A checkout or a copy changes times, not contents: look inside before building again.
  const contents = createHash("sha256");
  for (const file of files) contents.update(`${file.name}\0`).update(readFileSync(path.join(root, file.name)));
  const contentKey = contents.digest("hex");
  if (force || !complete || stamp.buildContents !== contentKey) {
    await withProgress("Building", () => build({ withEarlierChunks: !force }));
  }
  writeStamp({ build: key, buildContents: contentKey });
}

// Builds beside dist/ and swaps, so that an interrupted or failed build leaves the last good one in place.
async function build({ withEarlierChunks }) {
  const dist = path.join(root, "dist");
  const fresh = `${dist}.${process.pid}.tmp`;
  const stale = `${dist}.${process.pid}.old.tmp`;
  try {
    const tsdown = path.join(root, "node_modules", "tsdown", "dist", "run.mjs");
    await runQuietly(process.execPath, [tsdown, "--out-dir", path.basename(fresh)], { failure: "The build failed." });
    if (withEarlierChunks && existsSync(dist)) keepChunks(dist, fresh);
    swapIn(fresh, dist, stale);
  } finally {
    for (const folder of [fresh, stale]) rmSync(folder, { recursive: true, force: true });
  }
}

// Another process may have put its own build there between the two renames; then its build makes way like any other.
function swapIn(fresh, dist, stale) {
  for (let attempt = 1; ; attempt++) {
    rmSync(stale, { recursive: true, force: true });
    if (existsSync(dist)) renameSync(dist, stale);
    try {
      renameSync(fresh, dist);
      return;
    } catch (error) {
      if (attempt === 5 || !["ENOTEMPTY", "EEXIST", "EPERM"].includes(error.code)) throw error;
    }
  }
}

// A command that has been running since before this build (a long training) may yet load chunks of its own build.
function keepChunks(from, to) {
  const oldest = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of readdirSync(from).filter((entry) => entry.startsWith("chunk-") && entry.endsWith(".mjs"))) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    if (existsSync(target) || statSync(source).mtimeMs < oldest) continue;
    cpSync(source, target, { preserveTimestamps: true });
  }
}

// What npm wrote down about its last install, against the lock file: every package there, none of another version.
function installedMatches(lock) {
  const hidden = path.join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = readJson(hidden).packages;
  return Object.entries(lock.packages).every(([name, wanted]) => {
    if (name === "") return true;
    const found = installed[name];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** How to start npm: the one that started us, where one did. */
export function npmCommand() {
  const executable = process.env.npm_execpath;
  if (executable?.endsWith(".js")) return { command: process.execPath, args: [executable], shell: false };
  return { command: "npm", args: [], shell: process.platform === "win32" };
}

// Runs a program without showing its output; on failure the output becomes the SetUpError's message.
async function runQuietly(command, args, { failure, shell = false, env = process.env }) {
  running = spawn(command, args, { cwd: root, env, shell, stdio: ["ignore", "pipe", "pipe"] });
  if (interrupted) running.kill("SIGTERM");
  const output = [];
  for (const stream of [running.stdout, running.stderr]) stream.on("data", (chunk) => output.push(chunk));
  const { code, error } = await new Promise((resolve) => {
    running.on("error", (error) => resolve({ code: 1, error }));
    running.on("close", (code) => resolve({ code }));
  });
  running = undefined;
  // A signal that has arrived by now is heard on the next turn.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  if (interrupted) throw new SetUpError("Interrupted.", 130);
  if (code === 0) return;
  const said = Buffer.concat(output).toString().trim().split("\n");
  if (said.length > 40) said.splice(40, said.length, "...");
  throw new SetUpError(`${error?.message ?? said.join("\n")}\n${failure}`);
}

async function withProgress(label, work) {
  const started = performance.now();
  process.stderr.write(`${label} ... `);
  try {
    await work();
    process.stderr.write(`done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  } catch (error) {
    process.stderr.write("\n");
    throw error;
  }
}

function listFiles(target) {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isDirectory()) {
    return readdirSync(target)
      .sort()
      .flatMap((name) => listFiles(path.join(target, name)));
  }
  return [{ name: path.relative(root, target), size: stats.size, modified: stats.mtimeMs }];
}

function readStamp() {
  try {
    return readJson(stampFile);
  } catch {
    return {};
  }
}

function writeStamp(changes) {
  const stamp = { ...readStamp(), ...changes };
  mkdirSync(path.dirname(stampFile), { recursive: true });
  const partial = `${stampFile}.${process.pid}.tmp`;
  writeFileSync(partial, JSON.stringify(stamp));
  renameSync(partial, stampFile);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

function hashOf(data) {
  return createHash("sha256").update(data).digest("hex");
}
