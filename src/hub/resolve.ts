// From what a user calls a model, a path or a name on a hub, to a directory on this machine.

import { exists } from "../data/index.ts";
import { ModelCache } from "./cache.ts";
import { KNOWN_MODELS } from "./known-models.ts";
import { isModelName, parseModelReference } from "./names.ts";
import { pullModel, type PullOptions } from "./pull.ts";
import { hubSettings } from "./settings.ts";

export interface ResolveOptions extends PullOptions {
  /** Hears that the name is one of a hub: which snapshot of the cache is used, or that the model is pulled now. */
  onHubName?: (found: { name: string; revision: string; cached: string | undefined }) => void;
}

/**
 * The directory of a model. A path that is there is returned as it is; so is what can only be a path. A name on a hub,
 * `organisation/name[@revision]`, becomes its snapshot in the cache, without asking the hub whether there is a newer one, and
 * is pulled where the cache does not have it.
 * @throws BiobertError those of `pullModel`; none for a path, which is judged by who opens it.
 */
export async function resolveModel(nameOrPath: string, options: ResolveOptions = {}): Promise<string> {
  if (await exists(nameOrPath)) return nameOrPath;
  const [name = ""] = nameOrPath.split("@", 1);
  if (!isModelName(name)) return nameOrPath;
  const { cacheDirectory, offline } = await hubSettings(options.environment);
  const isKnown = KNOWN_MODELS.some((model) => model.name === name || model.formerName === name);
  if (!isKnown) {
    // `my-model`, and `runs/my-model` where there is a folder `runs`, are paths with a slip, rather than names.
    const [first, second] = name.split("/");
    if (second === undefined || (await exists(first!))) {
      if (!(await exists(new ModelCache(cacheDirectory, name).folder))) return nameOrPath;
    }
  }
  const reference = parseModelReference(nameOrPath);
  const cached = await new ModelCache(cacheDirectory, name).completeSnapshot(reference);
  // Offline, nothing is pulled: what `pullModel` throws then is all there is to tell.
  if (cached !== undefined || !offline) options.onHubName?.({ ...reference, cached: cached?.directory });
  return cached?.directory ?? (await pullModel(nameOrPath, options)).directory;
}
