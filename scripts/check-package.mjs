// `npm run check-package`: packs the package as it would be published, puts it into an empty folder and runs the README's
// library example there, after checking its types. Dependencies are linked from this clone's node_modules, which needs
// no network; `-- --install` lets npm install them for real.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import { SetUpError, ensureReady, npmCommand, root } from "./ensure.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "biobert-package-"));
try {
  await ensureReady();
  const archive = pack();
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "example", private: true, type: "module" }));
  if (process.argv.includes("--install")) install(archive);
  else unpackAndLink(archive);
  const example = writeExample();
  checkTypes(example.typed);
  const output = runIn(folder, process.execPath, [example.plain]);
  if (output.trim() === "") throw new SetUpError("The README's example printed nothing.");
  process.stdout.write(output);
  const version = runIn(folder, process.execPath, [path.join(installedPath(), "bin", "biobert.mjs"), "--version"]);
  process.stdout.write(`biobert ${version.trim()}: packed, installed, and the README's example runs\n`);
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack() {
  const npm = npmCommand();
  const listing = runIn(
    root,
    npm.command,
    [...npm.args, "pack", "--json", "--loglevel=error", `--pack-destination=${folder}`],
    npm.shell,
  );
  // npm 10 and 11 print an array; later ones an object keyed by package name.
  const [report] = Object.values(JSON.parse(listing));
  const names = report.files.map((file) => file.path);
  const wanted = [
    "LICENSE",
    "NOTICE",
    "README.md",
    "bin/biobert.mjs",
    "dist/index.mjs",
    "dist/index.d.mts",
    "dist/cli.mjs",
  ];
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new SetUpError(`The package lacks ${missing.join(", ")}.`);
  const strays = names.filter((name) => /^(src|test|scripts|runs|bench|node_modules)\//.test(name));
  if (strays.length > 0) throw new SetUpError(`The package holds what it should not: ${strays.join(", ")}.`);
  process.stdout.write(`${report.filename}: ${names.length} files, ${(report.size / 1e6).toFixed(1)} MB\n`);
  return path.join(folder, report.filename);
}

function install(archive) {
  const npm = npmCommand();
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  runIn(folder, npm.command, [...npm.args, "install", archive, ...options], npm.shell);
}

function unpackAndLink(archive) {
  runIn(folder, "tar", ["-xzf", archive]);
  const modules = path.join(folder, "node_modules");
  mkdirSync(modules);
  cpSync(path.join(folder, "package"), installedPath(), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name), "junction");
  }
}

function installedPath() {
  return path.join(folder, "node_modules", "biobert");
}

// The README's first TypeScript block, and the same without its types for a Node that does not strip them.
function writeExample() {
  const readme = path.join(root, "README.md");
  const block = existsSync(readme) ? /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(readme, "utf8")) : null;
  if (block === null) throw new SetUpError("README.md has no ```ts block to run.");
  const [typed, plain] = ["example.ts", "example.mjs"].map((name) => path.join(folder, name));
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  writeFileSync(typed, block[1]);
  writeFileSync(plain, ts.transpileModule(block[1], { compilerOptions }).outputText);
  return { typed, plain };
}

// The example as a strict project sees it, and the package's own declarations.
function checkTypes(file) {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    typeRoots: [path.join(root, "node_modules", "@types")],
    types: ["node"],
  });
  const found = ts.getPreEmitDiagnostics(program).filter(({ file }) => {
    return file === undefined || /[/\\](?:example\.ts|biobert[/\\]dist[/\\].*)$/.test(file.fileName);
  });
  if (found.length === 0) return;
  const host = { getCurrentDirectory: () => folder, getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
  throw new SetUpError(`The types do not hold:\n${ts.formatDiagnostics(found, host)}`);
}

function runIn(cwd, command, args, shell = false) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const options = { cwd, env, shell, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1e8 };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw new SetUpError(`${command} ${args.join(" ")} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}
