// Every file says what it is, every exported function says what it does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type Source, placeOf, projectFiles, root, sources } from "./sources.ts";

const files = sources();

describe("source files", () => {
  it("open with a comment that says what they are", () => {
    const bare = files.filter((source) => !isListOfExports(source) && !opensWithComment(source.tree.text));
    expect(bare.map(({ name }) => `src/${name}`)).toEqual([]);
  });

  it("of scripts and benchmarks do, too", () => {
    const bare = projectFiles()
      .filter((name) => /^(scripts|bench|bin)\/.*\.(ts|mjs)$/.test(name))
      .filter((name) => !opensWithComment(readFileSync(join(root, name), "utf8")));
    expect(bare).toEqual([]);
  });
});

describe("exported functions", () => {
  it("have a docstring", () => {
    const bare = files.flatMap((source) =>
      exportedFunctions(source)
        .filter(({ statement }) => !hasDocstring(source, statement))
        .map(({ statement, name }) => `${placeOf(source, statement)}: ${name}`),
    );
    expect(bare).toEqual([]);
  });
});

function opensWithComment(text: string): boolean {
  return /^(?:#!.*\n)?\s*(?:\/\/|\/\*)/.test(text);
}

// An index.ts that only passes things on is a table of contents and needs no other words.
function isListOfExports(source: Source): boolean {
  return source.name.endsWith("index.ts") && source.tree.statements.every(ts.isExportDeclaration);
}

interface FunctionPlace {
  statement: ts.Node;
  name: string;
}

function exportedFunctions(source: Source): FunctionPlace[] {
  const later = new Set(
    source.tree.statements.flatMap((statement) =>
      ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map((element) => (element.propertyName ?? element.name).text)
        : [],
    ),
  );
  return source.tree.statements.flatMap((statement): FunctionPlace[] => {
    const exported = ts.canHaveModifiers(statement)
      ? (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false;
    const isMeant = (name: string) => exported || later.has(name);
    if (ts.isFunctionDeclaration(statement)) {
      const name = statement.name?.text ?? "default";
      return isMeant(name) && !isSecondOverload(source, statement) ? [{ statement, name }] : [];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations
      .filter(
        ({ initializer }) => initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)),
      )
      .map(({ name }) => ({ statement, name: name.getText(source.tree) }))
      .filter(({ name }) => isMeant(name));
  });
}

// The first of several overloads carries the words for all.
function isSecondOverload(source: Source, declaration: ts.FunctionDeclaration): boolean {
  const first = source.tree.statements.find(
    (other) => ts.isFunctionDeclaration(other) && other.name?.text === declaration.name?.text,
  );
  return first !== declaration;
}

function hasDocstring(source: Source, statement: ts.Node): boolean {
  const comments = ts.getLeadingCommentRanges(source.tree.text, statement.getFullStart()) ?? [];
  return comments.some(({ pos, end }) => /^\/\*\*[\s*]*[^\s*/]/.test(source.tree.text.slice(pos, end)));
}
