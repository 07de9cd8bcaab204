// `node scripts/licences.mjs` writes docs/licences.md: the licence of every package that a user of biobert installs.
// `--check` compares instead. Fails on a licence that is not known to be permissive.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./ensure.mjs";

const permissive = new Set([
  "Apache-2.0",
  "MIT",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "(Apache-2.0 AND BSD-3-Clause)",
  "(MIT OR CC0-1.0)",
  "Unlicense",
]);
const page = path.join(root, "docs", "licences.md");

const packages = runtimePackages();
const refused = packages.filter(({ licence }) => !permissive.has(licence));
const text = pageOf(packages);
if (refused.length > 0) {
  fail(`Not known to be permissive: ${refused.map(({ name, licence }) => `${name} (${licence})`).join(", ")}`);
} else if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
  process.stdout.write(`docs/licences.md: ${packages.length} packages\n`);
} else if (readFileSync(page, "utf8") === text) {
  process.stdout.write("docs/licences.md is in step\n");
} else {
  fail("docs/licences.md is out of step: run `node scripts/licences.mjs`");
}

function runtimePackages() {
  const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  const entries = Object.entries(lock.packages).filter(([place, entry]) => place !== "" && !entry.dev);
  return entries
    .map(([place]) => {
      const manifest = JSON.parse(readFileSync(path.join(root, place, "package.json"), "utf8"));
      return { name: manifest.name, version: manifest.version, licence: manifest.license, home: homeOf(manifest) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function homeOf({ homepage, repository }) {
  const address = homepage ?? (typeof repository === "string" ? repository : repository?.url) ?? "";
  if (/^[\w.-]+\/[\w.-]+$/.test(address)) return `https://github.com/${address}`;
  return address
    .replace(/^git\+/, "")
    .replace(/^git:/, "https:")
    .replace(/\.git$|#readme$/, "");
}

function pageOf(entries) {
  const rows = entries.map(({ name, version, licence, home }) => `| ${name} | ${version} | ${licence} | ${home} |`);
  return [
    "# Licences of what biobert installs",
    "",
    "Every package that comes along with biobert, its own dependencies included. Written by",
    "`node scripts/licences.mjs`; the tests hold it in step with the lock file.",
    "",
    "| package | version | licence | home |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
