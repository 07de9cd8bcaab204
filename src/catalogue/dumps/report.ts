// What an import of foreign files did, what it had to leave out, and why: nothing is dropped silently.

/** Something that was left out, changed or doubted. */
export interface ImportNote {
  file: string;
  /** Line of the file at which the entry starts. */
  line: number;
  code:
    | "skipped-malformed"
    | "skipped-duplicate"
    | "skipped-no-name"
    | "link-dropped"
    | "date-dropped"
    | "text-cleaned"
    | "value-not-a-number"
    | "scale-changed"
    | "scale-mixed"
    | "paper-missing"
    | "order-not-descending"
    | "metric-empty";
  /** Where in the entry, and what. */
  message: string;
}

/** Notes kept in full of each code; the others are counted. */
const KEPT = 200;

export class ImportReport {
  readonly counts: Record<string, number> = {};
  readonly notes: ImportNote[] = [];
  readonly entities: Record<string, number> = {};

  note(note: ImportNote): void {
    const count = (this.counts[note.code] ?? 0) + 1;
    this.counts[note.code] = count;
    if (count <= KEPT) this.notes.push(note);
  }

  add(kind: string, count: number): void {
    this.entities[kind] = (this.entities[kind] ?? 0) + count;
  }
}
