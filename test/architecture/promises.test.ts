// No promise is left alone: an expression that makes one is awaited, returned, kept, handled, or waved off with `void`.
// An unhandled rejection would end the process with a stack trace instead of an error with a code.
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root, walk } from "./sources.ts";

it("leaves no promise floating in src/, bench/ and examples/", () => {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    { ...config.config, include: ["src", "bench"] },
    ts.sys,
    root,
  );
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const floating: string[] = [];
  for (const file of program.getSourceFiles()) {
    if (!fileNames.includes(file.fileName)) continue;
    walk(file, (node) => {
      if (!ts.isExpressionStatement(node) || isHandled(node.expression)) return;
      if (!isThenable(checker, node.expression)) return;
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      floating.push(`${file.fileName.slice(root.length + 1)}:${line + 1}: ${node.getText(file).split("\n")[0]}`);
    });
  }
  expect(fileNames.length).toBeGreaterThan(0);
  expect(floating).toEqual([]);
});

// `promise.catch(handler)` and `promise.then(next, handler)` say what happens on failure; an assignment keeps the promise.
function isHandled(expression: ts.Expression): boolean {
  if (ts.isBinaryExpression(expression)) return true;
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  const method = expression.expression.name.text;
  return (
    (method === "catch" && expression.arguments.length > 0) || (method === "then" && expression.arguments.length > 1)
  );
}

function isThenable(checker: ts.TypeChecker, expression: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(expression);
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => part.getProperty("then") !== undefined);
}
