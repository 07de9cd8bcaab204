// Files and directories appear whole or not at all.

import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readText, writeDirectoryAtomic, writeFileAtomic, writeText } from "../../src/data/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biobert-write-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (path: string) => readFile(path, "utf8");

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the source broke");
}

describe("writeText", () => {
  it("compresses a file named .gz, which readText reads again, to the same bytes each time", async () => {
    const [plain, packed, again] = ["t.txt", "t.gz", "u.gz"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const content = "β ".repeat(500);
    for (const path of [plain, packed, again]) await writeText(path, content);
    expect(await text(plain)).toBe(content);
    expect((await stat(packed)).size).toBeLessThan(100);
    expect(await readFile(again)).toEqual(await readFile(packed));
    expect(await readText(packed)).toBe(content);
  });
});

describe("writeFileAtomic", () => {
  it("writes text, bytes and chunks", async () => {
    const path = join(folder, "out");
    await writeFileAtomic(path, "β\n");
    expect(await text(path)).toBe("β\n");
    await writeFileAtomic(path, Buffer.from("bytes"));
    expect(await text(path)).toBe("bytes");
    await writeFileAtomic(path, [Buffer.from("one "), Buffer.from("two")]);
    expect(await text(path)).toBe("one two");
    await writeFileAtomic(path, []);
    expect(await text(path)).toBe("");
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("leaves the old file and nothing else when its source fails", async () => {
    const path = join(folder, "out");
    await writeFileAtomic(path, "old");
    await expect(writeFileAtomic(path, failing())).rejects.toThrow("the source broke");
    expect(await text(path)).toBe("old");
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("keeps an existing file's permissions and writes through a symbolic link", async () => {
    const path = join(folder, "real");
    await writeFile(path, "old");
    await chmod(path, 0o640);
    await symlink(path, join(folder, "link"));
    await writeFileAtomic(join(folder, "link"), "new");
    expect(await text(path)).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect((await lstat(join(folder, "link"))).isSymbolicLink()).toBe(true);
  });

  it("says that the folder is missing, or the path a directory", async () => {
    await expect(writeFileAtomic(join(folder, "no", "out"), "x")).rejects.toMatchObject({
      code: "file-unwritable",
      message: expect.stringContaining("folder does not exist"),
    });
    await expect(writeFileAtomic(folder, "x")).rejects.toMatchObject({
      code: "file-unwritable",
      message: expect.stringContaining("is a directory"),
    });
    await writeFile(join(folder, "file"), "");
    await expect(writeFileAtomic(join(folder, "file", "out"), "x")).rejects.toMatchObject({ code: "file-unwritable" });
  });

  // Linux only: a device that is always full.
  it.runIf(existsSync("/dev/full"))(
    "says that the disk is full, and writes to a device without replacing it",
    async () => {
      await expect(writeFileAtomic("/dev/full", "x")).rejects.toMatchObject({
        code: "disk-full",
        place: { file: "/dev/full" },
      });
      await writeFileAtomic("/dev/null", "x");
      expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
    },
  );
});

describe("writeDirectoryAtomic", () => {
  it("writes files and sub-folders at once", async () => {
    const path = join(folder, "model");
    await writeDirectoryAtomic(`${path}/`, {
      "config.json": "{}",
      "onnx/model.onnx": [Buffer.from("a"), Buffer.from("b")],
    });
    expect(await text(join(path, "config.json"))).toBe("{}");
    expect(await text(join(path, "onnx", "model.onnx"))).toBe("ab");
    expect(await readdir(folder)).toEqual(["model"]);
  });

  it("fills an empty directory, refuses a full one or a file, and replaces one when told to", async () => {
    const path = join(folder, "model");
    await mkdir(path);
    await writeDirectoryAtomic(path, { a: "1" });
    await expect(writeDirectoryAtomic(path, { b: "2" })).rejects.toMatchObject({ code: "file-exists" });
    await expect(writeDirectoryAtomic(join(path, "a"), { b: "2" }, { replace: true })).rejects.toMatchObject({
      code: "file-exists",
    });
    expect(await readdir(path)).toEqual(["a"]);
    await writeDirectoryAtomic(path, { b: "2" }, { replace: true });
    expect(await readdir(path)).toEqual(["b"]);
    expect(await readdir(folder)).toEqual(["model"]);
  });

  it("leaves the old directory and nothing else when a source fails", async () => {
    const path = join(folder, "model");
    await writeDirectoryAtomic(path, { a: "1" });
    await expect(writeDirectoryAtomic(path, { a: "2", b: failing() }, { replace: true })).rejects.toThrow(
      "the source broke",
    );
    expect(await text(join(path, "a"))).toBe("1");
    expect(await readdir(folder)).toEqual(["model"]);
  });

  it("never writes outside its directory", async () => {
    await expect(writeDirectoryAtomic(join(folder, "model"), { "../x": "1" })).rejects.toMatchObject({
      code: "internal",
    });
    await expect(writeDirectoryAtomic(join(folder, "model"), { "/tmp/x": "1" })).rejects.toMatchObject({
      code: "internal",
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("says that the parent folder is missing", async () => {
    await expect(writeDirectoryAtomic(join(folder, "no", "model"), { a: "1" })).rejects.toMatchObject({
      code: "file-unwritable",
    });
  });
});
