// Learning-rate schedules against transformers' get_scheduler (reference/parity_optim.py).

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { scheduleFactor, scheduleNames, type ScheduleName } from "../../src/optim/index.ts";

const { schedules } = JSON.parse(readFileSync(new URL("../golden/optimizer.json", import.meta.url), "utf8")) as {
  schedules: { schedule: ScheduleName; warmup: number; total: number; factors: [number, number][] }[];
};

it("has every schedule in the golden file", () => {
  expect(new Set(schedules.map(({ schedule }) => schedule))).toEqual(new Set(scheduleNames));
});

it.each(schedules)("$schedule: $warmup steps of warm-up, $total in all", ({ schedule, warmup, total, factors }) => {
  expect(factors.length).toBeGreaterThan(schedule === "cosine" ? 1 : 3);
  for (const [step, factor] of factors) {
    expect(Math.abs(scheduleFactor(schedule, step, warmup, total) - factor), `step ${step}`).toBeLessThan(1e-15);
  }
});

it("stays at the end of its cosine past the last step", () => {
  expect(scheduleFactor("cosine", 14, 0, 10)).toBe(0);
});
