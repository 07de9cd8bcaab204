// Learning-rate schedules, as a factor on the base rate.

/**
 * Linear warm-up from 0 over `warmupSteps`, then linear decay to 0 at `totalSteps` (Devlin et al. 2019). `step` counts
 * from 0; the factor is that of the update made at `step`.
 */
export function linearWarmupDecay(step: number, warmupSteps: number, totalSteps: number): number {
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}
