// A warning is data, not text on a terminal: the library hands it to whoever listens.

export interface Warning {
  code: string;
  message: string;
  place?: { file?: string; line?: number; name?: string };
}

export type WarningSink = (warning: Warning) => void;
