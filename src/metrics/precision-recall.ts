// Precision, recall and F1 in percent, from counts.

export interface PrecisionRecallF1 {
  /** Percent, 0 to 100; 0 where nothing was predicted. */
  precision: number;
  /** Percent; 0 where there is nothing to find. */
  recall: number;
  /** Percent: the harmonic mean of the two, 0 where both are. */
  f1: number;
  goldCount: number;
  predictedCount: number;
  correctCount: number;
}

/** Counts over one type or over all; `scores` turns them into percentages. */
export class Counts {
  gold = 0;
  predicted = 0;
  correct = 0;

  static of(gold: number, predicted: number, correct: number): Counts {
    return Object.assign(new Counts(), { gold, predicted, correct });
  }

  scores(): PrecisionRecallF1 {
    const precision = this.predicted === 0 ? 0 : (100 * this.correct) / this.predicted;
    const recall = this.gold === 0 ? 0 : (100 * this.correct) / this.gold;
    return {
      precision,
      recall,
      f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
      goldCount: this.gold,
      predictedCount: this.predicted,
      correctCount: this.correct,
    };
  }
}

/** Counts per type beside the overall ones. */
export class TypedCounts {
  private readonly overall = new Counts();
  private readonly types = new Map<string, Counts>();

  add(type: string, kind: "gold" | "predicted" | "correct"): void {
    let counts = this.types.get(type);
    if (counts === undefined) this.types.set(type, (counts = new Counts()));
    counts[kind]++;
    this.overall[kind]++;
  }

  /** The counts of each type. */
  counts(): Counts[] {
    return [...this.types.values()];
  }

  /** Types in alphabetical order. */
  scores(): { overall: PrecisionRecallF1; byType: Record<string, PrecisionRecallF1> } {
    const sorted = [...this.types].sort(([left], [right]) => (left < right ? -1 : 1));
    return {
      overall: this.overall.scores(),
      byType: Object.fromEntries(sorted.map(([type, counts]) => [type, counts.scores()])),
    };
  }
}
