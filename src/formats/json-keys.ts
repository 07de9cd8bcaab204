// `JSON.parse` keeps the last of two equal keys in silence; file headers must not hide one behind the other.

/**
 * The first key that some object of `json` holds twice, or undefined. Keys are compared after unescaping.
 * `json` must be text that `JSON.parse` accepts.
 */
export function repeatedKey(json: string): string | undefined {
  const scopes: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === "{" || character === "[") scopes.push(new Set());
    else if (character === "}" || character === "]") scopes.pop();
    else if (character === '"') {
      const from = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === "\\") i++;
      let after = i + 1;
      while (/\s/.test(json[after] ?? "")) after++;
      if (json[after] !== ":") continue;
      const key = JSON.parse(json.slice(from, i + 1)) as string;
      const scope = scopes[scopes.length - 1]!;
      if (scope.has(key)) return key;
      scope.add(key);
    }
  }
  return undefined;
}
