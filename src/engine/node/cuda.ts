// What CUDA needs beside the npm package. ONNX Runtime's CUDA libraries are too large for the registry: the package's install
// script downloads them, and NVIDIA's own must be on the machine.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const PROVIDER = "libonnxruntime_providers_cuda.so";
const FILES = ["libonnxruntime_providers_shared.so", PROVIDER];

export interface MissingCuda {
  what: string;
  hint: string;
}

/** The folder of ONNX Runtime's libraries, and its install script. */
function packagePaths(): { libraries: string; script: string } {
  const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")));
  return { libraries: join(root, "bin", "napi-v6", process.platform, process.arch), script: join(root, "script", "install.js") };
}

/** The library that the dynamic linker does not find for `file`, or what else it says; undefined where it loads. */
function linkerSays(file: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, file);
  } catch (error) {
    const said = String((error as Error).message);
    // Only a Node add-on registers itself: a library that got so far was loaded.
    return /self-register/.test(said) ? undefined : (/^(\S+): cannot open shared object file/.exec(said)?.[1] ?? said);
  }
  return undefined;
}

/**
 * What CUDA lacks here, or undefined where all of ONNX Runtime's own files are in place. `failure`, what ONNX Runtime said
 * when it was tried all the same, asks for the reason behind it.
 */
export function whyCudaIsMissing(failure?: string): MissingCuda | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return {
      what: `ONNX Runtime's npm package has CUDA for Linux on x64 only, and this is ${process.platform} on ${process.arch}`,
      hint: "Take --device webgpu or --device cpu.",
    };
  }
  const { libraries, script } = packagePaths();
  const absent = FILES.filter((file) => !existsSync(join(libraries, file)));
  if (absent.length > 0) {
    return {
      what: `ONNX Runtime's CUDA libraries are not installed: no ${absent.join(" and no ")} in ${libraries}`,
      hint:
        `The npm package is without them. Its install script downloads them (NuGet's Microsoft.ML.OnnxRuntime.Gpu.Linux, of the same version): ` +
        `node ${script} --onnxruntime-node-install=cuda12. They need NVIDIA's driver, CUDA and cuDNN 9.`,
    };
  }
  if (failure === undefined) return undefined;
  const library = linkerSays(join(libraries, PROVIDER));
  return {
    what: library === undefined ? failure : `${PROVIDER} needs ${library}, which is not found`,
    hint:
      "It needs NVIDIA's driver (libcuda.so.1), the CUDA runtime, cuBLAS and cuRAND of the release in the library's name, and cuDNN 9, all where the " +
      `dynamic linker looks (LD_LIBRARY_PATH): ldd ${join(libraries, PROVIDER)} lists them. nvidia-smi says whether the driver sees a GPU.`,
  };
}
