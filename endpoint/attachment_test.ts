import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CallScope } from "../client/call_scope.ts";
import { CallSender } from "../client/call_sender.ts";
import { OutgoingCall } from "../client/outgoing_call.ts";
import { MeshError } from "../errors.ts";
import { openMarkDevice } from "../markdev/open_mark_device.ts";
import { realOutside } from "../outside/real_outside.ts";
import { SlotFixture } from "../tests/conformance/slot_fixture.ts";
import { callRequest } from "../tests/support/noted_calls.ts";
import { Attachment } from "./attachment.ts";

/** A process in a slot that nobody listens to, and a call that it makes. */
async function process(fixture: SlotFixture) {
  const device = await openMarkDevice();
  const { end, lifeline } = await fixture.attach(0);
  const welcome = { server: "exec-1", messageBytes: 1_000_000, timeoutMs: 5_000 };
  const attachment = new Attachment({
    ...{ welcome, end, lifeline, device, answers: false, outside: realOutside },
  });
  const told: string[] = [];
  attachment.onGone = ({ message }) => void told.push(message);
  const sender = new CallSender(attachment);
  const madeMs = realOutside.now();
  const call = (target: string) => {
    const request = callRequest({ target, madeMs, deadlineMs: madeMs + 60_000 });
    return new OutgoingCall(sender, new CallScope(), request).promise;
  };
  return { attachment, device, end, call, told };
}

async function codeOf(call: PromiseLike<unknown>): Promise<string> {
  return (await assertRejects(() => Promise.resolve(call), MeshError)).code;
}

Deno.test("a process whose slot is broken is told once, and its calls end, earlier and later ones", async () => {
  await using fixture = new SlotFixture();
  const { attachment, device, call, told } = await process(fixture);
  await using _device = device;
  using _attachment = attachment;
  const before = call("quotes.price");
  attachment.fault(new Error("nonsense"));
  attachment.fault(new Error("nonsense again"));
  assertEquals(await codeOf(before), "UNAVAILABLE");
  assertEquals(await codeOf(call("quotes.price")), "UNAVAILABLE");
  assertEquals(told, ["exec-1: slot 0 is broken: nonsense"]);
});

Deno.test("a process that leaves ends its calls, gives its slot up, and is not told that it has gone", async () => {
  await using fixture = new SlotFixture();
  const { attachment, device, end, call, told } = await process(fixture);
  await using _device = device;
  const before = call("quotes.price");
  attachment[Symbol.dispose]();
  assertEquals(await codeOf(before), "CANCELLED");
  attachment.fault(new Error("too late"));
  assertEquals(told, []);
  assertThrows(() => end.read(new Uint8Array(end.maxFrameBytes)));
});
