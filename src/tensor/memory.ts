// Where large flat buffers lie. Inside one WebAssembly memory, kernels work on them in place and ONNX Runtime reads and
// fills them all the same (tried on Node 20, 22 and 24; it refuses shared memory on 20). Such a memory ends at 4 GiB:
// what does not fit is plain memory, and kernels copy it through a scratch area piece by piece, to the same bits.

/** Bytes of a page of WebAssembly memory. */
const PAGE = 65536;
const MOST_PAGES = 65536;
/** Buffers start at a cache line. */
const LINE = 64;

export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** The first `scratchBytes` of the memory belong to kernels; the buffers that lie in it come after. */
  readonly scratchBytes: number;
  /** One zeroed buffer for each length asked for. A page of it takes no memory before something is written there. */
  readonly buffers: readonly Float32Array[];
  /** Whether the buffers lie in `memory`, all of them, or none. */
  readonly inPlace: boolean;
}

/**
 * Memory for `lengths` buffers of single-precision numbers and a scratch area of `scratchBytes` (a multiple of 64):
 * in one WebAssembly memory where there is room for it and `inPlace` (default true) does not forbid it.
 */
export function allocateFloats(lengths: readonly number[], scratchBytes: number, inPlace = true): KernelMemory {
  const offsets: number[] = [];
  let bytes = scratchBytes;
  for (const length of lengths) {
    offsets.push(bytes);
    bytes += Math.ceil((4 * length) / LINE) * LINE;
  }
  const memory = inPlace ? tryMemory(bytes) : undefined;
  if (memory !== undefined) {
    const buffers = lengths.map((length, i) => new Float32Array(memory.buffer, offsets[i], length));
    return { memory, scratchBytes, buffers, inPlace: true };
  }
  return {
    memory: new WebAssembly.Memory(limitsFor(scratchBytes)),
    scratchBytes,
    buffers: lengths.map((length) => new Float32Array(length)),
    inPlace: false,
  };
}

function limitsFor(bytes: number): { initial: number; maximum: number } {
  const pages = Math.ceil(bytes / PAGE);
  return { initial: pages, maximum: pages };
}

/** Undefined where a memory cannot be that large, or the system does not give it. */
function tryMemory(bytes: number): WebAssembly.Memory | undefined {
  if (bytes > MOST_PAGES * PAGE) return undefined;
  try {
    return new WebAssembly.Memory(limitsFor(bytes));
  } catch {
    return undefined;
  }
}
