/**
 * Chooses the mark device: the reactor when it works on this Deno, else epoll.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";
import { EpollDevice } from "./epoll_device.ts";
import type { MarkDevice } from "./mark_device.ts";
import { ReactorDevice } from "./reactor_device.ts";

/** Time the reactor has to pass its self-test. */
const SELF_TEST_MS = 2_000;

/**
 * Opens the mark device of this process.
 *
 * @param prefer The mechanism to use; the environment variable `MESH_MARK_DEVICE` (`reactor` or `epoll`) overrides
 * it. Default: the reactor.
 * @returns The device. When the reactor fails its self-test it is the epoll device, whose `fallbackReason` says why.
 * @throws MeshError `INVALID_ARGUMENT` for another value of `MESH_MARK_DEVICE`.
 */
export async function openMarkDevice(prefer?: MarkDevice["mechanism"]): Promise<MarkDevice> {
  if ((chosenByEnvironment() ?? prefer ?? "reactor") === "epoll") return new EpollDevice();
  let device: ReactorDevice | undefined;
  try {
    device = new ReactorDevice();
    await selfTest(device);
    return device;
  } catch (error) {
    device?.[Symbol.dispose]();
    return new EpollDevice(textOf(error));
  }
}

function chosenByEnvironment(): MarkDevice["mechanism"] | undefined {
  // Asking without the permission would open a prompt in a user's program.
  const variable = "MESH_MARK_DEVICE";
  const mayAsk = Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  const value = mayAsk ? Deno.env.get(variable) : undefined;
  if (value === undefined || value === "") return undefined;
  if (value === "reactor" || value === "epoll") return value;
  throw new MeshError(
    "INVALID_ARGUMENT",
    `${variable} is "${value}", allowed are "reactor" and "epoll"`,
    { started: false },
  );
}

/**
 * Whether a device sees two alerts one after the other and a hang-up.
 *
 * @param device The device under test.
 * @throws MeshError `UNIMPLEMENTED` when it does not within two seconds.
 */
export async function selfTest(device: MarkDevice): Promise<void> {
  const symbols = native();
  const mark = symbols.mesh_mark_open();
  const pair = new Uint32Array(2);
  symbols.mesh_socket_pair(new Uint8Array(pair.buffer), pair.byteLength);
  const [ours = -1, theirs = -1] = pair;
  const watched: Disposable[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      let alerts = 0;
      timer = setTimeout(() => {
        const seen = `saw ${alerts} of 2 alerts${alerts < 2 ? "" : " and no hang-up"}`;
        reject(
          new MeshError("UNIMPLEMENTED", `self-test: ${seen} within ${SELF_TEST_MS} ms`),
        );
      }, SELF_TEST_MS);
      watched.push(device.watch(mark, () => {
        alerts++;
        if (alerts === 1) symbols.mesh_mark_signal(mark);
        else if (alerts === 2) symbols.mesh_fd_close(theirs);
      }));
      watched.push(device.watchHangup(ours, resolve));
      symbols.mesh_mark_signal(mark);
      symbols.mesh_mark_signal(mark);
    });
  } finally {
    clearTimeout(timer);
    for (const watch of watched) watch[Symbol.dispose]();
    symbols.mesh_fd_close(ours);
    symbols.mesh_fd_close(mark);
  }
}
