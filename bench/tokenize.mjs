// Benchmark `tokenize`: text to word pieces with offsets, one thread, against Python `tokenizers`: the first pass over unseen
// text in a new process, caches and compiled code cold, and later passes.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { buildSides, root, sideFile } from "./lib/build.mjs";
import { existingFile, readTextFile } from "./lib/files.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError, common, count, pythonOption, readOptions } from "./lib/options.mjs";
import { compare, beforeStart, summarise, writeResults } from "./lib/result.mjs";
import { runOnce } from "./lib/side.mjs";
import { inTemporaryFolder } from "./lib/training.mjs";

const ABOUT =
  "Tokenising abstracts with offsets, one thread, beside Python `tokenizers`, in a new process of each side every round.";
const TABLE = {
  vocab: { value: "FILE", required: true, help: "vocab.txt" },
  cased: { help: "the vocabulary is cased" },
  texts: { value: "FILE", required: true, help: 'JSON lines {"id", "text"}: see `bench run abstracts`' },
  documents: { value: "N", default: "2000", help: "how many of them, from the first" },
  passes: { value: "N", default: "5", help: "warm passes of a round; the best counts, on both sides" },
  rounds: { ...common.rounds, default: "5" },
  out: common.out,
  ...pythonOption,
};
const WORK = {
  coldSeconds: { title: "unseen text, caches cold", bar: 2 },
  seconds: { title: "warm", bar: 5 },
};

await runMain(async () => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const [documents, passes, rounds] = ["documents", "passes", "rounds"].map((name) => count(values, name));
  const before = beforeStart();
  buildSides();
  await inTemporaryFolder(async (folder) => {
    const texts = path.join(folder, "texts.txt");
    writeFileSync(texts, textLines(values.texts, documents));
    const settings = [path.resolve(values.vocab), values.cased ? "cased" : "uncased", texts, String(passes)];
    const peer = path.join(root, "reference", "tokenizer_speed.py");
    const { stdout } = await runOnce(values.python, ["-c", "import tokenizers; print(tokenizers.__version__)"]);
    const commands = [
      { name: "biobert", command: [process.execPath, sideFile("tokenizer")], versions: { node: process.version } },
      { name: "Python tokenizers", command: [values.python, peer], versions: { tokenizers: stdout.trim() } },
    ];
    const runs = commands.map(() => []);
    for (let round = 1; round <= rounds; round++) {
      for (const [i, { name, command }] of commands.entries()) {
        const { stdout: output, peakMemoryBytes } = await runOnce(command[0], [...command.slice(1), ...settings]);
        runs[i].push({ ...JSON.parse(output), peakMemoryBytes });
        const { coldSeconds, seconds } = runs[i].at(-1);
        const times = `cold ${coldSeconds.toFixed(3)} s, warm ${seconds.toFixed(3)} s`;
        process.stderr.write(`round ${round} of ${rounds}  ${name}: ${times}\n`);
      }
    }
    const [own, other] = runs.map(([{ pieces }]) => pieces);
    if (own !== other) throw new BenchmarkError(`the sides did not do the same work: ${own} and ${other} pieces`);
    const lines = Object.entries(WORK).map(([key, { title, bar }]) => {
      const [ours, theirs] = commands.map(({ name, versions }, i) =>
        summarise({
          name,
          precision: "exact",
          rounds: runs[i].map((run) => run[key]),
          peakMemoryBytes: Math.max(...runs[i].map((run) => run.peakMemoryBytes ?? 0)) || undefined,
          versions,
          details: { pieces: own, characters: runs[i][0].characters },
        }),
      );
      const work = `tokenising ${documents.toLocaleString("en")} abstracts with offsets, ${title}`;
      return compare({ work, unit: "s", threads: 1, ours, peer: theirs, bar });
    });
    writeResults("tokenize", lines, { out: values.out, before, inputs: { documents, passes } });
  });
});

// A text a line, as both sides read them.
function textLines(file, documents) {
  const lines = readTextFile(existingFile(file)).split("\n").filter(Boolean).slice(0, documents);
  if (lines.length < documents) throw new BenchmarkError(`${file} has ${lines.length} documents, not ${documents}`);
  return `${lines.map((line) => JSON.parse(line).text.replace(/\s+/g, " ")).join("\n")}\n`;
}
