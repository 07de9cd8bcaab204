// A device that cannot be used is refused before any model is loaded, with what is missing by name and how to get it. That a
// GPU computes what the processor does is checked by bench/devices.mjs, where there is one.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type RuntimePlace, whyCudaIsMissing } from "../../src/engine/node/cuda.ts";
import { add, encodeOnnx, Graph } from "../../src/graph/index.ts";

const folder = mkdtempSync(join(tmpdir(), "biobert-device-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => vi.resetModules());

function doubling(): Uint8Array {
  const graph = new Graph("doubling");
  const x = graph.input("x", "float32", ["n"]);
  graph.output("y", add(x, x));
  return encodeOnnx(graph);
}

describe("the processor", () => {
  it("is where a session runs unless told otherwise", async () => {
    const { EngineSession } = await import("../../src/engine/index.ts");
    for (const options of [{}, { device: "cpu" as const }]) {
      const session = await EngineSession.create(doubling(), options);
      const { y } = await session.run({ x: { dtype: "float32", dims: [2], data: Float32Array.of(3, 4) } });
      expect([...(y!.data as Float32Array)]).toEqual([6, 8]);
      await session.release();
    }
  });
});

describe("WebGPU", () => {
  it("without a driver is refused, again and again, and the processor goes on", async () => {
    // Vulkan's loader, which Linux has, looks for drivers nowhere else then.
    const names = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = join(folder, "none.json");
    const { EngineSession } = await import("../../src/engine/index.ts");
    try {
      for (let i = 0; i < 2; i++) {
        const refused = EngineSession.create(doubling(), { device: "webgpu" });
        await expect(refused).rejects.toMatchObject({
          code: "device-unavailable",
          message: expect.stringContaining("webgpu"),
          hint: expect.stringContaining("mesa-vulkan-drivers"),
        });
      }
    } finally {
      names.forEach((name, i) =>
        before[i] === undefined ? delete process.env[name] : (process.env[name] = before[i]),
      );
    }
    const session = await EngineSession.create(doubling());
    await session.release();
  });

  it("is refused in a worker thread, whose end would be the end of the process", async () => {
    vi.doMock("node:worker_threads", () => ({ isMainThread: false }));
    const { EngineSession } = await import("../../src/engine/index.ts");
    vi.doUnmock("node:worker_threads");
    await expect(EngineSession.create(doubling(), { device: "webgpu" })).rejects.toMatchObject({
      code: "device-unavailable",
      message: expect.stringContaining("worker thread"),
    });
  });
});

describe("CUDA", () => {
  const place: RuntimePlace = {
    platform: "linux",
    arch: "x64",
    libraries: folder,
    script: "/package/script/install.js",
  };

  it("without ONNX Runtime's libraries is refused before ONNX Runtime is asked", async () => {
    vi.doMock("node:fs", async (original) => ({ ...(await original<object>()), existsSync: () => false }));
    const { EngineSession } = await import("../../src/engine/index.ts");
    vi.doUnmock("node:fs");
    const refused = EngineSession.create(doubling(), { device: "cuda" });
    await expect(refused).rejects.toMatchObject({ code: "device-unavailable" });
  });

  it("names the files that are missing and the command that brings them", () => {
    const missing = whyCudaIsMissing(undefined, place);
    expect(missing?.what).toContain("libonnxruntime_providers_shared.so and no libonnxruntime_providers_cuda.so");
    expect(missing?.hint).toContain("node /package/script/install.js --onnxruntime-node-install=cuda12");
    writeFileSync(join(folder, "libonnxruntime_providers_shared.so"), "");
    expect(whyCudaIsMissing(undefined, place)?.what).not.toContain("shared.so");
    writeFileSync(join(folder, "libonnxruntime_providers_cuda.so"), "");
    expect(whyCudaIsMissing(undefined, place)).toBeUndefined();
  });

  it("with all its files says what ONNX Runtime said, and what they need", () => {
    const missing = whyCudaIsMissing("no CUDA-capable device is detected", place);
    expect(missing?.what).toBe("no CUDA-capable device is detected");
    expect(missing?.hint).toContain("cuDNN 9");
    expect(missing?.hint).toContain(`ldd ${join(folder, "libonnxruntime_providers_cuda.so")}`);
  });

  it("is for Linux on x64 alone", () => {
    for (const other of [
      { ...place, platform: "darwin" },
      { ...place, arch: "arm64" },
    ]) {
      expect(whyCudaIsMissing(undefined, other)?.what).toContain(`${other.platform} on ${other.arch}`);
    }
  });
});
