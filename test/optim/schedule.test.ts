// Learning-rate schedules against transformers' get_linear_schedule_with_warmup (reference/parity_optim.py).

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { linearWarmupDecay } from "../../src/optim/index.ts";

const { schedules } = JSON.parse(readFileSync(new URL("../golden/optimizer.json", import.meta.url), "utf8")) as {
  schedules: { warmup: number; total: number; factors: [number, number][] }[];
};

it.each(schedules)("linear: $warmup steps of warm-up, $total in all, and beyond", ({ warmup, total, factors }) => {
  expect(factors.length).toBeGreaterThan(3);
  for (const [step, factor] of factors) {
    expect(Math.abs(linearWarmupDecay(step, warmup, total) - factor), `step ${step}`).toBeLessThan(1e-15);
  }
});
