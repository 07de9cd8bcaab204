// What the guides name of the library is exported, and the package has the guides that messages point to.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as library from "../../src/index.ts";
import { projectFiles, root } from "./sources.ts";

const folder = join(root, "docs", "guide");
const guides = readdirSync(folder).filter((name) => name.endsWith(".md"));

it("guides name no function of the library that is not exported", () => {
  const named = guides.flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const [, ...parts] = text.split(/^(?:## (?:In|From) the library$|In the library:)/m);
    return parts.flatMap((part) =>
      [...part.split(/^## /m)[0]!.matchAll(/`([a-z]+[A-Z]\w*)(?:\(|`)/g)].map(([, word]) => `${name}: ${word}`),
    );
  });
  expect(named.length).toBeGreaterThan(10);
  const others = [...named, "multiple-choice.md: conceptPrompt", "multiple-choice.md: scoreConcepts"];
  expect(others.filter((place) => !(place.split(": ")[1]! in library))).toEqual([]);
});

it("guides that messages point to are in the package", () => {
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
  const pointed = projectFiles()
    .filter((name) => name.startsWith("src/"))
    .flatMap((name) => [...readFileSync(join(root, name), "utf8").matchAll(/docs\/guide\/[\w-]+\.md/g)])
    .map(([path]) => path);
  expect(pointed.length).toBeGreaterThan(0);
  expect(pointed.filter((path) => !guides.includes(path.slice("docs/guide/".length)))).toEqual([]);
  expect(files).toContain("docs/guide");
});
