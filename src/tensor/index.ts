export { allocateFloats, type KernelMemory } from "./memory.ts";
export {
  type DType,
  type HostArray,
  type HostTensor,
  arrayFor,
  bytesPerElement,
  elementCount,
  hostTensor,
} from "./tensor.ts";
export { halfBits, LARGEST_HALF, toHalves } from "./float16.ts";
