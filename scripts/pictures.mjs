// The pictures of the catalogue in docs/images, taken anew from the pages as they are: serves a catalogue in memory with the seed and
// the records of this clone, and photographs it in Chromium (BIOBERT_CHROMIUM names another one). Builds first where needed.
//   node scripts/pictures.mjs
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { root } from "./ensure.mjs";

const PICTURES = [
  ["leaderboard.png", "/benchmark/named-entity-recognition-ner-on-ncbi-disease", 1240],
  ["measured.png", "/measured", 1000],
];
const WIDTH = 1200;

const command = [path.join(root, "bin", "biobert.mjs"), "results", "serve", "--database", "memory:", "--port", "0", "--quiet"];
const server = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
const ended = once(server, "exit");
try {
  const lines = createInterface({ input: server.stdout });
  const address = await Promise.race([once(lines, "line").then(([line]) => line), ended.then(() => undefined)]);
  if (address === undefined) throw new Error("the catalogue did not start");
  const browser = await chromium.launch({
    executablePath: process.env.BIOBERT_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  try {
    for (const [name, page, height] of PICTURES) {
      const tab = await browser.newPage({ viewport: { width: WIDTH, height }, colorScheme: "light" });
      await tab.goto(`${address}${page}`);
      await tab.screenshot({ path: path.join(root, "docs", "images", name) });
      process.stdout.write(`docs/images/${name}\n`);
    }
  } finally {
    await browser.close();
  }
} finally {
  server.kill("SIGTERM");
  await ended;
}
