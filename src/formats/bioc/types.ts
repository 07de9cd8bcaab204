// BioC (Comeau et al. 2013) as values, the same for its XML and JSON forms.

import type { StandoffCollection } from "../standoff.ts";

export interface BioCLocation {
  offset: number;
  length: number;
}

export interface BioCAnnotation {
  id: string;
  infons: Record<string, string>;
  text: string;
  locations: BioCLocation[];
}

export interface BioCRelation {
  id: string;
  infons: Record<string, string>;
  nodes: { refid: string; role: string }[];
}

/** What passages, sentences and documents have in common. */
export interface Annotated {
  infons: Record<string, string>;
  annotations: BioCAnnotation[];
  relations: BioCRelation[];
}

export interface BioCSentence extends Annotated {
  offset: number;
  text: string;
}

export interface BioCPassage extends Annotated {
  offset: number;
  /** "" where the text lies in the sentences. */
  text: string;
  sentences: BioCSentence[];
}

export interface BioCDocument extends Annotated {
  id: string;
  passages: BioCPassage[];
}

export interface BioCCollection extends StandoffCollection {
  documents: BioCDocument[];
}
