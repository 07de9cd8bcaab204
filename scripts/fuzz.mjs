// `npm run fuzz [-- INPUTS [SEED]]`: damaged model files by the thousand, INPUTS for each target (default 20,000; archives a
// tenth of that). Fails on a crash, a hang or a silent wrong result and names the input, which SEED makes again.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { root } from "./ensure.mjs";

const [inputs = "20000", seed = "1"] = process.argv.slice(2);
if (![inputs, seed].every((value) => /^\d+$/.test(value))) {
  process.stderr.write("Usage: npm run fuzz [-- INPUTS [SEED]]\n");
  process.exit(2);
}
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const { status } = spawnSync(process.execPath, [vitest, "run", "test/fuzz"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, BIOBERT_FUZZ_INPUTS: inputs, BIOBERT_FUZZ_SEED: seed },
});
process.exitCode = status ?? 1;
