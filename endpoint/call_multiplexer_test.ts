import { assertEquals } from "@std/assert";
import { MeshError } from "../errors.ts";
import { FRAME_MAX_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";
import { frameOf, framesIn } from "../tests/support/frames.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { CallerStream, CallMultiplexer } from "./call_multiplexer.ts";
import { MessageSender } from "./message_sender.ts";

const { FIRST, LAST, END } = FrameFlag;
const WHOLE = FIRST | LAST;

/** A stream that notes what becomes of it. */
class NotedStream extends CallerStream {
  readonly target = "a.b";
  readonly told: string[] = [];
  settled = false;
  reply = () => void this.told.push("reply");
  ended = () => void this.told.push("ended");
  error = () => void this.told.push("error");
  fail = ({ code }: MeshError) => void this.told.push(`failed ${code}`);
}

/** The streams of a process, and what leaves it. */
function multiplexer() {
  const queue = new FrameQueue(1 << 20);
  const channel = { queue, end: { maxFrameBytes: FRAME_MAX_BYTES }, schedule: () => {} };
  const sender = new MessageSender(channel);
  const streams = new CallMultiplexer(channel, sender);
  const begin = (bodyBytes = 4) => {
    const stream = new NotedStream(-1);
    assertEquals(streams.add(stream), true);
    sender.sendRequest(stream, 0, new Uint8Array(2), new Uint8Array(bodyBytes));
    return stream;
  };
  const comes = (kind: number, flags: number, stream: number) =>
    streams.frame(frameOf(kind, flags, stream));
  const sent = () => framesIn(queue).map(({ kind, stream }) => `${kind} of ${stream}`);
  return { queue, streams, sender, begin, comes, sent };
}

Deno.test("frames go to their stream until the last one, which frees its id", () => {
  const lasts = [
    [FrameKind.REPLY, WHOLE | END],
    [FrameKind.ERROR, WHOLE],
    [FrameKind.END, 0],
  ] as const;
  for (const [kind, flags] of lasts) {
    const { streams, begin, comes } = multiplexer();
    const [one, other] = [begin(), begin()];
    comes(FrameKind.REPLY, WHOLE, one.stream);
    comes(FrameKind.ERROR, FIRST, one.stream);
    assertEquals(streams.size, 2);
    comes(kind, flags, one.stream);
    assertEquals([streams.size, one.told.length, other.told], [1, 3, []]);
    comes(kind, flags, one.stream);
    assertEquals([one.told.length, streams.lateFrames], [3, 1]);
    assertEquals(begin().stream === one.stream, false, "an id is not used twice in a row");
  }
});

Deno.test("a stream that nobody waits for keeps its id until the other side has ended it", () => {
  const { streams, begin, comes, sent } = multiplexer();
  const stream = begin();
  sent();
  assertEquals(streams.cancel(stream), true);
  assertEquals([sent(), streams.size], [[`${FrameKind.CANCEL} of ${stream.stream}`], 1]);
  comes(FrameKind.ERROR, WHOLE, stream.stream);
  assertEquals([streams.cancel(stream), sent(), streams.size], [false, [], 0]);
});

Deno.test("a stream of which nothing was sent is forgotten at once, since nobody else will end it", () => {
  const { streams, begin, sent } = multiplexer();
  const large = begin(STREAM_WINDOW_BYTES);
  const waits = begin(STREAM_WINDOW_BYTES);
  assertEquals([large.unsent, waits.unsent], [false, true]);
  sent();
  assertEquals([streams.cancel(waits), sent(), streams.size], [false, [], 1]);
});

Deno.test("credit goes to the stream that it is for, and only while its outcome is open", () => {
  const { streams, begin } = multiplexer();
  const [one, other] = [begin(), begin()];
  other.settled = true;
  for (const { stream } of [one, other]) {
    const body = new Uint8Array(new Uint32Array([4]).buffer);
    streams.frame(frameOf(FrameKind.REQUEST_CREDIT, 0, stream, body));
  }
  assertEquals([one.credit, other.credit], [STREAM_WINDOW_BYTES - 2, STREAM_WINDOW_BYTES - 6]);
});

Deno.test("a frame at which this process fails ends its stream, and the other side is told", () => {
  const { streams, begin, sent } = multiplexer();
  const stream = begin();
  sent();
  streams.broken(FrameKind.REPLY, stream.stream, new Error("oops"));
  assertEquals([stream.told, sent()], [
    ["failed INTERNAL"],
    [`${FrameKind.CANCEL} of ${stream.stream}`],
  ]);
  streams.broken(FrameKind.REQUEST, stream.stream, new Error("oops"));
  assertEquals([stream.told.length, sent()], [1, []], "requests are no frames of a caller");
});

Deno.test("when the other side is gone every stream fails, once, and nothing is sent any more", () => {
  const { streams, begin, sent } = multiplexer();
  const all = [begin(), begin()];
  sent();
  streams.close(new MeshError("UNAVAILABLE", "the server is gone"));
  streams.close(new MeshError("INTERNAL", "once more"));
  for (const stream of all) {
    assertEquals(stream.told, ["failed UNAVAILABLE"]);
    assertEquals(streams.cancel(stream), false);
    streams.grant(stream, 5);
  }
  assertEquals(sent(), []);
});
