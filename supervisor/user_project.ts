/**
 * The project a user's module belongs to, and how its imports are resolved in a worker.
 *
 * Deno itself finds the configuration of a worker, as it does for `deno run`: it looks for it where the project
 * is. What it is given on top is an import map in place of the root's own, which says the same and that `mesh`
 * means this very copy of mesh: user modules and the worker share the same instances (`MeshError`, for instance).
 * The imports of workspace members and of linked packages are laid over that map by Deno, in their scopes.
 *
 * @module
 */
import { dirname, join, toFileUrl } from "@std/path";
import { textOf } from "../boundary/text.ts";
import { findProjectRoot, type ProjectFile, type ProjectRoot } from "../config/project_root.ts";
import { MeshError } from "../errors.ts";

/** A user's project. */
export interface UserProject {
  /** Absolute path of its directory: where Deno finds its configuration; without one, that of the module. */
  readonly directory: string;
  /** Whether it has a configuration at all: a `deno.json` or a `package.json`. */
  readonly configured: boolean;
  /** Whether its lock file is there: none is made for it. */
  readonly locked: boolean;
  /** Absolute paths of the directories that its modules are in; linked packages are outside of its own. */
  readonly sources: readonly string[];
  /** The import map for workers, but for our own names. */
  readonly importMap: ImportMap;
}

/** Specifier → address; `null`: it is blocked. */
export type Imports = Readonly<Record<string, string | null>>;

/** https://html.spec.whatwg.org/multipage/webappapis.html#import-maps */
export interface ImportMap {
  readonly imports: Imports;
  readonly scopes?: Readonly<Record<string, Imports>>;
}

/**
 * Finds the project of a module.
 *
 * @param modulePath Absolute path of the module.
 * @throws {MeshError} `INVALID_ARGUMENT` when its configuration cannot be used.
 */
export function findProject(modulePath: string): UserProject {
  const root = findProjectRoot(modulePath);
  if (root === undefined) {
    const directory = dirname(modulePath);
    return {
      directory,
      configured: false,
      locked: false,
      sources: [directory],
      importMap: { imports: {} },
    };
  }
  const { directory } = root;
  return {
    directory,
    configured: true,
    locked: isFile(lockFile(root)),
    sources: [directory, ...linksOf(root)],
    importMap: rootImportMap(root),
  };
}

/**
 * The names under which users import mesh itself.
 *
 * @param root Where our modules are.
 */
export function ownImports(root = new URL("..", import.meta.url)): Record<string, string> {
  return {
    "mesh": new URL("mod.ts", root).href,
    "mesh/testing": new URL("testing.ts", root).href,
  };
}

/**
 * The import map of a worker: the project's, with our names in it, and without effect on our own modules. A map
 * may well say what `/` or `node:fs` means: in the user's modules.
 *
 * @param importMap The project's.
 * @param root Where our modules are.
 */
export function workerImportMap(
  { importMap, root }: { importMap: ImportMap; root: URL },
): ImportMap {
  const { imports, scopes = {} } = importMap;
  const names = [imports, ...Object.values(scopes)].flatMap((map) => Object.keys(map));
  // Only then: what Deno maps by the beginning of its path, it decodes.
  const mapsFiles = names.some((name) => name.startsWith("file:"));
  const own = { ...ownImports(root), ...(mapsFiles && { [root.href]: root.href }) };
  const unchanged = names.filter((name) => name.startsWith("node:"));
  if (mapsFiles) unchanged.push("file:///");
  return {
    imports: { ...imports, ...own },
    scopes: {
      ...Object.fromEntries(
        Object.entries(scopes).map(([scope, imports]) => [scope, { ...imports, ...own }]),
      ),
      ...(unchanged.length > 0 && {
        [root.href]: Object.fromEntries(unchanged.map((name) => [name, name])),
      }),
    },
  };
}

/** What the root's own import map says, written out: it is going to lie elsewhere. */
function rootImportMap({ denoJson, packageJson }: ProjectRoot): ImportMap {
  if (denoJson === undefined) return { imports: {} };
  const { content, path } = denoJson;
  const isInline = isSaid(content.imports) || isSaid(content.scopes);
  if (isInline) {
    const catalogs = catalogsOf(packageJson) ?? catalogsOf(denoJson) ?? {};
    const expand = (imports: Imports) => withSubpaths(withCatalogs(imports, catalogs));
    return written(content, toFileUrl(path), expand);
  }
  if (typeof content.importMap !== "string") return { imports: {} };
  const base = new URL(content.importMap, toFileUrl(path));
  if (base.protocol !== "file:") {
    throw unusable(`${path}: importMap is ${content.importMap}; mesh can follow a local file only`);
  }
  return written(
    readImportMap(decodeURIComponent(base.pathname), path),
    base,
    (imports) => imports,
  );
}

function written(
  map: Readonly<Record<string, unknown>>,
  base: URL,
  expand: (imports: Imports) => Imports,
): ImportMap {
  const scopes = Object.entries(map.scopes ?? {}).map(([scope, imports]) => [
    URL.parse(scope, base)?.href ?? scope,
    absolute(expand(imports ?? {}), base),
  ]);
  return {
    imports: absolute(expand((map.imports ?? {}) as Imports), base),
    ...(scopes.length === 0 ? {} : { scopes: Object.fromEntries(scopes) }),
  };
}

/** Paths start at the map's own place, on both sides. */
function absolute(imports: Imports, base: URL): Imports {
  const from = (text: string) => /^\.{0,2}\//.test(text) ? new URL(text, base).href : text;
  return Object.fromEntries(
    Object.entries(imports).map((
      [name, target],
    ) => [from(name), typeof target === "string" ? from(target) : null]),
  );
}

/** In a `deno.json`, a package stands for the modules inside it, too. */
function withSubpaths(imports: Imports): Imports {
  const result: Record<string, string | null> = {};
  for (const [name, target] of Object.entries(imports)) {
    result[name] = target;
    const packageOf = /^(npm|jsr):\/?(.*[^/])$/.exec(target ?? "");
    if (packageOf && !name.endsWith("/") && !Object.hasOwn(imports, `${name}/`)) {
      result[`${name}/`] = `${packageOf[1]}:/${packageOf[2]}/`;
    }
  }
  return result;
}

type Catalogs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Versions that are named once, for a whole workspace. */
function catalogsOf(file: ProjectFile | undefined): Catalogs | undefined {
  const { catalog, catalogs } = file?.content ?? {};
  if (!isSaid(catalog) && !isSaid(catalogs)) return undefined;
  return { ...(isSaid(catalog) && { default: catalog }), ...(catalogs ?? {}) } as Catalogs;
}

/** What no catalog has is left to Deno, which says so. */
function withCatalogs(imports: Imports, catalogs: Catalogs): Imports {
  return Object.fromEntries(
    Object.entries(imports).map(([name, target]) => {
      const catalog = /^catalog:(.*)$/.exec(target ?? "")?.[1];
      if (catalog === undefined) return [name, target];
      const version = catalogs[catalog || "default"]?.[name.replace(/\/$/, "")];
      if (version === undefined) return [name, target];
      return [
        name,
        name.endsWith("/") ? `npm:/${name.slice(0, -1)}@${version}/` : `npm:${name}@${version}`,
      ];
    }),
  );
}

/** An import map in a file of its own is strict JSON. */
function readImportMap(path: string, namedBy: string): Record<string, unknown> {
  try {
    const map = JSON.parse(Deno.readTextFileSync(path));
    if (map === null || typeof map !== "object") throw new Error("it is not an object");
    return map;
  } catch (error) {
    const why = textOf(error);
    throw unusable(`cannot read the import map ${path} of ${namedBy}: ${why}`);
  }
}

function lockFile({ directory, denoJson }: ProjectRoot): string {
  const lock = denoJson?.content.lock as { path?: unknown } | undefined;
  const path = typeof lock === "object" ? lock?.path : lock;
  return join(directory, typeof path === "string" ? path : "deno.lock");
}

function linksOf({ directory, denoJson }: ProjectRoot): string[] {
  const links = denoJson?.content.links ?? denoJson?.content.patch;
  return (Array.isArray(links) ? links : [])
    .filter((link) => typeof link === "string" && !/[*?!]/.test(link))
    .map((link) => URL.parse(link, toFileUrl(`${directory}/`)))
    .flatMap((url) => url?.protocol === "file:" ? [decodeURIComponent(url.pathname)] : []);
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function unusable(message: string): MeshError {
  return new MeshError("INVALID_ARGUMENT", message, { started: false });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
