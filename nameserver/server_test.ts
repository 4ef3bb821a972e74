import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { decode, encode } from "./dns_packet.ts";
import { DNS_CONNECTIONS_MAX } from "../limits.ts";
import { boundsReached } from "../limits/reached.ts";
import { missingCommand, testUnless } from "../tests/skip.ts";
import { NameServer } from "./server.ts";
import { MessageSplitter, withLength } from "./tcp_messages.ts";
import { answererOf } from "../tests/support/test_zone.ts";

const noDig = missingCommand("dig");
const question = { name: "www.portal.example", type: "A" };

function start(
  answerer = answererOf(),
  options: { hostname?: string; idleMs?: number } = {},
): Promise<NameServer> {
  return NameServer.listen({ hostname: "127.0.0.1", port: 0, answerer, ...options });
}

async function dig(server: NameServer, ...args: string[]): Promise<string> {
  const { hostname, port } = server.address;
  const { code, stdout } = await new Deno.Command("dig", {
    args: [`@${hostname}`, "-p", String(port), "+tries=1", "+time=5", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout);
}

async function short(server: NameServer, ...args: string[]): Promise<string[]> {
  return (await dig(server, "+short", ...args)).trim().split("\n");
}

testUnless(noDig, "dig gets all web servers in turn, over UDP and over TCP", async () => {
  await using server = await start();
  const firsts = new Set<string>();
  for (const transport of ["+notcp", "+tcp", "+tcp"]) {
    const lines = await short(server, transport, "www.portal.example");
    assertEquals([...lines].sort(), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    firsts.add(lines[0]!);
  }
  assertEquals(firsts.size, 3);
  assertEquals((await short(server, "www.portal.example", "AAAA")).length, 3);
});

testUnless(noDig, "dig finds nothing wrong with any kind of answer", async () => {
  await using server = await start();
  const expected: [string[], RegExp][] = [
    [["www.portal.example"], /status: NOERROR.*\n;; flags: qr aa rd;/],
    [
      ["nope.portal.example"],
      /status: NXDOMAIN[^]*SOA\s+ns\.portal\.example\. hostmaster\.portal\.example\. 1 /,
    ],
    [["old.portal.example", "AAAA"], /status: NOERROR[^]*ANSWER: 0, AUTHORITY: 1/],
    [["example.com"], /status: REFUSED/],
    [["portal.example", "SOA"], /ANSWER SECTION:\s+portal\.example\.\s+30\s+IN\s+SOA/],
    [["portal.example", "NS"], /ns\.portal\.example\.\s+30\s+IN\s+A\s+10\.0\.0\.53/],
    [["+edns=3", "+noednsnegotiation", "www.portal.example"], /status: BADVERS/],
    [["+opcode=notify", "portal.example", "SOA"], /status: NOTIMP/],
    [["version.bind", "TXT", "CH"], /status: REFUSED/],
    [["www.portal.example", "HTTPS"], /status: NOERROR[^]*IN\s+HTTPS/],
  ];
  for (const [args, pattern] of expected) {
    const output = await dig(server, ...args);
    assertMatch(output, pattern);
    assert(!/malformed|mismatch|parser|bad /i.test(output), output);
  }
});

testUnless(noDig, "dig with a client subnet gets that client's server, and the scope", async () => {
  await using server = await start(answererOf({ mode: "address-hash" }));
  const picked = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const args = [`+subnet=198.51.${i}.0/24`, "www.portal.example"];
    const first = await short(server, ...args);
    assertEquals(await short(server, ...args), first);
    assertEquals(first.length, 1);
    picked.add(first[0]!);
  }
  assert(picked.size > 1);
  const output = await dig(server, "+subnet=198.51.7.0/24", "www.portal.example");
  assertMatch(output, /CLIENT-SUBNET: 198\.51\.7\.0\/24\/24/);
  assertEquals(
    await short(server, "+nosubnet", "www.portal.example"),
    await short(server, "+nosubnet", "www.portal.example"),
  );
});

testUnless(noDig, "dig falls back to TCP when the answer is too large for UDP", async () => {
  const label = "x".repeat(60);
  const names = {
    [`${label}.${label}.${label}`]: Array.from({ length: 8 }, (_, i) => ({
      server: `web-${i}`,
      addresses: [`10.0.0.${i}`],
    })),
  };
  const answerer = answererOf({ names });
  await using server = await start(answerer);
  const lines = await short(server, `${label}.${label}.${label}.portal.example`);
  assertEquals(lines.length, 8);
  assertEquals(answerer.counters, { TRUNCATED: 1, NOERROR: 1 });
});

Deno.test("a stub resolver resolves the site's names", async () => {
  await using server = await start();
  const { hostname: ipAddr, port } = server.address;
  const resolve = (name: string, type: "A" | "AAAA") =>
    Deno.resolveDns(name, type, { nameServer: { ipAddr, port } });
  assertEquals((await resolve("www.portal.example.", "A")).sort(), [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
  ]);
  assertEquals((await resolve("www.portal.example.", "AAAA")).length, 3);
  const error = await resolve("nope.portal.example.", "A").catch((error) => error);
  assert(error instanceof Deno.errors.NotFound, String(error));
});

Deno.test("queries on one TCP connection are answered in order, however they are cut", async () => {
  await using server = await start();
  using connection = await Deno.connect({ ...server.address });
  const stream = Uint8Array.from(
    [1, 2, 3, 4].flatMap((
      id,
    ) => [...withLength(encode({ type: "query", id, questions: [question] }))]),
  );
  for (let at = 0; at < stream.length; at += 17) {
    await connection.write(stream.subarray(at, at + 17));
  }
  const splitter = new MessageSplitter();
  const ids: number[] = [];
  const chunk = new Uint8Array(4_096);
  while (ids.length < 4) {
    const length = await connection.read(chunk);
    assert(length !== null);
    for (const message of splitter.push(chunk.subarray(0, length))!) {
      ids.push(decode(Buffer.from(message)).id);
    }
  }
  assertEquals(ids, [1, 2, 3, 4]);
});

Deno.test("a TCP connection is closed when it sends what is no query, or nothing", async () => {
  await using server = await start(undefined, { idleMs: 50 });
  for (const bytes of [[0xff, 0xff], [0, 3, 1, 2, 3], [0, 30, 1], []]) {
    using connection = await Deno.connect({ ...server.address });
    if (bytes.length > 0) await connection.write(Uint8Array.from(bytes));
    const end = await connection.read(new Uint8Array(10)).catch(() => null);
    assertEquals(end, null);
  }
});

Deno.test("connections beyond the limit are closed at once, and counted", async () => {
  await using server = await start();
  const connections: Deno.TcpConn[] = [];
  const query = withLength(encode({ type: "query", id: 1, questions: [question] }));
  const answered = async () => {
    const connection = await Deno.connect({ ...server.address });
    connections.push(connection);
    await connection.write(query).catch(() => {});
    return await connection.read(new Uint8Array(512)).catch(() => null) !== null;
  };
  for (let i = 0; i < DNS_CONNECTIONS_MAX; i++) assert(await answered());
  const before = boundsReached().DNS_CONNECTIONS_MAX;
  assertEquals([await answered(), server.refusedConnections], [false, 1]);
  assertEquals(boundsReached().DNS_CONNECTIONS_MAX, before + 1);
  for (const connection of connections) connection.close();
});

Deno.test("packets that are no query do not disturb those that are", async () => {
  await using server = await start();
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  const answered = new Promise<Uint8Array>((resolve) => socket.once("message", resolve));
  const send = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) =>
      socket.send(
        bytes,
        server.address.port,
        "127.0.0.1",
        (error) => error ? reject(error) : resolve(),
      )
    );
  for (let length = 0; length < 12; length++) await send(new Uint8Array(length));
  await send(encode({ type: "response", id: 5, questions: [question] }));
  await send(encode({ type: "query", id: 6, questions: [question] }));
  assertEquals(decode(Buffer.from(await answered)).id, 6);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
});

/** What keeps a socket from listening on IPv6 here. */
function missingIpv6(): string | undefined {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return undefined;
  } catch {
    return "this machine has no IPv6";
  }
}

testUnless(
  missingIpv6(),
  "a server for both families sees an IPv4 client under its IPv4 address",
  async () => {
    const clients = new Set<string>();
    const inner = answererOf();
    await using server = await start(
      {
        counters: {},
        answer(bytes: Uint8Array, client: string, transport: "udp" | "tcp") {
          clients.add(client);
          return inner.answer(bytes, client, transport);
        },
      } as typeof inner,
      { hostname: "::" },
    );
    const { port } = server.address;
    for (const ipAddr of ["127.0.0.1", "::1"]) {
      await Deno.resolveDns("www.portal.example.", "A", { nameServer: { ipAddr, port } });
    }
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(withLength(encode({ type: "query", id: 1, questions: [question] })));
    await connection.read(new Uint8Array(512));
    assertEquals([...clients].sort(), ["127.0.0.1", "::1"]);
  },
);

Deno.test("an address in use is an error, and leaves nothing open", async () => {
  await using server = await start();
  const error = await NameServer.listen({
    ...server.address,
    answerer: answererOf(),
  }).catch((error) => error);
  assert(error instanceof Deno.errors.AddrInUse, String(error));
});
