/**
 * What a server with the role `name` answers, and whose health it checks.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import { showPath } from "./fault.ts";
import type { ReportFault } from "./named_files.ts";
import type { Settings } from "./schema.ts";
import type { NameServerConfig } from "./types.ts";
import { listenAddress } from "./workers.ts";

/** Completes the section `nameServer` of a server with the role `name`. */
export function resolveNameServer(
  { nameServer: settings }: Settings,
  fault: ReportFault,
): NameServerConfig {
  const { zone, names } = settings;
  if (zone === undefined) {
    fault("nameServer.zone", "nothing", "the zone's name: the role name needs one");
  }
  if (Object.keys(names).length === 0) {
    fault("nameServer.names", "nothing", "the site's names: the role name needs some");
  }
  return {
    ...listenAddress(settings.listen),
    zone: {
      zone: zone ?? "",
      names,
      mode: settings.mode,
      ttlSeconds: settings.ttlSeconds,
      ...(settings.nameServer !== undefined && { nameServer: settings.nameServer }),
      nameServerAddresses: settings.nameServerAddresses,
    },
    health: healthPages(settings, fault),
  };
}

/** One page per web server: the one that is named, else one at its first address. */
function healthPages(
  { names, port, healthPath }: Settings["nameServer"],
  fault: ReportFault,
): NameServerConfig["health"] {
  const named = new Map<string, string>();
  const assumed = new Map<string, string>();
  for (const [name, servers] of Object.entries(names)) {
    for (const [i, { server, addresses, health }] of servers.entries()) {
      const [first] = addresses;
      if (first !== undefined && !assumed.has(server)) {
        assumed.set(server, pageAt(first, port, healthPath));
      }
      if (health === undefined) continue;
      const other = named.get(server) ?? health;
      if (other !== health) {
        fault(
          showPath(["nameServer", "names", name, i, "health"]),
          JSON.stringify(health),
          `one page per web server; ${server} has ${other} already`,
        );
      }
      named.set(server, health);
    }
  }
  return [...assumed].map(([server, url]) => ({ server, url: named.get(server) ?? url }));
}

function pageAt(address: string, port: number, path: string): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `http://${host}${port === 80 ? "" : `:${port}`}${path}`;
}
