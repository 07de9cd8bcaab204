// Which file of a model holds its weights, and opening it in whatever format it has. Both go by content; only where several
// files could be meant do the usual names decide.

import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { BiobertError } from "../core/index.ts";
import {
  type CheckpointKind,
  damagedModel,
  joinSources,
  openSafetensors,
  openTensorFlow,
  openTorchLegacy,
  openTorchZip,
  shardSuffix,
  type TensorSource,
  unsafeModel,
  unsupportedModel,
} from "../formats/index.ts";
import { archiveFiles } from "./archive.ts";
import { directoryFiles, type FileSet, kindOfFile, readSetJson } from "./file-set.ts";
import type { OpenSource } from "./file-source.ts";

/** In the order in which they are taken where a directory has several. */
const USUAL = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
];
/** What training keeps beside the model, to resume from: weights of no model. */
const TRAINING_STATE = "checkpoint.safetensors";
const WHOLE: readonly CheckpointKind[] = ["safetensors", "torch-zip", "torch-legacy", "tensorflow-index"];
const DATA_FILE = /\.data-\d{5}-of-\d{5}$/;
const MAX_INDEX_BYTES = 1 << 26;

/** A model as files: where to look, and the weights where a file was named. */
export interface LocatedModel {
  files: FileSet;
  /** Whether `files` are in an archive. */
  archive: boolean;
  weights: string | undefined;
}

/**
 * Finds out what a path names: a directory, an archive, a file of weights, or the prefix of a TensorFlow checkpoint.
 * @throws BiobertError `model-missing` for nothing that holds a model; those of `archiveFiles`.
 */
export async function locateModel(path: string): Promise<LocatedModel> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory()) return { files: await directoryFiles(path), archive: false, weights: undefined };
  const prefix = path.replace(DATA_FILE, "");
  const index = `${prefix}.index`;
  const hasIndex = (await stat(index).catch(() => undefined))?.isFile() === true;
  if (hasIndex && (entry === undefined || prefix !== path)) return locateModel(index);
  if (entry === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "there is no model here",
      place: { file: path },
      hint: "Give a directory with config.json, vocab.txt and weights, or a file of weights with the other two beside it.",
    });
  }
  const kind = await kindOfFile(path);
  if (kind === "gzip" || kind === "tar") return { files: await archiveFiles(path), archive: true, weights: undefined };
  if (kind === "git-lfs") throw lfsPointer(path);
  const files = await directoryFiles(dirname(path));
  const weights = basename(path);
  if (
    kind === undefined ||
    (kind === "json" && !("weight_map" in (await readSetJson(files, weights, MAX_INDEX_BYTES))))
  ) {
    throw new BiobertError({
      code: "model-missing",
      message: "this file holds no weights in a format known here",
      place: { file: path },
      hint: "Known are safetensors, PyTorch (torch.save), TensorFlow checkpoints (the .index file), and .tar.gz archives of these.",
    });
  }
  return { files, archive: false, weights };
}

/**
 * The file of a set that holds the weights or lists their files; undefined where there is none.
 * @throws BiobertError `model-missing` when several could be meant.
 */
export async function findWeights(files: FileSet): Promise<string | undefined> {
  const usual = USUAL.find((name) => files.names.includes(name));
  if (usual !== undefined) return usual;
  const found: string[] = [];
  for (const name of files.names) {
    if (name === TRAINING_STATE || DATA_FILE.test(name)) continue;
    if (WHOLE.includes(await files.kindOf(name)) || name.endsWith(".index.json")) found.push(name);
  }
  const indices = found.filter((name) => name.endsWith(".index.json"));
  if (indices.length === 1) return indices[0];
  if (found.length > 1) {
    throw new BiobertError({
      code: "model-missing",
      message: `there are several files of weights here: ${found.slice(0, 10).join(", ")}`,
      place: { file: files.path },
      hint: "Name the one that is meant instead of the directory.",
    });
  }
  return found[0];
}

/** The paths of all files whose bytes make the weights that this file holds or lists. An archive is one file. */
export async function weightFilesOf(files: FileSet, name: string): Promise<string[]> {
  const kind = await files.kindOf(name);
  if (kind === "tensorflow-index") {
    const prefix = name.replace(/\.index$/, "");
    const data = files.names.filter((each) => DATA_FILE.test(each) && each.replace(DATA_FILE, "") === prefix);
    return [name, ...data].map((file) => files.pathOf(file));
  }
  if (kind !== "json") return [files.pathOf(name)];
  const map = await readWeightMap(files, name);
  return [name, ...new Set(map.values())].map((file) => files.pathOf(file));
}

/**
 * Opens weights, hands them to `use`, and closes them. `path` is a file of weights, a list of such files or an archive.
 * @throws BiobertError `model-damaged`, `model-unsafe`, `unsupported`, `model-missing` for a part that is not there.
 */
export async function readWeights<T>(path: string, use: (weights: TensorSource) => Promise<T>): Promise<T> {
  const kind = await kindOfFile(path);
  const inArchive = kind === "gzip" || kind === "tar";
  const files = inArchive ? await archiveFiles(path) : await directoryFiles(dirname(path));
  const name = inArchive ? await findWeights(files) : basename(path);
  if (name === undefined)
    throw new BiobertError({ code: "model-missing", message: "there are no weights here", place: { file: path } });
  const opened: OpenSource[] = [];
  const open = async (part: string): Promise<OpenSource> => {
    const source = await openPart(files, name, part);
    opened.push(source);
    return source;
  };
  try {
    return await use(await openTensors(files, name, open));
  } finally {
    for (const source of opened) await source.close();
  }
}

async function openTensors(
  files: FileSet,
  name: string,
  open: (part: string) => Promise<OpenSource>,
): Promise<TensorSource> {
  const kind = await files.kindOf(name);
  switch (kind) {
    case "safetensors":
      return openSafetensors(await open(name));
    case "torch-zip":
      return openTorchZip(await open(name));
    case "torch-legacy":
      return openTorchLegacy(await open(name));
    case "tensorflow-index": {
      const prefix = name.replace(/\.index$/, "");
      return openTensorFlow(await open(name), (shard, count) => open(`${prefix}${shardSuffix(shard, count)}`));
    }
    case "json": {
      const map = await readWeightMap(files, name);
      const parts = new Map<string, TensorSource>();
      for (const part of new Set(map.values())) {
        if ((await kindOfPart(files, name, part)) === "json")
          throw damagedModel(files.pathOf(name), "it lists another list of files", part);
        parts.set(part, await openTensors(files, part, open));
      }
      for (const [tensor, part] of map) {
        if (!parts.get(part)!.tensors.has(tensor))
          throw damagedModel(files.pathOf(name), `${part} does not hold the tensor that the index puts there`, tensor);
      }
      return joinSources(files.pathOf(name), [...parts.values()]);
    }
    case "git-lfs":
      throw lfsPointer(files.pathOf(name));
    default:
      throw damagedModel(files.pathOf(name), "its content is no checkpoint in a format known here");
  }
}

/**
 * The names of the files that an index of shards lists.
 * @throws BiobertError `model-config`, `model-damaged`, `model-unsafe`, `unsupported`, and those of reading a file.
 */
export async function shardNames(path: string): Promise<string[]> {
  const map = await readWeightMap(await directoryFiles(dirname(path)), basename(path));
  return [...new Set(map.values())];
}

/** `weight_map` of an index: tensors and the files they are in. */
async function readWeightMap(files: FileSet, name: string): Promise<Map<string, string>> {
  const path = files.pathOf(name);
  const json = await readSetJson(files, name, MAX_INDEX_BYTES);
  const map = json["weight_map"];
  if (typeof map !== "object" || map === null || Object.keys(map).length === 0) {
    throw unsupportedModel(path, "it lists no weights", undefined, "An index of sharded weights has a weight_map.");
  }
  const entries = Object.entries(map);
  for (const [tensor, part] of entries) {
    if (typeof part !== "string") throw damagedModel(path, "its place is no file name", tensor);
    if (part === "" || /[/\\\0]|^\.\.?$|^[A-Za-z]:/.test(part))
      throw unsafeModel(
        path,
        `it places this tensor outside its folder: ${JSON.stringify(part.slice(0, 200))}`,
        tensor,
      );
  }
  return new Map(entries as [string, string][]);
}

function missingPart(files: FileSet, name: string, part: string): BiobertError {
  return new BiobertError({
    code: "model-missing",
    message: `${part} is not there, in which ${name} has weights`,
    place: { file: files.path },
    hint: "Copy or download all files of the checkpoint into one folder.",
  });
}

async function kindOfPart(files: FileSet, name: string, part: string): Promise<CheckpointKind> {
  if (!files.names.includes(part)) throw missingPart(files, name, part);
  return files.kindOf(part);
}

async function openPart(files: FileSet, name: string, part: string): Promise<OpenSource> {
  if (!files.names.includes(part)) throw missingPart(files, name, part);
  return files.open(part);
}

function lfsPointer(path: string): BiobertError {
  return new BiobertError({
    code: "model-missing",
    message: "this is a Git LFS pointer, not the file it stands for",
    place: { file: path },
    hint: "Run `git lfs pull` in its repository.",
  });
}
