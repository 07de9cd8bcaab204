// What a torch pickle means: storages by persistent id, tensors as strided views of them (torch/_utils.py,
// `_rebuild_tensor_v2` and its kin). Anything else that a pickle names is refused by its name.

import { damagedModel, unsafeModel, unsupportedModel } from "../damage.ts";
import { decodeElements, readType, storedBytes, type StoredType } from "../elements.ts";
import type { HostTensor } from "../../tensor/index.ts";
import { arrayFor, elementCount } from "../../tensor/index.ts";
import { PickleGlobal, type PickleHandlers, type PickleValue } from "./pickle.ts";

/** A run of elements in the file, named by its key. */
export class Storage {
  constructor(
    readonly key: string,
    readonly type: StoredType,
    /** Elements. */
    readonly length: number,
  ) {}
}

/** A strided view of a storage; offset and strides count elements. */
export class StridedTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const TYPES: Record<string, StoredType> = {
  Float: "float32",
  Half: "float16",
  BFloat16: "bfloat16",
  Double: "float64",
  Long: "int64",
  Int: "int32",
  Short: "int16",
  Char: "int8",
  Byte: "uint8",
  Bool: "bool",
};

/** `torch.float32` and so on: what an untyped storage's elements are. */
const DTYPES = new Map<string, StoredType>([
  ...Object.values(TYPES).map((type): [string, StoredType] => [`torch.${type}`, type]),
  ["torch.uint32", "uint32"],
]);

const REBUILD = new Set([
  "torch._utils._rebuild_tensor",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_tensor_v3",
  "torch._utils._rebuild_parameter",
  "torch._utils._rebuild_parameter_with_state",
]);
const DICTIONARIES = new Set(["collections.OrderedDict"]);
const UNTYPED = new Set(["torch.storage.UntypedStorage", "torch.UntypedStorage"]);

function storageType({ path }: PickleGlobal): StoredType | undefined {
  const name = /^torch\.(?:cuda\.)?(\w+)Storage$/.exec(path)?.[1];
  return name !== undefined && Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
}

/** The handlers of a pickle reader for one file; `storages` collects the storages that it names. */
export function torchHandlers(file: string, storages: Map<string, Storage>): PickleHandlers {
  const damaged = (message: string): Error => damagedModel(file, message);
  return {
    global(global) {
      const known =
        REBUILD.has(global.path) ||
        DICTIONARIES.has(global.path) ||
        UNTYPED.has(global.path) ||
        DTYPES.has(global.path) ||
        storageType(global) !== undefined;
      if (known) return;
      if (/^torch\.\w+Storage$/.test(global.path))
        throw unsupportedModel(file, `tensors of ${global.path} are not supported`);
      throw unsafeModel(
        file,
        `the pickle asks for ${JSON.stringify(global.path.slice(0, 200))}, which no tensors need: in Python, loading it could run code`,
        undefined,
        "Save the model's state_dict() alone, or take a safetensors file.",
      );
    },
    call(global, args) {
      if (DICTIONARIES.has(global.path)) return dictionaryOf(args, damaged);
      if (global.path.startsWith("torch._utils._rebuild_parameter")) {
        if (!(args[0] instanceof StridedTensor)) throw damaged("its pickle makes a parameter of what is no tensor");
        return args[0];
      }
      if (REBUILD.has(global.path)) return rebuildTensor(args, global.path.endsWith("_v3"), damaged);
      throw damaged(`its pickle calls ${global.path}, which is no function`);
    },
    persistent(id) {
      const storage = storageOf(id, damaged);
      const earlier = storages.get(storage.key);
      if (earlier === undefined) storages.set(storage.key, storage);
      else if (earlier.type !== storage.type || earlier.length !== storage.length) {
        throw damaged(`its pickle describes storage ${JSON.stringify(storage.key)} in two ways`);
      }
      return earlier ?? storage;
    },
  };
}

function dictionaryOf(args: PickleValue[], damaged: (message: string) => Error): PickleValue {
  const map = new Map<PickleValue, PickleValue>();
  const [pairs] = args;
  if (pairs === undefined) return map;
  if (!Array.isArray(pairs)) throw damaged("its pickle makes a dictionary of what is no list");
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || map.has(pair[0]!))
      throw damaged("its pickle makes a dictionary of what are no pairs");
    map.set(pair[0]!, pair[1]!);
  }
  return map;
}

/** ("storage", type, key, device, elements), and in old files a sixth: a view of another storage. */
function storageOf(id: PickleValue, damaged: (message: string) => Error): Storage {
  if (!Array.isArray(id) || id[0] !== "storage") throw damaged("its pickle refers to what is no storage");
  const [, type, key, , length, view] = id;
  if (!(type instanceof PickleGlobal) || typeof key !== "string" || !isCount(length))
    throw damaged("its pickle describes a storage wrongly");
  if (view !== undefined && view !== null)
    throw damaged("its pickle has a storage that is a view of another, as only PyTorch before 0.4 wrote");
  return new Storage(key, storageType(type) ?? "uint8", length);
}

function rebuildTensor(args: PickleValue[], untyped: boolean, damaged: (message: string) => Error): StridedTensor {
  let [storage] = args;
  const [, offset, dims, strides] = args;
  if (
    !(storage instanceof Storage) ||
    !isCount(offset) ||
    !isCounts(dims) ||
    !isCounts(strides) ||
    dims.length !== strides.length ||
    dims.length > 64
  ) {
    throw damaged("its pickle describes a tensor wrongly");
  }
  if (untyped) {
    const dtype = args[6];
    const type = dtype instanceof PickleGlobal ? DTYPES.get(dtype.path) : undefined;
    if (type === undefined || storage.length % storedBytes(type) !== 0)
      throw damaged("its pickle describes an untyped tensor wrongly");
    storage = new Storage(storage.key, type, storage.length / storedBytes(type));
  }
  const { length, key } = storage as Storage;
  const last = dims.reduce((sum, dim, i) => sum + (dim - 1) * strides[i]!, offset);
  const empty = dims.includes(0);
  if (!empty && !(last < length)) {
    throw damaged(
      `a tensor [${dims.join(", ")}] reaches beyond the ${length} elements of its storage ${JSON.stringify(key.slice(0, 40))}`,
    );
  }
  // A stride of 0 repeats elements: a few bytes would stand for any amount of memory.
  if (!empty && elementCount(dims) > length)
    throw damaged(`a tensor [${dims.join(", ")}] repeats the ${length} elements of its storage`);
  return new StridedTensor(storage as Storage, offset, dims, strides);
}

/** Whether elements lie in the file as they are read, one after another. */
export function isContiguous({ dims, strides }: StridedTensor): boolean {
  let expected = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    if (dims[i] !== 1 && strides[i] !== expected) return false;
    expected *= dims[i]!;
  }
  return true;
}

/** The first and one past the last element of its storage that a tensor touches. */
export function extentOf({ dims, strides, offset }: StridedTensor): [number, number] {
  if (dims.includes(0)) return [offset, offset];
  return [offset, dims.reduce((sum, dim, i) => sum + (dim - 1) * strides[i]!, offset) + 1];
}

/** The tensor out of the bytes of its extent. */
export function materialise(tensor: StridedTensor, bytes: Uint8Array): HostTensor {
  const { type } = tensor.storage;
  const dtype = readType(type);
  const stored = decodeElements(type, bytes);
  if (isContiguous(tensor)) return { dtype, dims: tensor.dims, data: stored };
  const { dims, strides } = tensor;
  const data = arrayFor(dtype, elementCount(dims));
  const index = dims.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = stored[from]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      from -= dims[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, dims, data };
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
