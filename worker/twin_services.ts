/**
 * Two services of one name in one server.
 *
 * @module
 */

/** What is wrong, and what to do. */
export function twinServices(name: string, one: string, other: string): string {
  return `the service "${name}" is in ${one} and in ${other}: name one of them differently ` +
    "(its file, or service.name), or leave it out";
}

/** The workers of one project. */
interface Offering {
  readonly work: { readonly kind: "web" } | {
    readonly kind: "exec";
    readonly services: readonly string[];
  };
  /** What they offer, each service with its module. */
  offered: ReadonlyMap<string, string>;
}

/**
 * Notes what a worker offers that is ready.
 *
 * @param group Its group.
 * @param services What it offers, in the order of its modules.
 * @param groups All groups of the server.
 * @returns What is wrong when workers of another project offer one of them: nothing is noted then.
 */
export function offeredTwice(
  group: Offering,
  services: readonly { readonly name: string }[],
  groups: readonly Offering[],
): string | undefined {
  const modules = group.work.kind === "exec" ? group.work.services : [];
  const offered = new Map(services.map(({ name }, i) => [name, modules[i] ?? "a module"]));
  for (const other of groups) {
    if (other === group) continue;
    for (const [name, module] of offered) {
      const twin = other.offered.get(name);
      if (twin !== undefined) return twinServices(name, twin, module);
    }
  }
  group.offered = offered;
  return undefined;
}
