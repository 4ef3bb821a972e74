/**
 * The life of a server: everything is opened in order, runs, and is closed in the reverse order.
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import { RuntimeFile } from "../config/runtime_dir.ts";
import type { ServerConfig } from "../config/types.ts";
import { Discovery } from "../discovery/discovery.ts";
import { SLOTS_MAX } from "../limits.ts";
import { openMarkDevice } from "../markdev/open_mark_device.ts";
import { Logger } from "../observe/log.ts";
import { Proxy } from "../proxy/proxy.ts";
import { ControlServer } from "../shm/control_server.ts";
import { Segment } from "../shm/segment.ts";
import { AdminServer } from "./admin.ts";
import { NameRole } from "./name_role.ts";
import { RuntimeDir } from "./runtime_dir.ts";
import { RuntimeDirKeeper } from "./runtime_dir_keeper.ts";
import { execStaff, type Staff, webStaff } from "../supervisor/staff.ts";
import { serverStatus } from "./status.ts";
import { sweepDeadServers } from "./sweep.ts";
import { trimMemoryOften } from "../worker/trim_memory.ts";
import { checkedKeyGroups, keyModulesOf } from "./key_modules.ts";
import { type ReloadReport, reloadServer } from "./reload.ts";
import { reserveAddress } from "./reserve_address.ts";
import { WorkerPool } from "../supervisor/worker_pool.ts";

/** Longest a server waits for the servers it dials before it says that it is ready, in ms. */
const FIRST_DIALS_MS = 1_000;

/** A server that serves. */
export interface RunningServer {
  /** What `mesh run` prints: `ready name=… roles=… link=…`. */
  readonly readyLine: string;
  /** Takes no new work, finishes what is under way within its limit, and ends. */
  drain(): Promise<void>;
  /**
   * Reads the configuration again.
   *
   * @throws Whatever is wrong with it; nothing has changed then.
   */
  reload(): Promise<ReloadReport>;
  /** Ends at once. */
  force(): void;
  /** The exit code, when everything is closed. */
  readonly finished: Promise<number>;
}

/** What a server may be given beside its configuration. */
export interface ServerHooks {
  /** Reads the configuration again; without it, a reload is refused. */
  readConfig?(): Promise<ServerConfig>;
  /** Aborted while the workers start: the start fails with its reason. */
  signal?: AbortSignal;
  /** Errors that nobody caught, so far. */
  uncaughtErrors?(): number;
  /** Somebody asks at the admin socket for the end of a server that still starts. */
  onDrainWhileStarting?(): void;
}

/**
 * Starts a server: workers attached, listeners open.
 *
 * @param config Its configuration.
 * @param hooks See {@linkcode ServerHooks}.
 * @throws {MeshError} When it cannot start, and the reason of an aborted `hooks.signal`; everything that was
 *   opened is closed again.
 */
export async function startServer(
  config: ServerConfig,
  hooks: ServerHooks = {},
): Promise<RunningServer> {
  const log = new Logger(config.log, { server: config.name });
  const startedMs = performance.now();
  await using opened = new AsyncDisposableStack();
  const runtimeDir = opened.use(new RuntimeDir(config));
  sweepDeadServers(config.runtimeDir, log);
  const slots = segmentSlots(config);
  const { spaceBytes } = config;
  const segment = opened.use(
    runtimeDir.claim((path) => Segment.create({ path, slots, spaceBytes })),
  );
  const device = opened.use(await openMarkDevice());
  opened.use(trimMemoryOften());
  const control = opened.use(ControlServer.listen(runtimeDir.path(RuntimeFile.CONTROL)));
  if (config.link.listen !== undefined) reserveAddress(config.link.listen, "link.listen");
  const addresses: string[] = [];
  const staff: Staff[] = [];
  const keyGroups = await checkedKeyGroups(config, hooks.signal);
  /** All that there ever were: a process may have been started before the last change. */
  const keyModules = new Set(keyModulesOf(config).keys());
  if (config.web !== undefined) {
    const address = reserveAddress(config.web, "web.listen");
    addresses.push(`web=${formatAddress(address)}`);
    staff.push(...webStaff(config, address.port));
  }
  staff.push(...execStaff(config, keyModules));
  const names = config.nameServer && opened.use(await NameRole.open(config.nameServer, log));
  if (names !== undefined) addresses.push(`dns=${formatAddress(names.address)}`);
  const pool = new WorkerPool({ config, segment, control, log, staff, runDir: runtimeDir.runDir });
  opened.defer(() => pool.end());
  const proxy = opened.use(
    new Proxy({
      config,
      groups: config.groups,
      keyGroups,
      slots: pool.slots,
      segment,
      device,
      log,
      slotControl: (slot, frame) => pool.slotControl(slot, frame),
      slotFault: (slot, error) => pool.slotFault(slot, error),
    }),
  );
  const discovery = opened.use(
    new Discovery({
      self: { name: config.name, epoch: proxy.epoch },
      setConnect: (addresses, complete) => proxy.links.setConnect(addresses, complete),
      log,
    }),
  );
  let drain = (): void => hooks.onDrainWhileStarting?.();
  let reloading: Promise<unknown> = Promise.resolve();
  // One after the other: the configuration that was read last is the one in force.
  const reload = () => {
    const reloaded = reloading.then(() =>
      reloadServer({
        running: config,
        readConfig: hooks.readConfig,
        proxy,
        discovery,
        log,
        keyModules,
      })
    );
    reloading = reloaded.catch(() => {});
    return reloaded;
  };
  const admin = opened.use(
    new AdminServer({
      status: () =>
        serverStatus({
          config,
          proxy,
          pool,
          segment,
          discovery,
          names,
          startedMs,
          uncaughtErrors: hooks.uncaughtErrors?.() ?? 0,
        }),
      healthy: () => !proxy.draining,
      explain: (service, key, facts) => proxy.explain(service, key, facts),
      decisions: (requestId) => proxy.decisions.find(requestId, performance.now()),
      reload,
      drain: () => {
        drain();
        return { name: config.name, pid: Deno.pid, drainMs: config.limits.drainMs };
      },
    }, log),
  );
  await admin.listenUnix(runtimeDir.path(RuntimeFile.ADMIN));
  opened.use(new RuntimeDirKeeper({ runtimeDir, control, admin, log }));
  if (config.admin !== undefined) {
    addresses.push(`admin=${formatAddress(admin.listenTcp(config.admin))}`);
  }
  discovery.configure(config.link.connect);
  proxy.links.dial();
  await pool.start(proxy, hooks.signal);
  // Only now: a peer that connects is to see what is offered.
  const linkAddress = proxy.links.listen();
  if (linkAddress !== undefined) {
    addresses.unshift(`link=${formatAddress(linkAddress)}`);
    discovery.enter(linkAddress, config.link.advertise);
  }
  await Promise.all([firstLinks(discovery, proxy), names?.start(proxy.membership)]);
  log.info("ready", { roles: config.roles, pid: Deno.pid });
  const words = [`name=${config.name}`, `roles=${config.roles.join(",")}`, ...addresses];
  const readyLine = `ready ${words.join(" ")}`;
  const running = new StartedServer({
    config,
    log,
    pool,
    proxy,
    discovery,
    reload,
    opened: opened.move(),
    readyLine,
  });
  drain = () => void running.drain();
  return running;
}

/** What a server is made of, once everything is open. */
interface OpenParts {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly pool: WorkerPool;
  readonly proxy: Proxy;
  readonly discovery: Discovery;
  readonly reload: () => Promise<ReloadReport>;
  /** Closes all of it. */
  readonly opened: AsyncDisposableStack;
  readonly readyLine: string;
}

class StartedServer implements RunningServer {
  readonly readyLine: string;
  readonly reload: () => Promise<ReloadReport>;
  readonly #parts: OpenParts;
  readonly #finished = Promise.withResolvers<number>();
  #drained: Promise<void> | undefined;
  #forced = false;

  constructor(parts: OpenParts) {
    this.#parts = parts;
    this.reload = parts.reload;
    this.readyLine = parts.readyLine;
  }

  get finished(): Promise<number> {
    return this.#finished.promise;
  }

  drain(): Promise<void> {
    return this.#drained ??= this.#drain();
  }

  force(): void {
    this.#forced = true;
    void this.#parts.pool.end();
    void this.drain();
  }

  /** Stop accepting → drain → bounded wait → force. */
  async #drain(): Promise<void> {
    const { config, log, pool, proxy, discovery, opened } = this.#parts;
    const { drainMs } = config.limits;
    log.info("draining", { openCalls: proxy.openCalls, drainMs });
    proxy.drain();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const bound = new Promise<void>((resolve) => timer = setTimeout(resolve, drainMs));
    const left = discovery.leave();
    // Web processes first: their pages still need the services.
    const drained = pool.drain("web").then(() => pool.drain("exec"));
    await Promise.race([Promise.all([drained, left]), bound]);
    clearTimeout(timer);
    proxy.endCalls(`its server drains, and it had not ended after ${drainMs} ms`);
    await opened.disposeAsync();
    log.info("ended");
    this.#finished.resolve(this.#forced ? 1 : 0);
  }
}

/** One slot more than are configured: while a worker is replaced, there are two of it. */
function segmentSlots({ slots, web, exec }: ServerConfig): number {
  return web === undefined && exec === undefined ? slots : Math.min(slots + 1, SLOTS_MAX);
}

/** Gives the servers that are dialled a moment, so that the first calls find them. */
async function firstLinks(discovery: Discovery, proxy: Proxy): Promise<void> {
  const beganMs = performance.now();
  await discovery.firstAnswers(FIRST_DIALS_MS);
  await proxy.firstDials(FIRST_DIALS_MS - (performance.now() - beganMs));
}
