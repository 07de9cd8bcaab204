// The project's files as the architecture tests see them: what is tracked, and every TypeScript file of src/ parsed.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import ts from "typescript";

export const root = join(import.meta.dirname, "..", "..");

export interface Source {
  /** Relative to src/, with forward slashes. */
  name: string;
  path: string;
  tree: ts.SourceFile;
}

/** Every TypeScript file under src/. */
export function sources(): Source[] {
  const folder = join(root, "src");
  return filesUnder(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({
      name: relative(folder, path).split(sep).join("/"),
      path,
      tree: ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2023, true),
    }));
}

/** Names of the files that belong to the project, relative to its root; what git tracks where there is a git clone. */
export function projectFiles(): string[] {
  if (existsSync(join(root, ".git"))) {
    const listing = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
    return listing.split("\0").filter((name) => name !== "" && existsSync(join(root, name)));
  }
  const generated = new Set(["node_modules", "dist", "runs", "coverage"]);
  return readdirSync(root)
    .filter((name) => !generated.has(name))
    .flatMap((name) => filesUnder(join(root, name)))
    .map((path) => relative(root, path).split(sep).join("/"));
}

/** `file:line` of a node, for messages. */
export function placeOf(source: Source, node: ts.Node): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
  return `src/${source.name}:${line + 1}`;
}

/** Visits a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

function filesUnder(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
