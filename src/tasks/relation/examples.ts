// What relations are read as, and what of an example the encoder takes.

import type { EncodedInput, TaskExample } from "../task.ts";

export interface RelationExample extends TaskExample {
  /** The sentence, its two entities anonymised; or a document, the mentions of two concepts marked. */
  text: string;
  /** The document that it is of, and the two entities or concepts there. */
  documentId?: string;
  first?: string;
  second?: string;
  /** The gold class, alone in the list. */
  labels?: readonly [string];
}

export interface RelationInput extends EncodedInput {
  gold: number;
}
