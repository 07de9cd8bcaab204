// PyTorch checkpoints (`pytorch_model.bin`): the zip archive of torch 1.6 and later, and the older stream of pickles with the
// storages behind. Read by place and never run: see `pickle.ts` for how.

import { type ByteSource, readExactly } from "../byte-source.ts";
import { crc32 } from "../checksum.ts";
import { damagedModel, unsafeModel, unsupportedModel } from "../damage.ts";
import { readType, storedBytes } from "../elements.ts";
import type { TensorInfo, TensorSource } from "../tensor-source.ts";
import { PickleCut, readPickle, type PickleHandlers, type PickleValue } from "./pickle.ts";
import { extentOf, materialise, type Storage, StridedTensor, torchHandlers } from "./storages.ts";
import {
  locateZipEntry,
  readZipDirectory,
  readZipEntry,
  requireChecksum,
  verifyZipEntry,
  type ZipEntry,
} from "./zip.ts";

/** A state dictionary's pickle takes some hundred bytes a tensor. */
const MAX_PICKLE_BYTES = 1 << 26;

/** `0x1950a86a20f9469cfc6c`, pickled: how files of PyTorch before 1.6 begin. */
export const LEGACY_START = Uint8Array.of(
  0x80,
  0x02,
  0x8a,
  0x0a,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
  0x2e,
);

/**
 * Opens what `torch.save(model.state_dict())` wrote since PyTorch 1.6.
 * @throws BiobertError `model-unsafe` for a pickle that names anything but tensors; `model-damaged`; `unsupported`.
 */
export async function openTorchZip(source: ByteSource): Promise<TensorSource> {
  const file = source.name;
  const entries = await readZipDirectory(source);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw unsupportedModel(
      file,
      "the zip archive holds no PyTorch weights",
      undefined,
      "A checkpoint of torch.save has one data.pkl.",
    );
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  if (entries.has(`${root}constants.pkl`))
    throw unsupportedModel(
      file,
      "this is a TorchScript archive",
      undefined,
      "Save the model's state_dict() with torch.save.",
    );
  const order = entries.get(`${root}byteorder`);
  if (order !== undefined) {
    const text = order.size > 64 ? "no known" : String.fromCharCode(...(await readZipEntry(source, order)));
    if (text !== "little") throw unsupportedModel(file, `its numbers are ${JSON.stringify(text)}-endian`);
  }
  const pickle = entries.get(pickles[0]!)!;
  requirePickleSize(file, pickle.size);
  const bytes = await readZipEntry(source, pickle);
  const storages = new Map<string, Storage>();
  let value: PickleValue;
  try {
    value = readPickle(bytes, torchHandlers(file, storages), file).value;
  } catch (error) {
    throw error instanceof PickleCut ? damagedModel(file, "its pickle is cut off") : error;
  }
  const places = new Map<string, ZipEntry>();
  for (const storage of storages.values()) {
    const entry = entries.get(`${root}data/${storage.key}`);
    const needed = storage.length * storedBytes(storage.type);
    if (entry === undefined) throw damagedModel(file, "the zip archive lacks this storage", storage.key.slice(0, 100));
    if (entry.size !== needed)
      throw damagedModel(file, `the storage needs ${needed} bytes, the zip archive has ${entry.size}`, storage.key);
    places.set(storage.key, entry);
  }
  /** Storages whose checksum was found right. */
  const verified = new Set<string>();
  return tensorSource(file, value, async (tensor, name) => {
    const entry = places.get(tensor.storage.key)!;
    const start = await locateZipEntry(source, entry);
    const [from, length] = byteRange(tensor);
    if (length < entry.size && !verified.has(entry.name)) await verifyZipEntry(source, entry, start);
    const view = await readExactly(source, start + from, length, name);
    if (length === entry.size && !verified.has(entry.name)) requireChecksum(source, entry, crc32(view));
    verified.add(entry.name);
    return view;
  });
}

/**
 * Opens what PyTorch before 1.6 wrote: magic number, protocol version, machine, objects and storage keys as pickles, then the
 * storages, each after its length. The format has no checksums. Errors as `openTorchZip`.
 */
export async function openTorchLegacy(source: ByteSource): Promise<TensorSource> {
  const file = source.name;
  const storages = new Map<string, Storage>();
  const handlers = torchHandlers(file, storages);
  const stream = new PickleStream(source, handlers);
  const [magic, version, machine, value, keys] = await stream.readAll(5);
  if (magic !== 0x1950a86a20f9469cfc6cn || version !== 1001)
    throw damagedModel(file, "it does not begin as PyTorch's format before 1.6 does");
  if (machine instanceof Map && machine.get("little_endian") === false)
    throw unsupportedModel(file, "its numbers are big-endian");
  if (!Array.isArray(keys) || keys.length !== storages.size || new Set(keys).size !== keys.length) {
    throw damagedModel(file, "its list of storages is not that of its tensors");
  }
  const starts = new Map<string, number>();
  let at = stream.end;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined) throw damagedModel(file, "its list of storages is not that of its tensors");
    const head = await readExactly(source, at, 8, `storage ${storage.key}`);
    const length = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (length !== BigInt(storage.length))
      throw damagedModel(file, `the storage has ${length} elements, its tensors say ${storage.length}`, storage.key);
    starts.set(storage.key, at + 8);
    at += 8 + storage.length * storedBytes(storage.type);
  }
  if (at !== source.size) throw damagedModel(file, `its storages end at byte ${at}, the file at byte ${source.size}`);
  return tensorSource(file, value!, async (tensor, name) => {
    const [from, length] = byteRange(tensor);
    return readExactly(source, starts.get(tensor.storage.key)! + from, length, name);
  });
}

/** Pickles one after another whose lengths are not known before they are read. */
class PickleStream {
  end = 0;
  private bytes: Uint8Array = new Uint8Array();

  constructor(
    private readonly source: ByteSource,
    private readonly handlers: PickleHandlers,
  ) {}

  async readAll(count: number): Promise<PickleValue[]> {
    const { source } = this;
    const values: PickleValue[] = [];
    let window = 1 << 20;
    while (values.length < count) {
      if (this.bytes.length === 0) this.bytes = await source.read(0, Math.min(source.size, window));
      try {
        const { value, end } = readPickle(this.bytes, this.handlers, source.name, this.end);
        values.push(value);
        this.end = end;
      } catch (error) {
        if (!(error instanceof PickleCut)) throw error;
        if (this.bytes.length === source.size) throw damagedModel(source.name, "its pickle is cut off");
        window *= 4;
        requirePickleSize(source.name, window);
        this.bytes = new Uint8Array();
      }
    }
    return values;
  }
}

function requirePickleSize(file: string, bytes: number): void {
  if (bytes > MAX_PICKLE_BYTES)
    throw unsafeModel(file, `its pickle takes more than ${MAX_PICKLE_BYTES} bytes, which no names of tensors do`);
}

/** Offset and length in bytes, inside its storage, of what a tensor touches. */
function byteRange(tensor: StridedTensor): [number, number] {
  const width = storedBytes(tensor.storage.type);
  const [from, end] = extentOf(tensor);
  return [from * width, (end - from) * width];
}

function tensorSource(
  file: string,
  value: PickleValue,
  bytesOf: (tensor: StridedTensor, name: string) => Promise<Uint8Array>,
): TensorSource {
  if (!(value instanceof Map))
    throw unsupportedModel(file, "it holds no dictionary of tensors", undefined, "Save the model's state_dict().");
  const tensors = new Map<string, StridedTensor>();
  for (const [name, item] of value)
    if (typeof name === "string" && item instanceof StridedTensor) tensors.set(name, item);
  if (tensors.size === 0) {
    const keys = [...value.keys()].slice(0, 10).map((key) => String(key).slice(0, 60));
    throw unsupportedModel(
      file,
      `its dictionary holds no tensors, but: ${keys.join(", ")}`,
      undefined,
      "Save the model's state_dict() alone.",
    );
  }
  return {
    format: "torch",
    file,
    metadata: {},
    tensors: new Map(
      [...tensors].map(([name, { storage, dims }]): [string, TensorInfo] => [
        name,
        { dtype: readType(storage.type), dims },
      ]),
    ),
    async read(name) {
      const tensor = tensors.get(name)!;
      return materialise(tensor, await bytesOf(tensor, name));
    },
  };
}
