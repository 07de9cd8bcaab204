// The parts of a pull by themselves: settings, names, waits, the choice of files, locks.

import { mkdirSync, existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import { KNOWN_MODELS, nearestKnownNames, parseModelReference } from "../../src/hub/index.ts";
import { withLock } from "../../src/hub/lock.ts";
import { isSafePath } from "../../src/hub/names.ts";
import { askedWait } from "../../src/hub/retry.ts";
import { selectFiles } from "../../src/hub/selection.ts";
import { hubSettings, Secret } from "../../src/hub/settings.ts";
import { cacheFolder } from "./hub-server.ts";

it("reads the environment as huggingface_hub does", async () => {
  const none = { HF_TOKEN_PATH: "/nowhere/token" };
  expect(await hubSettings(none)).toMatchObject({
    endpoint: "https://huggingface.co",
    cacheDirectory: join(homedir(), ".cache", "huggingface", "hub"),
    offline: false,
    symlinks: true,
    token: undefined,
    answerTimeout: 10,
    stallTimeout: 10,
  });
  const cacheOf = async (environment: Record<string, string>) =>
    (await hubSettings({ ...none, ...environment })).cacheDirectory;
  expect(await cacheOf({ XDG_CACHE_HOME: "/x" })).toBe(join("/x", "huggingface", "hub"));
  expect(await cacheOf({ XDG_CACHE_HOME: "/x", HF_HOME: "/h" })).toBe(join("/h", "hub"));
  expect(await cacheOf({ HF_HOME: "/h", HF_HUB_CACHE: "~/c/$WHO", WHO: "me" })).toBe(`${homedir()}/c/me`);
  expect(await cacheOf({ HF_HOME: "", HUGGINGFACE_HUB_CACHE: "/old" })).toBe("/old");
  for (const yes of ["1", "on", "YES", "True"])
    expect((await hubSettings({ ...none, HF_HUB_OFFLINE: yes })).offline).toBe(true);
  for (const no of ["0", "", "false"]) expect((await hubSettings({ ...none, HF_HUB_OFFLINE: no })).offline).toBe(false);
  expect((await hubSettings({ ...none, HF_ENDPOINT: "http://mirror/hub//" })).endpoint).toBe("http://mirror/hub");
  expect((await hubSettings({ ...none, HTTPS_PROXY: "http://p" })).proxyUnused).toBe(true);
  for (const wrong of ["mirror", "ftp://mirror", "https://me:pass-word@mirror", "https://mirror?x=1"]) {
    const error: unknown = await hubSettings({ ...none, HF_ENDPOINT: wrong }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "usage" });
    expect(String(error)).not.toMatch(/pass-word/);
  }
  await expect(hubSettings({ ...none, HF_HUB_ETAG_TIMEOUT: "soon" })).rejects.toMatchObject({ code: "usage" });
});

it("keeps a secret from every way of showing it", () => {
  const secret = new Secret("hf_hidden");
  expect(`${secret} ${JSON.stringify({ secret })} ${inspect({ secret }, { showHidden: true })}`).not.toMatch(/hidden/);
  expect(secret.reveal()).toBe("hf_hidden");
});

it("tells names from what is none", () => {
  expect(parseModelReference("dmis-lab/biobert-base-cased-v1.1@refs/pr/1")).toEqual({
    name: "dmis-lab/biobert-base-cased-v1.1",
    revision: "refs/pr/1",
  });
  expect(parseModelReference("bert-base-cased").revision).toBe("main");
  for (const path of ["a/../b", "..", "/a", "a//b", "a\\b", "a\0b", "", "a/.", "x".repeat(300), "C:a"])
    expect(isSafePath(path)).toBe(false);
  for (const path of ["config.json", "onnx/model.onnx", ".gitattributes", "a..b"]) expect(isSafePath(path)).toBe(true);
});

it("knows models by unique names of the right form, BioBERT's among them", () => {
  const names = KNOWN_MODELS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(parseModelReference(name).name).toBe(name);
  expect(names).toContain("dmis-lab/biobert-base-cased-v1.1");
  expect(nearestKnownNames("biobert-base-cased-v1.1")[0]).toBe("dmis-lab/biobert-base-cased-v1.1");
  expect(nearestKnownNames("dmis-lab/biobert-base-cased-v1.2-squad")[0]).toBe("dmis-lab/biobert-base-cased-v1.1-squad");
  expect(nearestKnownNames("microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract-fulltxt")[0]).toBe(
    "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
  );
  expect(nearestKnownNames("openai/whisper")).toEqual([]);
});

it("reads the waits that a hub asks for", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const wait = (headers: Record<string, string>) => askedWait(new Headers(headers), now);
  expect(wait({ "retry-after": "17" })).toBe(17);
  expect(wait({ "retry-after": "Thu, 01 Jan 2026 00:01:30 GMT" })).toBe(90);
  expect(wait({ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" })).toBe(0);
  expect(wait({ "retry-after": "soon" })).toBeUndefined();
  expect(wait({ ratelimit: '"resolvers";r=0;t=55', "retry-after": "3" })).toBe(55);
  expect(wait({ ratelimit: '"api";r=12;t=55' })).toBeUndefined();
  expect(wait({})).toBeUndefined();
});

it("chooses the best weights", () => {
  const base = ["config.json", "vocab.txt", "tokenizer_config.json", "training_args.bin", "README.md"];
  const chosen = (...names: string[]) => selectFiles([...base, ...names], "a/b").weights.kind;
  const torch = ["pytorch_model.bin"];
  const shards = ["model.safetensors.index.json", "model-00001-of-00001.safetensors"];
  expect(chosen(...torch, ...shards, "model.safetensors")).toBe("safetensors");
  expect(chosen(...torch, ...shards)).toBe("sharded safetensors");
  expect(chosen(...torch, "model.safetensors.index.json")).toBe("torch");
  expect(chosen("pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin")).toBe("sharded torch");
  expect(chosen("biobert_model.ckpt.index", "biobert_model.ckpt.data-00000-of-00001")).toBe("tensorflow");
  expect(chosen("onnx/model_quantized.onnx")).toBe("onnx");
  expect(selectFiles([...base, "onnx/model.onnx", "onnx/model_quantized.onnx"], "a/b").weights.files).toEqual([
    "onnx/model_quantized.onnx",
  ]);
  expect(selectFiles([...base, "onnx/model.onnx"], "a/b").weights.files).toEqual(["onnx/model.onnx"]);
  expect(selectFiles([...base, ...torch], "a/b").files).toEqual([
    "config.json",
    "vocab.txt",
    "tokenizer_config.json",
    "pytorch_model.bin",
  ]);
});

it("takes over the lock of a process that is gone, and waits for one that lives", async () => {
  const path = join(cacheFolder(), "locks", "some.lock");
  mkdirSync(join(path, ".."));
  let waited = 0;
  const hold = (work: () => Promise<void>, signal?: AbortSignal) =>
    withLock(path, { signal, onWait: () => waited++ }, work);
  // A number no process has.
  writeFileSync(path, `4194305 ${hostname()} abc`);
  await hold(async () => expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^${process.pid} `)));
  expect(existsSync(path)).toBe(false);
  // Another machine's, not freshened for long.
  writeFileSync(path, "1 elsewhere abc");
  utimesSync(path, new Date(), new Date(Date.now() - 60_000));
  await hold(async () => undefined);
  waited = 0;
  writeFileSync(path, "1 elsewhere abc");
  await expect(hold(async () => undefined, AbortSignal.timeout(600))).rejects.toMatchObject({ code: "interrupted" });
  expect(waited).toBe(1);
  expect(readFileSync(path, "utf8")).toBe("1 elsewhere abc");
});
