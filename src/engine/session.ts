// ONNX Runtime behind a small door: a session runs one model, from host tensors to host tensors. Nobody else imports
// onnxruntime. A run blocks the calling thread in Node, whatever its promise suggests.

import * as ort from "onnxruntime-node";
import { BiobertError } from "../core/index.ts";
import type { DType, HostTensor } from "../tensor/index.ts";
import { requireDevice, type Device } from "./device.ts";

export interface SessionOptions {
  /** Where it runs; default "cpu". What a GPU has no kernel for runs on the processor all the same. */
  device?: Device;
  /** Threads inside an operator; default: ONNX Runtime's choice, one a physical core. */
  threads?: number;
  /** ONNX Runtime keeps freed memory for the next run (faster) or gives it back (smaller). Default true. */
  memoryArena?: boolean;
  /** How far ONNX Runtime may rewrite the graph. Default "all". */
  optimization?: "disabled" | "basic" | "extended" | "all";
  /** Writes ONNX Runtime's profile to a file with this prefix. */
  profilePrefix?: string;
}

type OrtTensor = ort.Tensor;
const wrapped = new WeakMap<HostTensor, OrtTensor>();

/** One ONNX tensor a host tensor, over the same memory: parameters are wrapped once, not once a step. */
function wrap(tensor: HostTensor): OrtTensor {
  let result = wrapped.get(tensor);
  if (result === undefined) {
    result = new ort.Tensor(tensor.dtype as "float32", tensor.data as Float32Array, tensor.dims);
    wrapped.set(tensor, result);
  }
  return result;
}

function unwrap(tensor: OrtTensor): HostTensor {
  return { dtype: tensor.type as DType, dims: tensor.dims, data: tensor.data as HostTensor["data"] };
}

export class EngineSession {
  private constructor(
    private readonly session: ort.InferenceSession,
    readonly inputNames: readonly string[],
    readonly outputNames: readonly string[],
  ) {}

  /**
   * Loads an ONNX model from its bytes, or from a file by its path.
   * @throws BiobertError `device-unavailable` saying what the device lacks, `engine-failed` when ONNX Runtime refuses the
   *   model.
   */
  static async create(model: Uint8Array | string, options: SessionOptions = {}): Promise<EngineSession> {
    const device = options.device ?? "cpu";
    await requireDevice(device);
    const settings: ort.InferenceSession.SessionOptions = {
      executionProviders: [device],
      graphOptimizationLevel: options.optimization ?? "all",
      enableCpuMemArena: options.memoryArena ?? true,
      enableMemPattern: false,
      executionMode: "sequential",
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      ...(options.profilePrefix === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
    };
    try {
      const session = await (typeof model === "string"
        ? ort.InferenceSession.create(model, settings)
        : ort.InferenceSession.create(model, settings));
      return new EngineSession(session, session.inputNames, session.outputNames);
    } catch (cause) {
      throw new BiobertError({
        code: "engine-failed",
        message: `ONNX Runtime cannot load the model: ${String((cause as Error).message ?? cause)}`,
        cause,
        ...(typeof model === "string" ? { place: { file: model } } : {}),
      });
    }
  }

  /**
   * Runs the model. `outputs` names the results wanted: a host tensor is filled in place, null asks for a new one;
   * without it, all results are new.
   * @throws BiobertError `engine-failed` with ONNX Runtime's message.
   */
  async run(
    inputs: Readonly<Record<string, HostTensor>>,
    outputs?: Readonly<Record<string, HostTensor | null>>,
  ): Promise<Record<string, HostTensor>> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, tensor] of Object.entries(inputs)) feeds[name] = wrap(tensor);
    try {
      if (outputs === undefined) return mapValues(await this.session.run(feeds), unwrap);
      const fetches: Record<string, OrtTensor | null> = {};
      for (const [name, tensor] of Object.entries(outputs)) fetches[name] = tensor === null ? null : wrap(tensor);
      return mapValues(await this.session.run(feeds, fetches), unwrap);
    } catch (cause) {
      throw new BiobertError({
        code: "engine-failed",
        message: `ONNX Runtime failed: ${String((cause as Error).message ?? cause)}`,
        cause,
      });
    }
  }

  endProfiling(): void {
    this.session.endProfiling();
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value)]));
}

/** The version of ONNX Runtime in use, for records. */
export function engineVersion(): string {
  return ort.env.versions.node ?? ort.env.versions.common;
}
