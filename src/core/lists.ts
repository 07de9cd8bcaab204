// Lists that a file's length decides.

/** Appends items to a list. `list.push(...items)` fails from about 120,000 items on, more than a call takes arguments. */
export function addAll<Item>(list: Item[], items: Iterable<Item>): void {
  for (const item of items) list.push(item);
}
