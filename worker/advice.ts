/**
 * What to do about a module that does not load: Deno's own advice is for somebody who types `deno run`.
 *
 * @module
 */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A kind of trouble: what Deno says, the part of it that misleads here, and what is right. */
interface Trouble {
  readonly says: RegExp;
  readonly instead?: RegExp;
  /** `undefined`: nothing fits. */
  advice(match: RegExpExecArray, path: string): string | undefined;
}

const TROUBLES: readonly Trouble[] = [
  {
    says: /(?:Import|import path) "([^"]+)" not (?:a dependency|prefixed)/,
    instead: /\n\s*hint: .*/,
    advice: ([, name = ""], path) => bare(name, path),
  },
  {
    says: /Could not resolve "([^"]+)", but found it in a package\.json/,
    instead: / Deno expects the node_modules.*/,
    advice: (_match, path) => installIn(path),
  },
  {
    says: /Could not find a matching package for '([^']+)'/,
    instead: / Ensure you have all .*/,
    advice: ([, name], path) =>
      `name ${name} in ${configOf(path) ?? "a package.json"}, then ${installIn(path)}`,
  },
  {
    says: /Failed loading \S+ for package "[^"]+"/,
    advice: (_match, path) => `${installIn(path)} where the network can be reached`,
  },
  {
    says: /JSR package manifest for '[^']+' failed|Import '(?:https?|jsr):[^']*' failed/,
    advice: (_match, path) =>
      `it is fetched once and kept: run \`deno cache ${path}\` as this user where the network can be reached`,
  },
  {
    says: /(Module not found "[^"]*")\. Maybe .*sloppy-imports/,
    instead: /(?<=Module not found "[^"]*"\.) Maybe .*/,
    advice: () => "an import names a file as it is on disk, with its ending (.ts, .js, …)",
  },
  {
    says: /Directory import '[^']*' is not supported/,
    advice: () => "an import names a file: the one in that directory",
  },
  {
    says: /"type": "json" attribute|importing Json modules with an import attribute/,
    advice: () => 'write: import data from "./data.json" with { type: "json" }',
  },
  {
    says: /Requires (read|write|net|env|run|ffi|sys) access/,
    instead: /, run again with the --allow-\w+ flag/,
    advice: ([, kind]) =>
      `exec.permissions.${kind} in mesh.json grants it` +
      (kind === "read"
        ? "; what lies in the directory of the module's project needs no grant"
        : ""),
  },
  {
    says: /^(?:require|module|exports) is not defined/,
    advice: () =>
      'it is written for CommonJS: name it .cjs, say "type": "commonjs" in its package.json, or use import and export',
  },
];

/**
 * The reason of a failure, with advice that fits.
 *
 * @param reason What Deno said.
 * @param path Absolute path of the module that was to be loaded.
 */
export function withAdvice(reason: string, path: string): string {
  for (const { says, instead, advice } of TROUBLES) {
    const match = says.exec(reason);
    if (match === null) continue;
    const text = advice(match, importerOf(reason) ?? path);
    if (text === undefined) return reason;
    return `${instead === undefined ? reason : reason.replace(instead, "")}; ${text}`;
  }
  return reason;
}

function bare(name: string, path: string): string {
  if (name.startsWith("mesh/")) return 'mesh has two modules: "mesh" and "mesh/testing"';
  if (Deno.build.standalone) {
    return "modules with dependencies of their own need a deno (2.9.6 or later) on the PATH, or in DENO";
  }
  const config = configOf(path);
  return config === undefined
    ? `a name like that is given by the imports of a deno.json, or is a dependency of a package.json, at or above ` +
      `${dirname(path)}, and there is none`
    : `name it in ${config} (\`deno add npm:${name}\` there does, for an npm package)`;
}

function installIn(path: string): string {
  const config = configOf(path);
  return `run \`deno install\` in ${config === undefined ? "its project" : dirname(config)}`;
}

/** The module with the import that failed. */
function importerOf(reason: string): string | undefined {
  const url = /\n\s+at (file:\/\/\S+?):\d+:\d+/.exec(reason)?.[1];
  try {
    return url === undefined ? undefined : fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** The nearest file that says what a module may import. */
function configOf(path: string): string | undefined {
  for (let directory = dirname(path);; directory = dirname(directory)) {
    for (const name of ["deno.json", "deno.jsonc", "package.json"]) {
      if (isFile(join(directory, name))) return join(directory, name);
    }
    if (directory === dirname(directory)) return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // or nothing that a sandbox may look at
  }
}
