// A side of a comparison: a process of its own that is asked one thing at a time, a JSON line each way. It loads once, keeps
// still while others are measured, and says at its end how much memory it took at most.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { root, sideFile } from "./build.mjs";
import { BenchmarkError } from "./options.mjs";

const running = new Set();

/** Ends every side that still runs, as after an error or Ctrl-C. */
export function stopSides() {
  for (const child of running) child.kill("SIGKILL");
}

/** A side of ours, by the name of its built file. */
export function ourSide(name, file) {
  return startSide(name, process.execPath, [sideFile(file)]);
}

/** A peer in Python, by its file in reference/. */
export function pythonSide(name, python, file, threads) {
  const env = {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    TOKENIZERS_PARALLELISM: "false",
    HF_HUB_OFFLINE: "1",
  };
  return startSide(name, python, [path.join(root, "reference", file)], env);
}

/** Starts a side. Lines of its standard output that are no replies, and its standard error, are shown if it fails. */
export function startSide(name, command, args, env = process.env) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env });
  running.add(child);
  const said = [];
  let answer;
  const fail = (reason) => {
    const error = new BenchmarkError(`${name}: ${reason}\n${said.slice(-30).join("\n")}`);
    if (answer === undefined) return error;
    answer.reject(error);
    answer = undefined;
    return error;
  };
  let ended;
  child.on("error", (error) => {
    ended = fail(error.message);
  });
  child.on("close", (code, signal) => {
    running.delete(child);
    ended ??= fail(`ended with ${signal ?? `exit code ${code}`}`);
  });
  child.stdin.on("error", () => {}); // The process is gone: `close` says so.
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith('{"reply":')) said.push(line);
    else if (answer !== undefined) {
      const { resolve } = answer;
      answer = undefined;
      resolve(JSON.parse(line).reply);
    }
  });
  return {
    name,
    /** Sends {run: what, ...settings} and gives the reply. */
    ask(what, settings = {}) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) {
          reject(ended);
          return;
        }
        answer = { resolve, reject };
        child.stdin.write(`${JSON.stringify({ run: what, ...settings })}\n`);
      });
    },
    /** Ends the process at once: what it was asked fails. */
    stop() {
      child.kill("SIGKILL");
    },
    /** Asks for {peakMemoryBytes} and lets the process end. */
    async finish() {
      const reply = await this.ask("finish");
      child.stdin.end();
      return reply;
    },
  };
}

/**
 * Runs a process to its end and gives its output with the most memory it held, watched from outside while it runs (on
 * Linux; undefined elsewhere).
 */
export function runOnce(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    running.add(child);
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) {
      child[stream].setEncoding("utf8").on("data", (chunk) => {
        output[stream] += chunk;
      });
    }
    let peakMemoryBytes;
    const watch = setInterval(() => {
      peakMemoryBytes = peakMemoryOf(child.pid) ?? peakMemoryBytes;
    }, 20);
    child.on("error", (error) => reject(new BenchmarkError(`${command}: ${error.message}`)));
    child.on("close", (code) => {
      clearInterval(watch);
      running.delete(child);
      if (code === 0) resolve({ stdout: output.stdout, peakMemoryBytes });
      else reject(new BenchmarkError(`${path.basename(command)} ended with exit code ${code}\n${output.stderr}`));
    });
  });
}

function peakMemoryOf(id) {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, "utf8"));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}
