// What CUDA needs beside the npm package. ONNX Runtime's CUDA libraries are too large for the registry: the package's install
// script downloads them, and NVIDIA's own must be on the machine.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export { isMainThread } from "node:worker_threads";

const PROVIDER = "libonnxruntime_providers_cuda.so";
const FILES = ["libonnxruntime_providers_shared.so", PROVIDER];

export interface MissingCuda {
  what: string;
  hint: string;
}

/** Where ONNX Runtime's libraries lie, and for what machine. */
export interface RuntimePlace {
  platform: string;
  arch: string;
  libraries: string;
  /** The package's install script. */
  script: string;
}

function thisPlace(): RuntimePlace {
  const { platform, arch } = process;
  const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")));
  return {
    platform,
    arch,
    libraries: join(root, "bin", "napi-v6", platform, arch),
    script: join(root, "script", "install.js"),
  };
}

/** The library that the dynamic linker does not find for `file`, or what else it says; undefined where it loads. */
function linkerSays(file: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, file);
    return undefined;
  } catch (error) {
    const said = String((error as Error).message);
    // Only a Node add-on registers itself: a library that got so far was loaded.
    return /self-register/.test(said) ? undefined : /^(\S+): cannot open shared object file/.exec(said)?.[1];
  }
}

/**
 * What CUDA lacks here, or undefined where all of ONNX Runtime's own files are in place. `failure`, what ONNX Runtime said
 * when it was tried all the same, asks for the reason behind it.
 */
export function whyCudaIsMissing(failure?: string, place = thisPlace()): MissingCuda | undefined {
  const { platform, arch, libraries, script } = place;
  if (platform !== "linux" || arch !== "x64") {
    return {
      what: `ONNX Runtime's npm package has CUDA for Linux on x64 alone, and this is ${platform} on ${arch}`,
      hint: "Take --device webgpu or --device cpu.",
    };
  }
  const absent = FILES.filter((file) => !existsSync(join(libraries, file)));
  if (absent.length > 0) {
    return {
      what: `ONNX Runtime's CUDA libraries are not installed: no ${absent.join(" and no ")} in ${libraries}`,
      hint:
        "The npm package comes without them. Its install script downloads them (NuGet's Microsoft.ML.OnnxRuntime.Gpu.Linux of the same version): " +
        `node ${script} --onnxruntime-node-install=cuda12. They need NVIDIA's driver, CUDA and cuDNN 9. Or take --device webgpu or --device cpu.`,
    };
  }
  if (failure === undefined) return undefined;
  const provider = join(libraries, PROVIDER);
  const library = linkerSays(provider);
  return {
    what: library === undefined ? failure : `${PROVIDER} needs ${library}, which is not found`,
    hint:
      "It needs NVIDIA's driver (libcuda.so.1), the CUDA runtime, cuBLAS and cuRAND of the release in the library's name, and cuDNN 9, where the " +
      `dynamic linker looks (LD_LIBRARY_PATH): ldd ${provider} lists them; nvidia-smi says whether the driver sees a GPU.`,
  };
}
