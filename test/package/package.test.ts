// The package as users get it: packed, unpacked into an empty folder, types checked, the README's example run.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("works from its tarball, and the README's library example runs", () => {
  const script = join(import.meta.dirname, "..", "..", "scripts", "check-package.mjs");
  const output = execFileSync(process.execPath, [script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  expect(output).toMatch(/^biobert \d+\.\d+\.\d+: packed, installed, and the README's example runs$/m);
});
