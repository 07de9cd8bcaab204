// What a command is given: its streams, the environment, the signal that Ctrl-C raises, and the rooms. Nothing else is
// global, so that a test runs a command in its own process with streams of its own.

import type { CommandRooms } from "./rooms.ts";

export interface InputStream extends AsyncIterable<Uint8Array | string> {
  isTTY?: boolean;
  destroy?(error?: Error): unknown;
}

export interface OutputStream {
  write(text: string, done?: (error?: Error | null) => void): boolean;
  isTTY?: boolean;
  columns?: number;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

export interface CommandContext {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  environment: Readonly<Record<string, string | undefined>>;
  /** The command's own arguments, as given. */
  argv: readonly string[];
  /** Raised by the first Ctrl-C: finish the run in flight, write nothing half, and come back. */
  signal: AbortSignal;
  rooms: CommandRooms;
  packageRoot: string;
  /** False after `--no-color`. */
  allowColor: boolean;
  debug: boolean;
}
