/**
 * A simulated worker process: a real attachment, and a real executor or client, on a stand-in for its slot.
 *
 * @module
 */
import { Attachment } from "../endpoint/attachment.ts";
import { CallScope } from "../client/call_scope.ts";
import { CallSender } from "../client/call_sender.ts";
import { MeshClient } from "../client/mesh_client.ts";
import { OutStream } from "../endpoint/message_sender.ts";
import { Executor } from "../executor/executor.ts";
import { offerOf } from "../executor/service_module.ts";
import type { Slot } from "../proxy/slot/slot.ts";
import { FrameKind } from "../wire/frame.ts";
import { makeCall, makeOnward } from "./callers.ts";
import type { Lifeline } from "./descriptors.ts";
import type { SimDevice } from "./device.ts";
import { SimProcess } from "./process.ts";
import { Repeater } from "./repeater.ts";
import type { CallPlan } from "./scenario.ts";
import type { SimOccupant, SimServer } from "./server.ts";
import type { SimSlotEnd } from "./slot_end.ts";

const MESSAGE_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5_000;
/** How often a process that is to leave looks whether it can, in ms. */
const LEAVE_LOOK_MS = 5;

/** A process that has died in the middle of a step goes no further. */
class Died extends Error {}

/** A worker from its start to its death: it attaches, says what it offers, and answers or makes calls. */
export class SimWorker {
  readonly process: SimProcess;
  attachment: Attachment | undefined;
  executor: Executor | undefined;
  mesh: MeshClient | undefined;
  repeater: Repeater | undefined;
  lifeline: Lifeline | undefined;
  ready = false;
  /** It is being replaced. */
  leaving = false;
  /** Its end was wanted. */
  asked = false;
  purpose: "replacement" | undefined;
  lostSlot: string | undefined;

  /**
   * @param server Its server.
   * @param kind What it does.
   * @param name For the log.
   * @param onReady Called when it serves.
   */
  constructor(
    readonly server: SimServer,
    readonly kind: "web" | "exec",
    name: string,
    readonly onReady: (() => void) | undefined,
  ) {
    this.process = new SimProcess(name, server.machine, server.around.dice.for(name));
  }

  /** Its slot; `undefined`: it has none (any more). */
  get slot(): Slot<SimOccupant> | undefined {
    return this.server.slots.slotOf(({ worker }) => worker === this);
  }

  /** It has its slot. */
  begin(end: SimSlotEnd, device: SimDevice): void {
    const { server, process, kind } = this;
    const { see } = server.around;
    const log = server.logger();
    const attachment = this.attachment = new Attachment({
      welcome: { server: server.name, messageBytes: MESSAGE_BYTES, timeoutMs: TIMEOUT_MS },
      end,
      lifeline: end.lifeline,
      device,
      answers: kind === "exec",
      outside: process,
    });
    this.repeater = new Repeater(process, end, attachment.channel);
    attachment.onFailure = (error) => {
      if (!process.dead) log.error("a frame could not be worked on", { error });
    };
    attachment.onGone = () => process.soon(0.1, () => server.killWorker(this, false));
    const calls = new CallSender(attachment);
    const idle = () => calls.openCalls === 0 && (this.executor?.openCalls ?? 0) === 0;
    const leave = () => idle() ? this.#leave() : void process.after(LEAVE_LOOK_MS, leave);
    if (kind === "exec") {
      const services = server.around.services({
        process,
        server: server.name,
        narrow: server.around.scenario.narrow,
        see,
        planOf: server.around.planOf,
        die: () => server.killWorker(this, false),
        onward: (plan, context) =>
          makeOnward(
            {
              process,
              server: server.name,
              mesh: context.mesh,
              see,
              ownerOf: () => undefined,
            },
            plan,
            context,
          ),
      });
      const executor = this.executor = new Executor(
        attachment,
        new MeshClient(calls, TIMEOUT_MS),
        services,
        log,
      );
      attachment.handler = executor;
      executor.onControl = (kind) => {
        if (kind === FrameKind.DRAIN) leave();
      };
      this.#start({ services: services.map(offerOf) });
    } else {
      this.mesh = new MeshClient(calls, TIMEOUT_MS, new CallScope());
      attachment.handler = {
        frame: ({ kind }) => {
          if (kind === FrameKind.DRAIN) {
            this.ready = false;
            leave();
          }
        },
      };
      this.#start({ services: [] });
    }
  }

  /** Makes a planned call. */
  call(plan: CallPlan): void {
    const { server, process, mesh } = this;
    const { see, ownerOf } = server.around;
    void makeCall({
      process,
      server: server.name,
      mesh: mesh!,
      see,
      ownerOf: ({ service, key, manner }) =>
        service === "owned" && manner !== "broadcast" ? ownerOf(key!) : undefined,
    }, plan);
  }

  /** Before each step of its slot: it may be its last one. */
  step(_step: string): void {
    const { process } = this;
    if (process.dead) throw new Died("this process has died");
    if (--process.stepsLeft > 0) return;
    this.server.killWorker(this, false);
    throw new Died("this process dies here");
  }

  #start(report: unknown): void {
    const attachment = this.attachment!;
    attachment.start();
    const out = new OutStream(0);
    out.credit = Infinity;
    const body = new TextEncoder().encode(JSON.stringify(report));
    attachment.sender.send(out, FrameKind.READY, 0, body);
    attachment.channel.flush();
  }

  #leave(): void {
    const { process } = this;
    const attachment = this.attachment!;
    attachment.onGone = undefined;
    const finish = () => {
      attachment.channel.flush();
      if (attachment.channel.queue.queuedBytes > 0) return void process.after(1, finish);
      this.server.killWorker(this, true);
    };
    process.after(1, finish);
  }
}
