/**
 * A server's proxy: slots on one side, links on the other, the switchboard and the routing between them.
 *
 * @module
 */
import type { KeyGroups } from "../wire/key_groups.ts";
import { Dispatcher } from "../routing/dispatch/dispatcher.ts";
import { Router } from "../routing/router.ts";
import type { ExplainFacts, Explanation, GroupConfig } from "../routing/types.ts";
import type { Outside, Timer } from "../outside/outside.ts";
import { realOutside } from "../outside/real_outside.ts";
import { FEATURES } from "../wire/features.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { GoodbyeReason } from "../wire/link_messages.ts";
import { newEpoch, type ServiceInfo } from "../wire/server_info.ts";
import { BurstClock } from "./switchboard/burst_clock.ts";
import { DecisionLog } from "./switchboard/decision_log.ts";
import { explainHandler } from "./explain_handler.ts";
import { KeyNews } from "./key_news.ts";
import type { FrameRun, Link } from "./link/link.ts";
import { LinkManager } from "./link/manager.ts";
import { LinkPort } from "./link/port.ts";
import { Membership } from "./membership.ts";
import { answerQuestion } from "./questions.ts";
import type { ProxyCall } from "./switchboard/call.ts";
import { type Port, PortFault } from "./switchboard/port.ts";
import type { SlotPort } from "./slot/port.ts";
import { SlotKeeper } from "./slot/slot_keeper.ts";
import { PROXY_BOUNDS, type ProxyBounds } from "./proxy_bounds.ts";
import type { ProxyOptions } from "./proxy_options.ts";
import { Switchboard } from "./switchboard/switchboard.ts";
import { newCounters, type SwitchboardCounters } from "./switchboard/counters.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
/** How often calls that wait for a process are looked through for passed deadlines, at least, in ms. */
const SWEEP_MS = 20;

/** Connects the parts of a proxy with each other, and is what the rest of the server sees of them. */
export class Proxy implements AsyncDisposable {
  /** Distinguishes this run of the server from others. */
  readonly epoch: string;
  /** Totals since the start. */
  readonly counters: SwitchboardCounters = newCounters();
  /** The last requests and where they went. */
  readonly decisions = new DecisionLog();
  /** Which server gets a call. */
  readonly router: Router;
  /** What processes are told of groups that are keyed by a module. */
  readonly keyNews: KeyNews;
  /** Which process gets a call. */
  readonly dispatcher: Dispatcher<ProxyCall>;
  /** The servers that are known. */
  readonly membership: Membership;
  /** What happens to slots. */
  readonly slots: SlotKeeper;
  /** The links. */
  readonly links: LinkManager;
  readonly #options: ProxyOptions;
  readonly #switchboard: Switchboard;
  readonly #linkPorts = new Map<Link, LinkPort>();
  readonly #outside: Outside;
  readonly #clock: BurstClock;
  readonly #bounds: ProxyBounds;
  #sweepTimer: Timer | undefined;
  #draining = false;

  /** @param options See {@linkcode ProxyOptions}. */
  constructor(options: ProxyOptions) {
    this.#options = options;
    const { config, outside = realOutside, bounds = PROXY_BOUNDS } = options;
    this.#bounds = bounds;
    this.#outside = outside;
    this.epoch = newEpoch(outside.randomBytes);
    const clock = this.#clock = new BurstClock(outside);
    const now = () => clock.ms;
    this.membership = new Membership(config.name);
    this.keyNews = new KeyNews(options.keyGroups, outside);
    this.router = new Router({
      self: config.name,
      groups: options.groups,
      now,
      random: outside.random,
    });
    this.dispatcher = new Dispatcher<ProxyCall>({
      now,
      queueMaxCalls: bounds.queuedCalls,
      deliver: (call, process) => this.#switchboard.deliver(call, process),
      refuse: (call, code, message) => this.#switchboard.refuse(call, code, message),
    });
    this.#switchboard = new Switchboard({
      self: config.name,
      callsMax: bounds.calls,
      silenceMs: bounds.silenceMs,
      silent: (port, why) => this.#giveUp(port, why),
      router: this.router,
      dispatcher: this.dispatcher,
      slotPort: (slot) => options.slots.at(slot).port,
      linkPort: (server) => this.membership.get(server)?.port ?? undefined,
      isIdempotent: (server, target) => this.membership.isIdempotent(server, target),
      onQueued: () => this.#sweepSoon(),
      failed: (error) => options.log.error("the proxy failed at a frame", { error }),
      decisions: this.decisions,
      clock,
      counters: this.counters,
    });
    this.slots = new SlotKeeper({
      table: options.slots,
      segment: options.segment,
      device: options.device,
      switchboard: this.#switchboard,
      dispatcher: this.dispatcher,
      clock,
      queueMaxBytes: bounds.slotQueueBytes,
      log: options.log,
      control: (port, frame) => this.#control(port, frame),
      fault: (index, error) => options.slotFault(index, error),
      gone: (port) => this.keyNews.gone(port),
      offersChanged: () => this.#offersChanged(),
    });
    this.links = new LinkManager({
      self: () => ({
        name: config.name,
        epoch: this.epoch,
        roles: config.roles,
        features: FEATURES,
        services: this.offers,
        draining: this.#draining,
      }),
      ...(config.link.listen === undefined ? {} : { listen: config.link.listen }),
      connect: [], // discovery gives them
      outside,
      network: options.network,
      ...(config.link.secret === undefined ? {} : { secret: config.link.secret }),
      events: {
        up: (link) => this.#linkUp(link),
        frames: (link, run, start, end) => this.#linkFrames(link, run, start, end),
        update: (link) => this.#linkUpdate(link),
        down: (link, error) => this.#linkDown(link, error),
        addresses: () => this.#membersChanged(),
      },
      log: options.log,
    });
    this.#membersChanged();
  }

  /** Calls under way. */
  get openCalls(): number {
    return this.#switchboard.openCalls;
  }

  /** Whether this server takes no new calls of others. */
  get draining(): boolean {
    return this.#draining;
  }

  /** What this server offers now. */
  get offers(): readonly ServiceInfo[] {
    return this.#options.slots.offered();
  }

  /** Other proxy groups from now on; calls under way are not touched. */
  setGroups(groups: readonly GroupConfig[], keyGroups: KeyGroups): void {
    this.router.setGroups(groups);
    this.#membersChanged();
    this.keyNews.change(keyGroups, this.#ports());
  }

  /**
   * How a call would be decided now.
   *
   * @param facts `owner`: the server that the group's key module names for the key; `handler`: the one that is
   *   asked about.
   */
  explain(service: string, key: string | undefined, facts: ExplainFacts = {}): Explanation {
    this.#clock.read();
    const { owner, handler } = facts;
    const explanation = this.router.explain(service, key, owner);
    return handler === undefined
      ? explanation
      : explainHandler(explanation, handler, this.membership.members);
  }

  /**
   * Waits until every configured address has been dialled once, whatever came of it.
   *
   * @param atMostMs How long to wait at most, in ms.
   */
  async firstDials(atMostMs: number): Promise<void> {
    const deadlineMs = this.#outside.now() + atMostMs;
    const undecided = () =>
      this.links.addresses().some(({ state, failures }) =>
        state === "connecting" && failures === 0
      );
    while (undecided() && this.#outside.now() < deadlineMs) {
      await new Promise<void>((resolve) => this.#outside.after(5, resolve));
    }
  }

  /** From now on new calls of other servers are refused, and the others are told. */
  drain(): void {
    this.#draining = true;
    this.#switchboard.drain();
    this.#offersChanged();
  }

  /** Calls that are not answered yet end now, and their callers learn why. */
  endCalls(why: string): void {
    this.#switchboard.endAll(why);
  }

  /** Closes the links in good order. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#outside.cancel(this.#sweepTimer);
    await this.links.close();
    for (const port of this.#ports()) port[Symbol.dispose]();
  }

  /** The ports of the processes that are attached. */
  #ports(): SlotPort[] {
    return [...this.#options.slots].flatMap(({ port }) => port ?? []);
  }

  #control(port: SlotPort, frame: FrameView): void {
    if (frame.kind === FrameKind.ASK) this.#answer(port, frame);
    else if (frame.kind === FrameKind.BEGUN) this.#switchboard.begun(port, frame.stream);
    else if (frame.kind === FrameKind.GROUPS_LOADED) this.#keysLoaded(port, frame);
    else this.#options.slotControl(port.index, frame);
  }

  /** A process asks something of its proxy. */
  #answer(port: SlotPort, { flags, stream, bytes, start, end }: FrameView): void {
    const answer = (flags & WHOLE) === WHOLE
      ? answerQuestion(this.router, bytes.subarray(start, end))
      : undefined;
    if (answer === undefined) {
      this.#options.slotFault(port.index, new Error("a question that is not understood"));
      return;
    }
    port.send(FrameKind.ANSWER, stream, answer);
  }

  /** A process has taken in what it was told of key modules, or cannot load one. */
  #keysLoaded(port: SlotPort, frame: FrameView): void {
    if ((frame.flags & WHOLE) !== WHOLE) {
      this.#options.slotFault(port.index, new Error("an answer about key modules in pieces"));
      return;
    }
    const why = this.keyNews.answered(port, frame.stream, frame.copy());
    if (why === undefined) return;
    this.#options.log.error("a process cannot load a key module: its calls by it fail", {
      slot: port.index,
      why,
    });
  }

  #offersChanged(): void {
    this.membership.setSelf(this.offers, this.#draining);
    this.#membersChanged();
    this.links.announce();
  }

  #membersChanged(): void {
    this.#clock.read();
    this.router.update(this.membership.members, !this.links.complete);
  }

  #linkUp(link: Link): void {
    const port = new LinkPort(link, this.#switchboard, this.#bounds.linkQueueBytes);
    this.#linkPorts.set(link, port);
    this.membership.setPeer(port);
    this.#membersChanged();
  }

  #linkUpdate(link: Link): void {
    const port = this.#linkPorts.get(link);
    if (port === undefined) return;
    this.membership.setPeer(port);
    this.#membersChanged();
  }

  #linkFrames(link: Link, run: FrameRun, start: number, end: number): void {
    const port = this.#linkPorts.get(link);
    if (port === undefined) return;
    try {
      port.frames(run, start, end);
    } catch (error) {
      if (!(error instanceof PortFault)) throw error;
      this.#options.log.warn("link ended: its peer broke the protocol", {
        peer: link.peer.name,
        why: error.message,
      });
      link.terminate(GoodbyeReason.PROTOCOL, "DATA_LOSS", error.message);
    }
  }

  /** A peer loses frames: without its link, what it has to end ends. */
  #giveUp(port: Port, why: string): void {
    if (!(port instanceof LinkPort)) return;
    const { link } = port;
    this.#options.log.warn("link ended: its peer is silent", { peer: link.peer.name, why });
    link.terminate(GoodbyeReason.TIMEOUT, "UNAVAILABLE", why);
  }

  #linkDown(link: Link, error: Error): void {
    const port = this.#linkPorts.get(link);
    if (port === undefined) return;
    this.#linkPorts.delete(link);
    this.membership.linkGone(port);
    this.#membersChanged();
    this.#switchboard.portGone(port, error.message);
    this.#options.log.info("link down", { peer: link.peer.name, why: error.message });
  }

  /** Calls wait for a process: their deadlines are looked at until none waits. */
  #sweepSoon(): void {
    this.#sweepTimer ??= this.#outside.after(SWEEP_MS, () => {
      this.#sweepTimer = undefined;
      this.#clock.read();
      const late = this.#switchboard.sweep();
      if (this.dispatcher.sweep() < Infinity || late) this.#sweepSoon();
    });
  }
}
