// The order of the rooms and what each may reach for: the one place that says so. `imports.test.ts` holds src/ to it.

/** Rooms by level. A room imports rooms of a lower level only, through their index.ts only. */
export const levels: readonly (readonly string[])[] = [
  ["core"],
  ["tensor", "tokenizer", "metrics", "text"],
  ["formats", "graph"],
  ["autodiff", "engine", "data"],
  ["nn", "optim", "hub"],
  ["bert"],
  ["tasks"],
  ["training", "inference"],
  ["evaluation", "catalogue"],
  ["server", "reproduction"],
  ["cli", "web"],
];

/** Imports between rooms of one level that are meant, as "from -> to". */
export const sameLevel: ReadonlySet<string> = new Set<string>(["catalogue -> evaluation"]);

/** Folders that may use Node's own modules and globals; everything else runs in a browser unchanged. */
export const nodeFolders: readonly string[] = ["engine/node", "data", "hub", "catalogue/store", "server", "cli"];

/** Folders that may print, read the command line or end the process. */
export const processFolders: readonly string[] = ["cli"];

/** The only room that may import ONNX Runtime. */
export const runtimeRoom = "engine";

export const levelOf: ReadonlyMap<string, number> = new Map(
  levels.flatMap((rooms, level) => rooms.map((room) => [room, level] as const)),
);

/** Whether a file, named relative to src/, lies in one of the folders. */
export function isInside(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(`${folder}/`) || file === `${folder}.ts`);
}
