// Our side of `annotate` and `annotate-js`: raw texts in, entities with offsets out.

import { readFileSync } from "node:fs";
import { engineVersion } from "../../src/engine/index.ts";
import {
  annotateAll,
  loadModel,
  type AnnotatedDocument,
  type InputDocument,
  type Model,
  type WindowMode,
} from "../../src/inference/index.ts";
import { serve, stopwatch, type Request } from "./serve.ts";

interface Settings extends Request {
  model: string;
  texts: string;
  threads: number;
  precision: "fp32" | "int8";
  windows: WindowMode;
}

let settings: Settings;
let model: Model;
let documents: InputDocument[];

async function setup(request: Request): Promise<unknown> {
  settings = request as Settings;
  documents = readFileSync(settings.texts, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as InputDocument);
  const started = performance.now();
  model = await loadModel(settings.model, { threads: settings.threads, precision: settings.precision });
  const loadSeconds = (performance.now() - started) / 1000;
  return { versions: { node: process.version, onnxruntime: engineVersion() }, loadSeconds };
}

async function round({ limit = documents.length }: Request): Promise<unknown> {
  const elapsed = stopwatch();
  const results: AnnotatedDocument[] = [];
  for await (const result of annotateAll(model, documents.slice(0, limit as number), { windows: settings.windows })) {
    results.push(result);
  }
  const times = elapsed();
  const sum = (count: (result: AnnotatedDocument) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    ...times,
    documents: results.length,
    entities: sum(({ entities }) => entities.length),
    pieces: sum(({ pieces }) => pieces),
    windows: sum(({ windows }) => windows),
  };
}

await serve({ setup, round });
