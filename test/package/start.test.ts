// The start script's promises, on a small project with the same scripts: it builds when the sources changed and only
// then, survives a broken build, finds files from where the user stands, and never waits for standard input.
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const project = mkdtempSync(join(tmpdir(), "biobert-start-"));

const command = (greeting: string) => `// A stand-in for the command: prints where it is and what it was told.
export async function main(args: string[]): Promise<number> {
  console.log(JSON.stringify({ greeting: "${greeting}", folder: process.cwd(), args }));
  return args[0] === "fail" ? 3 : 0;
}
`;

beforeAll(() => {
  for (const name of ["scripts", "bin", "package.json", "package-lock.json", "tsconfig.json", "tsdown.config.ts"]) {
    cpSync(join(root, name), join(project, name), { recursive: true });
  }
  mkdirSync(join(project, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules")).filter((entry) => entry !== ".cache")) {
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  }
  mkdirSync(join(project, "src", "cli"), { recursive: true });
  mkdirSync(join(project, "examples"));
  writeFileSync(join(project, "src", "index.ts"), "export const answer: number = 42;\n");
  writeFileSync(join(project, "src", "cli", "main.ts"), command("first"));
  for (const name of ["b.txt", "a.txt", "README.md"]) writeFileSync(join(project, "examples", name), "text\n");
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

it("builds once, then starts without a word about it", () => {
  const first = start([]);
  expect(first.stderr).toMatch(/^Building \.\.\. done in [\d.]+ s\n$/);
  const second = start([]);
  expect(second.stderr).toBe("");
  expect(second.stdout).toBe(first.stdout);
  expect(said(second).args).toEqual(["annotate", join("examples", "a.txt"), join("examples", "b.txt")]);
  expect(readdirSync(project).filter((name) => name.includes(".tmp"))).toEqual([]);
});

it("passes commands, options and exit codes on, and takes other words for files", () => {
  expect(said(start(["evaluate", "ner", "--json"])).args).toEqual(["evaluate", "ner", "--json"]);
  expect(said(start(["--help"])).args).toEqual(["--help"]);
  expect(said(start(["notes.txt", "--format", "jsonl"])).args).toEqual(["annotate", "notes.txt", "--format", "jsonl"]);
  const examples = [join("examples", "a.txt"), join("examples", "b.txt")];
  expect(said(start(["--format", "html"])).args).toEqual(["annotate", "--format", "html", ...examples]);
  expect(said(start(["--format", "html", "-"])).args).toEqual(["annotate", "--format", "html", "-"]);
  expect(start(["fail"]).status).toBe(3);
});

it("takes file names from where the user stands", () => {
  const folder = join(project, "examples");
  const result = start([], { INIT_CWD: folder, npm_lifecycle_event: "start" });
  expect(said(result)).toMatchObject({ folder, args: ["annotate", "a.txt", "b.txt"] });
});

it("builds again when a source changed, and keeps the last good build when that fails", () => {
  const source = join(project, "src", "cli", "main.ts");
  writeFileSync(source, command("second"));
  expect(said(start([])).greeting).toBe("second");
  const good = readFileSync(join(project, "dist", "cli.mjs"), "utf8");
  writeFileSync(source, "export async function main( {");
  const broken = start([]);
  expect(broken.status).toBe(1);
  expect(broken.stdout).toBe("");
  expect(broken.stderr).toContain("main.ts");
  expect(broken.stderr).toContain("The build failed.");
  expect(broken.stderr).not.toContain("ensure.mjs");
  expect(readFileSync(join(project, "dist", "cli.mjs"), "utf8")).toBe(good);
  writeFileSync(source, command("second"));
  expect(said(start([])).greeting).toBe("second");
});

it("lets bin/biobert.mjs build in a clone, and run alone in a package", () => {
  rmSync(join(project, "dist"), { recursive: true });
  const bin = join(project, "bin", "biobert.mjs");
  const inClone = run([bin, "annotate", "x.txt"]);
  expect(inClone.stderr).toContain("Building");
  expect(said(inClone).args).toEqual(["annotate", "x.txt"]);
  rmSync(join(project, "src"), { recursive: true });
  rmSync(join(project, "scripts"), { recursive: true });
  expect(said(run([bin, "--version"])).args).toEqual(["--version"]);
  cpSync(join(root, "scripts"), join(project, "scripts"), { recursive: true });
});

it("ends with 130 and leaves nothing half made when it is interrupted while it builds", async () => {
  mkdirSync(join(project, "src", "cli"), { recursive: true });
  writeFileSync(join(project, "src", "index.ts"), "export const answer: number = 43;\n");
  writeFileSync(join(project, "src", "cli", "main.ts"), command("third"));
  const child = spawn(process.execPath, [join(project, "scripts", "start.mjs")], { stdio: ["pipe", "pipe", "pipe"] });
  const code = await new Promise((resolve) => {
    child.stderr.on("data", (chunk) => String(chunk).includes("Building") && child.kill("SIGINT"));
    child.on("close", resolve);
  });
  expect(code).toBe(130);
  expect(readdirSync(project).filter((name) => name.includes(".tmp"))).toEqual([]);
  expect(existsSync(join(project, "dist", "cli.mjs"))).toBe(true);
  expect(said(start([])).greeting).toBe("third");
});

function start(args: string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  return run([join(project, "scripts", "start.mjs"), ...args], env);
}

function run(args: string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "npm_lifecycle_event"));
  return spawnSync(process.execPath, args, { cwd: project, encoding: "utf8", env: { ...own, ...env } });
}

function said(result: SpawnSyncReturns<string>): { greeting: string; folder: string; args: string[] } {
  const lines = result.stdout.trim().split("\n");
  return JSON.parse(lines.at(-1) || `{"stderr": ${JSON.stringify(result.stderr)}}`);
}
