// How the tests run: child processes (an ONNX Runtime run in flight must not be cut off by a dying worker thread),
// generous time limits (a slow, shared machine is no failure), and logs only from tests that fail.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The examples import the package by its name: here that is its source.
  resolve: { alias: [{ find: /^biobert$/, replacement: join(import.meta.dirname, "src", "index.ts") }] },
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: Math.max(1, Math.min(4, availableParallelism())),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    silent: "passed-only",
    sequence: { hooks: "list" },
  },
});
