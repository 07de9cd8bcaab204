// What may lie in the repository: nothing that only holds on one machine, nothing large outside models/.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectFiles, root } from "./sources.ts";

const largest = 1_000_000;

// Put together from pieces, so that this file does not hold what it looks for.
const before = "(?:^|[\\s\"'`(=:,])";
const forbidden: Record<string, RegExp> = {
  "a home folder of one machine": new RegExp(
    `${before}/(?:${["ro" + "ot", "home/[a-z]", "Users/[A-Za-z]"].join("|")})/`,
    "m",
  ),
  "a working folder of one machine": new RegExp(`${before}/${"wo" + "rk"}/`, "m"),
  "a folder beside the project": new RegExp(`${"\\.\\./sha" + "red"}/|/${"sha" + "red"}/(?:data|design)`),
  "a package registry's host": new RegExp(
    ["registry\\.npm", "js\\.org|files\\.python", "hosted\\.org|registry\\.yarn", "pkg\\.com"].join(""),
  ),
};

const files = projectFiles();

it("has no file over 1 MB outside models/", () => {
  const large = files.filter((name) => !name.startsWith("models/") && statSync(join(root, name)).size > largest);
  expect(large).toEqual([]);
});

it("names no path of one machine and no package registry", () => {
  const found = files.flatMap((name) => {
    const bytes = readFileSync(join(root, name));
    if (bytes.includes(0)) return [];
    const text = bytes.toString();
    return Object.entries(forbidden).flatMap(([what, pattern]) => {
      const match = pattern.exec(text);
      return match === null ? [] : [`${name}:${text.slice(0, match.index).split("\n").length}: ${what}`];
    });
  });
  expect(files.length).toBeGreaterThan(0);
  expect(found).toEqual([]);
});

it("recognises what it forbids", () => {
  const samples = ["/" + "root/x", "'/" + "work/main'", "../" + "shared/data", "https://registry.npm" + "js.org/zod"];
  const unseen = samples.filter((sample) => !Object.values(forbidden).some((pattern) => pattern.test(sample)));
  expect(unseen).toEqual([]);
});
