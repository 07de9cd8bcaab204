// Where this package is installed: models and benchmark results live beside the code that runs.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BiobertError } from "../../core/index.ts";

/** The nearest folder above this file whose package.json is this package's. Errors: `internal` when there is none. */
export function findPackageRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && readManifest(manifest).name === "biobert") return folder;
    if (folder === dirname(folder)) {
      throw new BiobertError({
        code: "internal",
        message: `No package.json of biobert above ${from}`,
        hint: "The installation is incomplete: install the package again.",
      });
    }
  }
}

function readManifest(path: string): { name?: string } {
  return JSON.parse(readFileSync(path, "utf8")) as { name?: string };
}
