// Learning-rate schedules, as a factor on the base rate: a linear warm-up from 0, then what the name says. The same
// factors as transformers' get_scheduler gives.

type Schedule = (step: number, warmupSteps: number, totalSteps: number) => number;

/** What follows the warm-up. */
const AFTER_WARMUP = {
  /** Straight down to 0 (Devlin et al. 2019). */
  linear: (step, warmup, total) => Math.max(0, (total - step) / Math.max(1, total - warmup)),
  /** Half a cosine down to 0, and 0 from then on. */
  cosine: (step, warmup, total) =>
    0.5 * (1 + Math.cos(Math.PI * Math.min(1, (step - warmup) / Math.max(1, total - warmup)))),
  constant: () => 1,
} satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof AFTER_WARMUP;

/** The names of all schedules. */
export const scheduleNames = Object.keys(AFTER_WARMUP) as ScheduleName[];

/**
 * The factor of the update made at `step`, which counts from 0: rising from 0 over `warmupSteps`, then as `name` says to
 * `totalSteps`.
 */
export function scheduleFactor(name: ScheduleName, step: number, warmupSteps: number, totalSteps: number): number {
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  const schedule: Schedule = AFTER_WARMUP[name];
  return schedule(step, warmupSteps, totalSteps);
}
