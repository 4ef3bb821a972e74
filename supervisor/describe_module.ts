/**
 * Loads one module of a user and says what it offers; a program of its own, run as a worker is.
 *
 * @module
 */
import { readServiceModule } from "../executor/service_module.ts";
import { readSiteModule } from "../webfront/site_module.ts";
import { loadModule } from "./load_module.ts";

/** What is known of a module. */
export interface ModuleReport {
  /** Absolute path. */
  readonly path: string;
  /** The service's name; absent for a site. */
  readonly service?: string;
  /** Names of the service's handlers. */
  readonly handlers?: readonly string[];
  /** Why it cannot be used. */
  readonly error?: string;
}

/**
 * Loads a module.
 *
 * @param kind Whose module it is: of a site, or of a service.
 * @param path Absolute path.
 */
export async function describeModule(kind: "web" | "exec", path: string): Promise<ModuleReport> {
  try {
    const exports = await loadModule(path);
    if (kind === "web") {
      readSiteModule(path, exports);
      return { path };
    }
    const service = readServiceModule(path, exports);
    return { path, service: service.name, handlers: [...service.handlers.keys()] };
  } catch (error) {
    return { path, error: error instanceof Error ? error.message : String(error) };
  }
}

if (import.meta.main) {
  const [kind, path] = Deno.args;
  const report = await describeModule(kind as "web" | "exec", path!);
  // A line of its own: modules may print when they are loaded.
  console.log(`\n${JSON.stringify(report)}`);
  Deno.exit(0);
}
