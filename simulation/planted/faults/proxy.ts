/**
 * Planted faults of the proxy: its switchboard, its slots, the ends of calls, its processes and their queues.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of the rest of `proxy/`, and of `routing/dispatch/`. */
export const PROXY_FAULTS: readonly PlantedFault[] = [
  {
    name: "a proxy does not pass CANCEL on",
    file: "proxy/switchboard/cancellation.ts",
    find: "call.target.cancel(call.id);\n      return;",
    replace: "return;",
  },
  {
    name: "a request that was never sent whole has begun in a process that died, it is said",
    file: "proxy/switchboard/switchboard.ts",
    find: "const started = call.requestComplete && !port.unread(call, this.#clock.ms);",
    replace: "const started = !port.unread(call, this.#clock.ms);",
    history: "no proof was asked for where none was needed",
  },
  {
    name: "a call that is cancelled while it waits keeps its place in the queue",
    file: "proxy/switchboard/cancellation.ts",
    find: "this.#options.dispatcher.cancel(call, call.service);",
    replace: "",
  },
  {
    name: "what may have begun is repeated although it is not idempotent",
    file: "proxy/switchboard/outcome.ts",
    find: "return mayRepeat ? traits :",
    replace: "return mayRepeat || traits.started ? traits :",
  },
  {
    name: "a call that is given up is forgotten before its target has ended it",
    file: "proxy/switchboard/outcome.ts",
    find: "target.cancel(call.id);",
    replace: "target.cancel(call.id);\n    this.end(call, code);",
    history: "the target took the next call of this id for a part of it",
  },
  {
    name: "a call's end is not noted where it came from",
    file: "proxy/switchboard/outcome.ts",
    find: "this.#calls.remove(call.id);\n    call.origin?.removeBegun(call);",
    replace: "this.#calls.remove(call.id);",
  },
  {
    name: "a death says of every call that it never began",
    file: "proxy/switchboard/switchboard.ts",
    find: "const started = call.requestComplete && !port.unread(call, this.#clock.ms);",
    replace: "const started = false;",
  },
  {
    name: "a server that drains says of what its processes have not read that it never begins",
    file: "proxy/switchboard/switchboard.ts",
    find: "{ started: call.requestComplete, retryable",
    replace: "{ started: call.requestComplete && !target.unread(call, this.#clock.ms), retryable",
    history: "a process that lived on until the links were closed began it",
  },
  {
    name: "a deadline that comes over a link is taken for one of this machine's clock",
    file: "proxy/switchboard/switchboard.ts",
    find: "deadline = port.localDeadline(deadline, machineMs);",
    replace: "",
  },
  {
    name: "credit for a request carries a load, and breaks the link",
    file: "proxy/switchboard/switchboard.ts",
    find: "return call?.origin?.forward(frame, call.originStream);",
    replace: "if (call !== undefined) this.#options.dispatcher.report(call.service, call);\n" +
      "        return call?.origin?.forward(frame, call.originStream, packLoad(call!));",
    history: "large requests that came in while others waited broke their links",
  },
  {
    name: "of a request that waits for a process the first frame alone is kept",
    file: "proxy/switchboard/held_request.ts",
    find: "while (frame.advance() && take(frame));",
    replace: "if (frame.advance()) take(frame);",
  },
  {
    name: "each piece of a frame says that it is the last",
    file: "proxy/switchboard/port.ts",
    find: "(to === end ? ~0 : ~(FrameFlag.LAST | FrameFlag.END));",
    replace: "(to === end ? ~0 : ~FrameFlag.END);",
  },
  {
    name: "a slot goes to its next process in the generation of the last one",
    file: "proxy/slot/slot_keeper.ts",
    find: "try {\n      segment.retire(slot.index);",
    replace: "try {\n      segment.slot(slot.index);",
  },
  {
    name: "a process that has gone stays in its pools",
    file: "proxy/slot/slot_keeper.ts",
    find: "dispatcher.processGone(port.index);",
    replace: "",
  },
  {
    name: "a place is given back twice",
    file: "routing/dispatch/dispatcher.ts",
    find: "member.inFlight--;",
    replace: "member.inFlight = Math.max(member.inFlight - 2, 0);",
  },
  {
    name: "a process works on one call more than its service allows",
    file: "routing/dispatch/service_pool.ts",
    find: "if (process.draining || member.inFlight >= member.limit) continue;",
    replace: "if (process.draining || member.inFlight > member.limit) continue;",
  },
  {
    name: "a call that ends makes no room for one that waits",
    file: "routing/dispatch/dispatcher.ts",
    find: "if (pool.queue.size > 0) this.#pump(pool);",
    replace: "",
  },
  {
    name: "a call that leaves the queue out of turn still counts",
    file: "routing/dispatch/call_queue.ts",
    find: "entry.gone = true;\n    this.#byCall.delete(call);",
    replace: "entry.gone = true;",
  },
  {
    name: "what has left for a slot counts as waiting for a while",
    file: "proxy/slot/port.ts",
    find: "return this.queue.appendedBytes - this.queue.queuedBytes;",
    replace: "return this.queue.appendedBytes - this.queue.queuedBytes - this.end.spaceBytes;",
  },
  {
    name: "the pieces of a frame that ends a call all end it",
    file: "proxy/switchboard/port.ts",
    find: "(to === end ? ~0 : ~(FrameFlag.LAST | FrameFlag.END));",
    replace: "(to === end ? ~0 : ~FrameFlag.LAST);",
  },
  {
    name: "each piece of a frame says that it is the first",
    file: "proxy/switchboard/port.ts",
    find: "(at === start ? flags : flags & ~FrameFlag.FIRST) &",
    replace: "flags &",
  },
  {
    name: "replies go to their stream's index, whatever its count",
    file: "proxy/switchboard/switchboard.ts",
    find: "origin?.forward(frame, call.originStream, packLoad(call));",
    replace: "origin?.forward(frame, call.originStream & 0xf_ffff, packLoad(call));",
  },
  {
    name: "the end of a request in fragments is not noted",
    file: "proxy/switchboard/switchboard.ts",
    find: "if (frame.flags & FrameFlag.LAST) call.requestComplete = true;",
    replace: "",
  },
  {
    name: "a request counts as not sent until what is behind it has left",
    file: "proxy/switchboard/switchboard.ts",
    find: "call.requestEndBytes = target.queue.appendedBytes;\n    target.forward(frame, call.id);",
    replace:
      "target.forward(frame, call.id);\n    call.requestEndBytes = target.queue.appendedBytes;",
  },
  {
    name: "what lies unread in a dead process's slot has begun, it is said",
    file: "proxy/slot/port.ts",
    find: "return this.#unread.has(call.id);",
    replace: "return false;",
    history: "the slot was not looked at after a death",
  },
  {
    name: "every handler may be repeated, it is said of a server",
    file: "proxy/membership.ts",
    find: "return found?.idempotent === true;",
    replace: "return found !== undefined;",
  },
  {
    name: "no handler may be repeated, it is said of a server",
    file: "proxy/membership.ts",
    find: "return found?.idempotent === true;",
    replace: "return found === undefined;",
  },
  {
    name: "a call whose last reply nobody takes is never over",
    file: "proxy/switchboard/switchboard.ts",
    find:
      'return (flags & FrameFlag.LAST) && (flags & FrameFlag.END)\n        ? this.#outcome.end(call, "ok")\n        : this.#silent.add(call);',
    replace: "return;",
    history: "its target had ended it already, and no other frame followed",
  },
  {
    name: "a process may have all the calls of its server under way",
    file: "proxy/switchboard/switchboard.ts",
    find: "port.begunCalls >= callsMax / 2 ||",
    replace: "port.begunCalls >= callsMax ||",
  },
  {
    name: "a queue holds four times what it may",
    file: "proxy/switchboard/port.ts",
    find: "return this.queue.queuedBytes > this.queueMaxBytes;",
    replace: "return this.queue.queuedBytes > 4 * this.queueMaxBytes;",
  },
  {
    name: "a link that is lost counts as a process that died",
    file: "proxy/switchboard/switchboard.ts",
    find: 'died: started && port.kind === "slot" && reason === undefined,',
    replace: "died: started && reason === undefined,",
  },
  {
    name: "a process that is to leave gets new calls",
    file: "routing/dispatch/dispatcher.ts",
    find: "process.draining = true;",
    replace: "",
  },
  {
    name: "a call that is over for its origin still sends it replies",
    file: "proxy/switchboard/call.ts",
    find: "this.#origin = null;\n    this.#outcome = outcome;",
    replace: "this.#outcome = outcome;",
  },
  {
    name: "a held request that finds no room is given up more than once",
    file: "proxy/switchboard/switchboard.ts",
    find: 'return call.state === "forwarded";',
    replace: 'return call.state !== "ended";',
    history: "the queue that it had waited in stood still",
  },
];
