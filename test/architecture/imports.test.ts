// Which way imports go: lower rooms only, through their index.ts only; Node, ONNX Runtime and the terminal only where
// rooms.ts allows them.
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { isInside, levelOf, nodeFolders, processFolders, runtimeRoom, sameLevel } from "./rooms.ts";
import { type Source, placeOf, root, sources, walk } from "./sources.ts";

interface Import {
  source: Source;
  place: string;
  specifier: string;
}

const files = sources();
const imports = files.flatMap(importsOf);
const roomOf = (name: string) => (name.includes("/") ? name.slice(0, name.indexOf("/")) : "");
const problemsOf = (judge: (found: Import) => string | undefined) =>
  imports.flatMap((found) => {
    const problem = judge(found);
    return problem === undefined ? [] : [`${found.place}: "${found.specifier}" ${problem}`];
  });

describe("rooms", () => {
  it("are all in the order", () => {
    const unknown = files.filter(({ name }) => roomOf(name) !== "" && !levelOf.has(roomOf(name)));
    expect(unknown.map(({ name }) => name)).toEqual([]);
  });

  it("each export something from their index.ts", () => {
    const rooms = new Set(files.map(({ name }) => roomOf(name)).filter((room) => room !== "" && room !== "cli"));
    const empty = [...rooms].filter((room) => {
      const index = files.find(({ name }) => name === `${room}/index.ts`);
      return !index?.tree.statements.some(
        (statement) =>
          ts.isExportDeclaration(statement) && (statement.moduleSpecifier !== undefined || !isEmptyExport(statement)),
      );
    });
    expect(empty).toEqual([]);
  });
});

describe("relative imports", () => {
  it("name an existing TypeScript file of src/", () => {
    const problems = problemsOf(({ source, specifier }) => {
      if (!specifier.startsWith(".")) return undefined;
      if (!/\.tsx?$/.test(specifier)) return "has no .ts ending";
      const target = join(dirname(source.path), specifier);
      return existsSync(target) && target.startsWith(join(root, "src")) ? undefined : "is not a file of src/";
    });
    expect(problems).toEqual([]);
  });

  it("reach another room only through its index.ts, and only a lower one", () => {
    const problems = problemsOf(({ source, specifier }) => {
      if (!specifier.startsWith(".")) return undefined;
      const target = posix.join(posix.dirname(source.name), specifier);
      const [from, to] = [roomOf(source.name), roomOf(target)];
      if (from === to) return undefined;
      if (target !== `${to}/index.ts`) return `reaches inside ${to === "" ? "src/" : to}`;
      if (from === "") return to === "cli" || to === "server" ? "does not belong to the library" : undefined;
      const [fromLevel, toLevel] = [levelOf.get(from) ?? -1, levelOf.get(to) ?? Infinity];
      return toLevel < fromLevel || sameLevel.has(`${from} -> ${to}`) ? undefined : `is not below ${from}`;
    });
    expect(problems).toEqual([]);
  });
});

describe("packages", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const isNode = (specifier: string) => specifier.startsWith("node:") || builtinModules.includes(packageOf(specifier));

  it("are declared as dependencies", () => {
    const problems = problemsOf(({ specifier }) =>
      specifier.startsWith(".") || isNode(specifier) || packageOf(specifier) in dependencies
        ? undefined
        : "is not in package.json's dependencies",
    );
    expect(problems).toEqual([]);
  });

  it("of ONNX Runtime are imported by the engine only", () => {
    const problems = problemsOf(({ source, specifier }) =>
      specifier.startsWith("onnxruntime") && roomOf(source.name) !== runtimeRoom ? "is the engine's" : undefined,
    );
    expect(problems).toEqual([]);
  });

  it("of Node are imported, with their prefix, only where Node is meant", () => {
    const problems = problemsOf(({ source, specifier }) => {
      if (!isNode(specifier)) return undefined;
      if (!specifier.startsWith("node:")) return "lacks the node: prefix";
      return isInside(source.name, nodeFolders) ? undefined : "would not run in a browser";
    });
    expect(problems).toEqual([]);
  });
});

describe("globals", () => {
  it("of Node are used only where Node is meant", () => {
    const names = new Set(["process", "Buffer", "setImmediate", "require", "__dirname", "__filename"]);
    const problems = files
      .filter(({ name }) => !isInside(name, nodeFolders))
      .flatMap((source) => globalsOf(source, names).map((node) => `${placeOf(source, node)}: ${node.text}`));
    expect(problems).toEqual([]);
  });

  it("of the running process are the command's: no other room prints, reads arguments or exits", () => {
    const members = new Set(["argv", "exit", "exitCode", "stdout", "stderr", "stdin"]);
    const problems = files
      .filter(({ name }) => !isInside(name, processFolders))
      .flatMap((source) =>
        globalsOf(source, new Set(["process"]))
          .map((node) => node.parent)
          .filter((parent) => ts.isPropertyAccessExpression(parent) && members.has(parent.name.text))
          .map((parent) => `${placeOf(source, parent)}: ${parent.getText(source.tree)}`),
      );
    expect(problems).toEqual([]);
  });
});

function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(source.tree, (node) => {
    let specifier: ts.Node | undefined;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      specifier = node.arguments[0];
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) specifier = node.argument.literal;
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    found.push({ source, place: placeOf(source, node), specifier: specifier.text });
  });
  return found;
}

// Uses of a name as a value, not as a member's name; a file that declares the name itself means its own.
function globalsOf(source: Source, names: ReadonlySet<string>): ts.Identifier[] {
  const used: ts.Identifier[] = [];
  const declared = new Set<string>();
  walk(source.tree, (node) => {
    if (!ts.isIdentifier(node) || !names.has(node.text)) return;
    const { parent } = node;
    const isMember =
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isClassElement(parent);
    const isDeclaration =
      (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isFunctionDeclaration(parent)) &&
      parent.name === node;
    if (isDeclaration || ts.isImportSpecifier(parent)) declared.add(node.text);
    else if (!isMember) used.push(node);
  });
  return used.filter((node) => !declared.has(node.text));
}

function isEmptyExport(statement: ts.ExportDeclaration): boolean {
  const clause = statement.exportClause;
  return clause !== undefined && ts.isNamedExports(clause) && clause.elements.length === 0;
}
