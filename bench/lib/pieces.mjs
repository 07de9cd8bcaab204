// A benchmark of many pieces, such as one a shape: each has a result file of its own, and a run that was cut short goes on
// where it was, as long as the sources are the same.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./build.mjs";
import { BenchmarkError, common } from "./options.mjs";
import { beforeStart, commandLine, writeResults } from "./result.mjs";
import { stopSides } from "./side.mjs";
import { inTemporaryFolder } from "./training.mjs";

export const pieceOptions = {
  shape: { value: "SHAPE", multiple: true, help: "MODEL-ROWSxCOLUMNS; again for another; default: all that count" },
  again: { help: "measure pieces again that this commit has results of" },
  rounds: { ...common.rounds, default: "7" },
  threads: common.threads,
  out: { value: "DIR", default: path.join("bench", "results"), help: "a result file for each shape goes there" },
};

/**
 * Runs the pieces of `benchmark` that have no result of this commit yet. A piece that fails is told of, and the others run.
 * @param pieces {id, ...}
 * @param work measures a piece in a folder of its own and gives {comparisons, inputs}
 */
export async function runPieces(benchmark, pieces, { out, again }, work) {
  const failed = [];
  for (const [index, piece] of pieces.entries()) {
    const name = `${benchmark}-${piece.id}`;
    const file = path.join(path.resolve(root, out), `${name}.json`);
    const before = beforeStart();
    const place = `${name} (${index + 1} of ${pieces.length})`;
    if (!again && isMeasured(file, before.commit)) {
      process.stderr.write(`${place}: there already\n`);
      continue;
    }
    process.stderr.write(`${place}\n`);
    const started = performance.now();
    try {
      const { comparisons, inputs } = await inTemporaryFolder((folder) => work(piece, folder));
      writeResults(name, comparisons, { out: file, before, inputs, command: pieceCommand(benchmark, piece) });
      const minutes = ((performance.now() - started) / 60_000).toFixed(1);
      process.stderr.write(`${place}: ${minutes} minutes\n`);
    } catch (error) {
      if (!(error instanceof BenchmarkError)) throw error;
      stopSides();
      process.stderr.write(`${place} failed: ${error.message.trimEnd()}\n`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new BenchmarkError(`not measured: ${failed.join(", ")}`);
}

function isMeasured(file, commit) {
  if (!existsSync(file)) return false;
  const [first] = JSON.parse(readFileSync(file, "utf8"));
  return commit !== "unknown" && first?.commit === commit;
}

/** The command that measures one piece again: this one's, with that piece in the place of all. */
function pieceCommand(benchmark, { id }) {
  const args = process.argv.slice(2);
  const others = args.filter((word, i) => {
    const isOf = (name) =>
      word === name || word.startsWith(`${name}=`) || (args[i - 1] === name && !word.startsWith("--"));
    return word !== "--again" && !isOf("--shape") && !isOf("--out");
  });
  return commandLine(benchmark, ["--shape", id, ...others]);
}
