// How far a classifier's confidence can be believed: reliability bins and expected calibration error (Guo et al. 2017), and the
// Brier score of being right.

import { BiobertError } from "../core/index.ts";
import { requireSameCount } from "./confusion.ts";

export interface ReliabilityBin {
  /** Confidences above `from` (from 0 on in the first bin) and up to `to`. */
  from: number;
  to: number;
  count: number;
  /** Mean confidence, 0 to 1; 0 where the bin is empty. */
  confidence: number;
  /** Share of right items, 0 to 1; 0 where the bin is empty. */
  accuracy: number;
}

export interface CalibrationReport {
  /** Percent: the mean gap of accuracy and confidence over bins, weighted by their items. */
  expectedCalibrationError: number;
  /** Percent: the largest gap of a bin. */
  maximumCalibrationError: number;
  /** Mean squared distance of confidence and being right, 0 to 1. */
  brierScore: number;
  bins: ReliabilityBin[];
  count: number;
}

/**
 * Calibration of the predicted label's probability, in bins of equal width.
 * @throws BiobertError `input-format` when the lists differ in length, a confidence is not within 0 and 1, or `bins` is not at least 1.
 */
export function scoreCalibration(
  confidences: readonly number[],
  isRight: readonly boolean[],
  bins = 10,
): CalibrationReport {
  requireSameCount(confidences.length, isRight.length);
  if (!Number.isInteger(bins) || bins < 1)
    throw new BiobertError({ code: "input-format", message: `${bins} bins are none` });
  const odd = confidences.findIndex((confidence) => !(confidence >= 0 && confidence <= 1));
  if (odd >= 0)
    throw new BiobertError({
      code: "input-format",
      message: `confidence ${confidences[odd]} of item ${odd + 1} is no probability`,
    });
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  let squares = 0;
  confidences.forEach((confidence, i) => {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    bin.count++;
    bin.confidence += confidence;
    if (isRight[i]) bin.right++;
    squares += (confidence - (isRight[i] ? 1 : 0)) ** 2;
  });
  const count = confidences.length;
  const gaps = sums.map((bin) => (bin.count === 0 ? 0 : Math.abs(bin.right - bin.confidence) / bin.count));
  return {
    expectedCalibrationError:
      count === 0 ? 0 : gaps.reduce((sum, gap, i) => sum + (100 * gap * sums[i]!.count) / count, 0),
    maximumCalibrationError: 100 * Math.max(...gaps),
    brierScore: count === 0 ? 0 : squares / count,
    bins: sums.map((bin, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      count: bin.count,
      confidence: bin.count === 0 ? 0 : bin.confidence / bin.count,
      accuracy: bin.count === 0 ? 0 : bin.right / bin.count,
    })),
    count,
  };
}

/** Calibration of decisions, each with the probability of what was decided and whether that was right. Errors as `scoreCalibration`. */
export function calibrationOf(decisions: readonly { confidence: number; right: boolean }[]): CalibrationReport {
  return scoreCalibration(
    decisions.map(({ confidence }) => confidence),
    decisions.map(({ right }) => right),
  );
}
