// Rounds in turn, A B A B ..., and what they come to. A round may be cut into parts that the sides take in turn, so that a
// slow quarter of an hour of the machine falls on all of them.

/**
 * Measures sides against each other.
 * @param sides {side, ask?}: the process, and settings added to what it is asked
 * @param plan.rounds how many rounds, `plan.parts` what each round asks for, `plan.warmUp` what is asked first, not counted;
 *   without it nothing is
 * @returns for each side {rounds: seconds each, cpuRounds: seconds of processor time each, replies: the last round's, all:
 *   those of every round}
 */
export async function measure(sides, { rounds, parts, warmUp }) {
  const results = sides.map(() => ({ rounds: [], cpuRounds: [], replies: [], all: [] }));
  for (const { side, ask = {} } of warmUp === undefined ? [] : sides) await side.ask("round", { ...ask, ...warmUp });
  for (let round = 1; round <= rounds; round++) {
    const seconds = sides.map(() => 0);
    const cpuSeconds = sides.map(() => 0);
    const replies = sides.map(() => []);
    for (const part of parts) {
      for (const [i, { side, ask = {} }] of sides.entries()) {
        await restForAWhile();
        const reply = await side.ask("round", { ...ask, ...part });
        seconds[i] += reply.seconds;
        cpuSeconds[i] += reply.cpuSeconds;
        replies[i].push(reply);
      }
    }
    for (const [i, { side }] of sides.entries()) {
      results[i].rounds.push(seconds[i]);
      results[i].cpuRounds.push(cpuSeconds[i]);
      results[i].replies = replies[i];
      results[i].all.push(replies[i]);
      const times = `${seconds[i].toFixed(2)} s, ${cpuSeconds[i].toFixed(2)} s of processor time`;
      process.stderr.write(`round ${round} of ${rounds}  ${side.name}: ${times}\n`);
    }
  }
  return results;
}

/** The middle value; the mean of the two middle ones. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Thread pools spin for a moment after their last work: they are not to spin on another side's time.
function restForAWhile() {
  return new Promise((resolve) => {
    setTimeout(resolve, 300);
  });
}
