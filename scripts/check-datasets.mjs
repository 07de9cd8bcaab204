// Reads every data set that BIOBERT_DATA has and holds it to the registry: counts, and what test shares with training. It takes
// minutes and needs the corpora, so it is no part of npm test. Builds first where needed.
//   BIOBERT_DATA=/my/corpora node scripts/check-datasets.mjs [ID...]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../bin/biobert.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [command, "datasets", "check", "--overlap", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
