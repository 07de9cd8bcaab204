// `npm test`: lint, format, types, then every test, ending with `N passed, N failed`. Each of the first three counts as a test.
// Arguments go to vitest: `npm test -- test/graph` runs one folder, `npm test -- -t window` the tests of that name.
// Where CI is set a skipped test counts as failed: what is not run is not known to work.
import { spawn } from "node:child_process";
import path from "node:path";
import { SetUpError, ensureReady, root } from "./ensure.mjs";
import { TestReporter } from "./test-reporter.mjs";

const strict = !["", "0", "false", undefined].includes(process.env.CI);
process.chdir(root);

try {
  await ensureReady();
  process.exitCode = await runAll(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}

async function runAll(args) {
  const checks = await Promise.all([
    runCheck("lint", path.join("oxlint", "bin", "oxlint"), []),
    runCheck("format", path.join("oxfmt", "bin", "oxfmt"), ["--check"]),
    runCheck("types", path.join("typescript", "bin", "tsc"), [
      "--noEmit",
      "--pretty",
      String(process.stdout.isTTY === true),
    ]),
  ]);
  for (const { name, passed, output } of checks) print(passed ? ` ok   ${name}` : `\nFAIL  ${name}\n${output}`);

  const reporter = new TestReporter();
  await runTests(args, reporter);

  const failures = [...checks.filter((check) => !check.passed).map((check) => check.name), ...reporter.failures];
  if (reporter.passed + reporter.failures.length + reporter.skips.length === 0) failures.push("no test was found");
  if (reporter.skips.length > 0) {
    print(`\nSkipped${strict ? " (CI: counted as failed)" : ""}:`);
    for (const { title, reason } of reporter.skips) print(`  ${title}\n    ${reason}`);
    if (strict) failures.push(...reporter.skips.map(({ title }) => `${title} (skipped)`));
  }
  if (failures.length > 0) print(`\nFailed:\n${failures.map((title) => `  ${title}`).join("\n")}`);
  print(`\n${reporter.passed + checks.filter((check) => check.passed).length} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

async function runTests(args, reporter) {
  const { parseCLI, startVitest } = await import("vitest/node");
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  const settings = { ...options, run: true, watch: false, reporters: [reporter] };
  const vitest = await startVitest("test", filter, settings, undefined, { stderr: process.stdout });
  await vitest.close();
}

/** Runs one of the tools in node_modules; resolves with its output and whether it succeeded. */
async function runCheck(name, script, args) {
  const file = path.join(root, "node_modules", script);
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { name, passed: code === 0, output: Buffer.concat(output).toString() };
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
