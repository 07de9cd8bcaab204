// Debian's Chromium for tests of pages, through playwright-core; `BIOBERT_CHROMIUM` names another one.

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The browser's program, or undefined where none is installed. */
export function chromiumProgram(): string | undefined {
  const named = process.env["BIOBERT_CHROMIUM"];
  return [named, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (program) => program !== undefined && program !== "" && existsSync(program),
  );
}

/** Starts it without a sandbox (tests run as root in containers) and without traffic of its own. */
export function startChromium(program: string): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    args: [
      "--no-sandbox",
      "--headless",
      "--disable-gpu",
      "--disable-background-networking",
      "--no-first-run",
      "--disable-dev-shm-usage",
    ],
  });
}
