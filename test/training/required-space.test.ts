// A disk that cannot hold what a training writes is found before its first step.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { spaceNeeded } from "../../src/training/required-space.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const disk = vi.hoisted(() => ({ free: Infinity }));
vi.mock("node:fs/promises", async (original) => ({
  ...(await original<object>()),
  statfs: async () => ({ blocks: 1, bsize: 1, bavail: disk.free }),
}));

const space = tinyTaskSpace("space");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));
const train = space.write(
  "train.tsv",
  tinyTexts(16, 5).map((text, i) => `${text}\t${"ab"[i % 2]!}`),
);

it("counts a file that is written anew beside the one whose place it takes", () => {
  const nothing = { model: 0, checkpoint: 0 };
  const whole = { model: 4, checkpoint: 12 };
  expect(spaceNeeded({ ...whole, severalCheckpoints: false }, nothing)).toBe(4 + 12);
  expect(spaceNeeded({ ...whole, severalCheckpoints: true }, nothing)).toBe(4 + 12 + 12);
  expect(spaceNeeded({ ...whole, severalCheckpoints: true }, whole), "gone on with").toBe(12);
  expect(spaceNeeded({ model: 4, checkpoint: 1, severalCheckpoints: false }, { model: 4, checkpoint: 1 })).toBe(4);
});

it("refuses before the first step where there is too little room, and leaves nothing", async () => {
  const options = space.options("full", { trainFiles: [train], epochs: 2, keep: "last" });
  disk.free = 1000;
  const { error, events } = await trainTask("classification", options);
  expect(error).toMatchObject({
    code: "disk-full",
    place: { file: options.outputDirectory },
    message: expect.stringMatching(/need \d+ MB and 1 MB are free/),
  });
  expect(events.map(({ type }) => type)).not.toContain("step");
  expect(existsSync(join(options.outputDirectory, "config.json"))).toBe(false);
  disk.free = Infinity;
  expect((await trainTask("classification", options)).error).toBeUndefined();
  // Nothing is left to write but what is there.
  disk.free = 0;
  expect((await trainTask("classification", { ...options, resume: true })).error).toBeUndefined();
});
