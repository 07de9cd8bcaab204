// Where a session runs: the processor, a GPU through WebGPU, or one of NVIDIA through CUDA. Before the first session on a GPU
// a sum of two numbers is run there: what is missing is said then, and by name, not in the midst of loading a model.

import * as ort from "onnxruntime-node";
import { BiobertError } from "../core/index.ts";
import { add, encodeOnnx, Graph, type OnnxTarget } from "../graph/index.ts";
import { isMainThread, whyCudaIsMissing } from "./node/cuda.ts";

/** The devices by the names that `--device` takes. */
export const DEVICES = ["cpu", "webgpu", "cuda"] as const;

export type Device = (typeof DEVICES)[number];

const WEBGPU_HINT =
  "ONNX Runtime's npm package has WebGPU, and needs a driver below it: Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS. On Debian and " +
  "Ubuntu: apt-get install libvulkan1 mesa-vulkan-drivers, or the Vulkan driver of the GPU's maker. Mesa 22.3, of Debian 12, is too old; 25.0, " +
  "of its backports, will do. Or take --device cpu.";

const checked = new Map<Device, Promise<void>>();

/**
 * Makes sure that a device can be used; looked at once a process.
 * @throws BiobertError `device-unavailable` saying what is missing and how to get it.
 */
export function requireDevice(device: Device): Promise<void> {
  if (device === "cpu") return Promise.resolve();
  let found = checked.get(device);
  if (found === undefined) {
    found = probe(device);
    checked.set(device, found);
  }
  return found;
}

async function probe(device: Exclude<Device, "cpu">): Promise<void> {
  if (device === "cuda") {
    const missing = whyCudaIsMissing();
    if (missing !== undefined) throw unavailable(device, missing.what, missing.hint);
  } else if (!isMainThread) {
    const hint =
      "ONNX Runtime 1.30 ends the whole process when a thread that began with WebGPU ends. Load the model on the main thread, or take the device cpu.";
    throw unavailable(device, "this is a worker thread", hint);
  }
  const graph = new Graph("probe");
  const x = graph.input("x", "float32", [2]);
  graph.output("sum", add(x, x));
  let sum: ArrayLike<unknown>;
  try {
    const session = await ort.InferenceSession.create(encodeOnnx(graph), {
      executionProviders: [device],
      logSeverityLevel: 4,
    });
    sum = (await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 2)) }))["sum"]!
      .data as ArrayLike<unknown>;
    await session.release();
  } catch (cause) {
    const said = String((cause as Error).message ?? cause).trim();
    if (device === "cuda") {
      const missing = whyCudaIsMissing(said)!;
      throw unavailable(device, missing.what, missing.hint, cause);
    }
    const what = /adapter/i.test(said) ? "no GPU is there that it can use: no driver, or one too old" : said;
    throw unavailable(device, what, WEBGPU_HINT, cause);
  }
  if (sum[0] !== 2 || sum[1] !== 4)
    throw unavailable(device, `it makes [${sum[0]}, ${sum[1]}] of [1, 2] + [1, 2]`, "Look for a newer driver.");
}

function unavailable(device: Device, what: string, hint: string, cause?: unknown): BiobertError {
  return new BiobertError({
    code: "device-unavailable",
    message: `the device ${device} cannot be used: ${what}`,
    hint,
    cause,
  });
}

/** The form of ONNX that a device has kernels for: what `encodeOnnx` is told. */
export function onnxTarget(device: Device = "cpu"): OnnxTarget {
  return device === "webgpu" ? "webgpu" : "native";
}
