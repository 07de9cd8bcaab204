// Benchmark `annotate`: raw abstracts to entities with offsets, in fp32 and int8, against the transformers pipeline in fp32
// with the best of its batch sizes.
import {
  annotationLine,
  ourAnnotation,
  measureSides,
  prepareAnnotation,
  readAnnotationOptions,
  tuned,
} from "./lib/annotation.mjs";
import { buildSides } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { pythonOption } from "./lib/options.mjs";
import { beforeStart, writeResults } from "./lib/result.mjs";
import { pythonSide } from "./lib/side.mjs";
import { inTemporaryFolder } from "./lib/training.mjs";

const ABOUT =
  'Annotating abstracts from raw text beside transformers\' pipeline("token-classification", aggregation_strategy="first").\nLoading a model is not counted and kept apart.';
const BARS = { fp32: 2, int8: 3.5 };

await runMain(async () => {
  const values = readAnnotationOptions(ABOUT, pythonOption);
  if (values === undefined) return;
  const { threads, documents, sample } = values;
  const before = beforeStart();
  buildSides();
  await inTemporaryFolder(async (folder) => {
    const prepared = await prepareAnnotation(folder, values);
    const peer = pythonSide("transformers pipeline", values.python, "bench_annotation.py", threads);
    const { model, texts } = prepared;
    const pipeline = { side: peer, precision: "fp32", ...(await peer.ask("setup", { model, texts, threads })) };
    const sides = [
      await ourAnnotation(prepared, threads, "fp32"),
      await tuned(pipeline, sample),
      await ourAnnotation(prepared, threads, "int8"),
      await ourAnnotation(prepared, threads, "fp32", "document"),
    ];
    const [fp32, theirs, int8, whole] = await measureSides(sides, values);
    const line = (ours, bar) => annotationLine(values, ours, theirs, bar);
    writeResults("annotate", [line(fp32, BARS.fp32), line(int8, BARS.int8), line(whole)], {
      out: values.out,
      before,
      inputs: { documents, sample },
    });
  });
});
