// A warning is data, not text on a terminal: the library hands it to whoever listens.

export interface Warning {
  code: string;
  message: string;
  place?: { file?: string; line?: number; name?: string };
}

/** `file:line: message`, or the message alone where the warning has no place. */
export function describeWarning({ message, place }: Warning): string {
  const where = [place?.file, place?.line].filter((part) => part !== undefined).join(":");
  return where === "" ? message : `${where}: ${message}`;
}

export type WarningSink = (warning: Warning) => void;
