// What package.json and the lock file promise: exact versions, no install scripts, no hosts, known licences.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/core/index.ts";
import { root } from "./sources.ts";

interface LockedPackage {
  version: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
const locked = Object.entries<LockedPackage>(lock.packages).filter(([name]) => name !== "");

describe("package.json", () => {
  it("has no script that npm runs by itself", () => {
    const automatic = /^(?:pre|post)|^(?:install|prepare|dependencies)$/;
    expect(Object.keys(manifest.scripts).filter((name) => automatic.test(name))).toEqual([]);
  });

  it("pins every dependency to one version", () => {
    const versions = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it("ships files that exist", () => {
    const missing = manifest.files
      .map((name: string) => name.replace(/^!/, ""))
      .filter((name: string) => name !== "dist" && !existsSync(join(root, name)));
    expect(missing).toEqual([]);
  });

  it("knows its own version", () => {
    expect(VERSION).toBe(manifest.version);
  });

  it("has a changelog entry for its version", () => {
    const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
    expect(changelog).toMatch(/^## \[Unreleased\]$/m);
    expect(changelog).toContain(manifest.version);
  });
});

describe("package-lock.json", () => {
  it("is in step with package.json", () => {
    const { dependencies, devDependencies, version, engines } = lock.packages[""];
    expect({ dependencies, devDependencies, version, engines }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      version: manifest.version,
      engines: manifest.engines,
    });
  });

  it("names no host and a checksum for every package", () => {
    expect(locked.filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name)).toEqual([]);
    expect(locked.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name)).toEqual([]);
  });

  it("is complete for every platform, as `npm ci` demands", () => {
    const missing = locked.flatMap(([name, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((optional) => !isLockedFor(name, optional)),
    );
    expect(missing).toEqual([]);
  });

  it("holds install scripts only of packages whose scripts are switched off", () => {
    expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
    const withScripts = locked
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([name]) => name.slice(name.lastIndexOf("node_modules/") + "node_modules/".length))
      .filter((name) => manifest.dependencies[name] !== undefined);
    expect(withScripts.filter((name) => manifest.allowScripts[name] !== false)).toEqual([]);
  });
});

describe("licences", () => {
  it("of everything a user installs are permissive, and docs/licences.md lists them", () => {
    const output = execFileSync(process.execPath, [join(root, "scripts", "licences.mjs"), "--check"], {
      encoding: "utf8",
    });
    expect(output).toContain("in step");
  });
});

// Whether Node, looking up from where a package is installed, finds another one.
function isLockedFor(place: string, wanted: string): boolean {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${wanted}` in lock.packages) return true;
    if (folder === "") return false;
  }
}
