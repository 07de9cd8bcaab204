/** A number for each paper of examples/data/scidocs: kidney papers near 0, papers of the brain near 10, p4 nearest to p3 and p1. */
export const SCIDOCS_PLACES: Readonly<Record<string, number>> = {
  p1: 0,
  p2: 1,
  p3: 3,
  p4: 2,
  p5: 10,
  p6: 11,
  p7: 13,
  p8: 12,
  p9: 1.5,
  p10: 12.5,
};
