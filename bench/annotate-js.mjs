// Benchmark `annotate-js`: raw abstracts to entities, against transformers.js on our exported model, each precision against
// the same. transformers.js gives neither offsets nor whole words; our side does that work too.
import { existsSync } from "node:fs";
import path from "node:path";
import {
  annotationLine,
  ourAnnotation,
  measureSides,
  prepareAnnotation,
  readAnnotationOptions,
  tuned,
} from "./lib/annotation.mjs";
import { buildSides, root } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError } from "./lib/options.mjs";
import { beforeStart, writeResults } from "./lib/result.mjs";
import { startSide } from "./lib/side.mjs";
import { inTemporaryFolder } from "./lib/training.mjs";

const ABOUT =
  "Annotating abstracts from raw text beside transformers.js on the exported model, ONNX Runtime in both.\nInstall the peer outside the project: npm install --prefix DIR --ignore-scripts @huggingface/transformers@4";
const OPTIONS = {
  peers: { value: "DIR", required: true, help: "folder whose node_modules hold @huggingface/transformers" },
};
const BAR = 1.2;
const DTYPES = { fp32: "fp32", int8: "q8" };

await runMain(async () => {
  const values = readAnnotationOptions(ABOUT, OPTIONS);
  if (values === undefined) return;
  const { threads, documents, sample } = values;
  const peers = path.resolve(values.peers);
  if (!existsSync(path.join(peers, "node_modules", "@huggingface", "transformers"))) {
    throw new BenchmarkError(`${peers} has no @huggingface/transformers. See --help.`);
  }
  const before = beforeStart();
  buildSides();
  await inTemporaryFolder(async (folder) => {
    const prepared = await prepareAnnotation(folder, values);
    const script = path.join(root, "bench", "peers", "transformers-js.mjs");
    const sides = [];
    for (const [precision, dtype] of Object.entries(DTYPES)) {
      const side = startSide(`transformers.js ${dtype}`, process.execPath, [script]);
      const reply = await side.ask("setup", { peers, folder, texts: prepared.texts, threads, dtype });
      sides.push(await ourAnnotation(prepared, threads, precision));
      sides.push(await tuned({ side, precision, ...reply }, sample));
      sides.push(await ourAnnotation(prepared, threads, precision, "document"));
    }
    const [fp32, theirFp32, wholeFp32, int8, theirInt8, wholeInt8] = await measureSides(sides, values);
    const line = (ours, peer, bar) => annotationLine(values, ours, peer, bar);
    const lines = [
      line(fp32, theirFp32, BAR),
      line(int8, theirInt8, BAR),
      line(wholeFp32, theirFp32),
      line(wholeInt8, theirInt8),
    ];
    writeResults("annotate-js", lines, { out: values.out, before, inputs: { documents, sample } });
  });
});
