import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { type Answer, decode, encode } from "./dns_packet.ts";
import fc from "fast-check";
import { answererOf, ask, dataOf, subnetOpt, web } from "../tests/support/test_zone.ts";

Deno.test("each answer of round-robin has all web servers, another one first", () => {
  const answerer = answererOf();
  const firsts = Array.from({ length: 9 }, () => {
    const packet = ask(answerer, "www.portal.example");
    assertEquals(new Set(dataOf(packet)), new Set(["10.0.0.1", "10.0.0.2", "10.0.0.3"]));
    return dataOf(packet)[0];
  });
  assertEquals(firsts.slice(0, 3), firsts.slice(3, 6));
  assertEquals(new Set(firsts).size, 3);
});

Deno.test("A and AAAA take turns on their own", () => {
  const answerer = answererOf();
  const seen = new Set<string>();
  for (let i = 0; i < 6; i++) {
    seen.add(String(dataOf(ask(answerer, "www.portal.example", "A"))[0]));
    seen.add(String(dataOf(ask(answerer, "www.portal.example", "AAAA"))[0]));
  }
  assertEquals(seen.size, 6);
});

Deno.test("an answer is authoritative, repeats the question as it was written, and carries the TTL", () => {
  const packet = ask(answererOf({ ttlSeconds: 12 }), "wWw.PORTAL.example", "A", {
    packet: { flags: 0x0100 },
  });
  assertEquals([packet.id, packet.flag_qr, packet.flag_aa, packet.flag_ra], [
    77,
    true,
    true,
    false,
  ]);
  assertEquals([packet.flag_rd, packet.rcode, packet.flag_tc], [true, "NOERROR", false]);
  assertEquals(packet.questions, [{ name: "wWw.PORTAL.example", type: "A", class: "IN" }]);
  for (const { name, ttl } of packet.answers) {
    assertEquals([name, ttl], ["wWw.PORTAL.example", 12]);
  }
});

Deno.test("only healthy web servers are answered", () => {
  const packet = ask(answererOf({}, new Set(["web-2"])), "www.portal.example");
  assertEquals(new Set(dataOf(packet)), new Set(["10.0.0.1", "10.0.0.3"]));
});

Deno.test("when no web server is healthy the answer is SERVFAIL, which nobody remembers", () => {
  const answerer = answererOf({}, new Set(web.map(({ server }) => server)));
  for (const type of ["A", "AAAA"]) {
    assertEquals(ask(answerer, "www.portal.example", type).rcode, "SERVFAIL");
  }
  assertEquals(ask(answerer, "old.portal.example", "AAAA").rcode, "NOERROR");
});

Deno.test("an unknown name of the zone is NXDOMAIN, with the SOA that says how long", () => {
  const packet = ask(answererOf(), "nope.portal.example");
  assertEquals([packet.rcode, packet.flag_aa, packet.answers.length], ["NXDOMAIN", true, 0]);
  const [soa] = packet.authorities;
  assertEquals([soa!.type, soa!.name, soa!.ttl], ["SOA", "portal.example", 30]);
  assertEquals((soa!.data as { minimum: number }).minimum, 30);
});

Deno.test("a name without records of that type has no data, which is no error", () => {
  for (
    const [name, type] of [
      ["old.portal.example", "AAAA"],
      ["www.portal.example", "TXT"],
      ["www.portal.example", "UNKNOWN_65"], // HTTPS: browsers ask for it
      ["b.portal.example", "A"], // exists only as a part of a.b
    ] as const
  ) {
    const packet = ask(answererOf(), name, type);
    assertEquals([packet.rcode, packet.answers.length, packet.flag_aa], ["NOERROR", 0, true]);
    assertEquals([packet.authorities[0]!.type, packet.questions[0]!.type], ["SOA", type]);
  }
});

Deno.test("names outside the zone, zone transfers and other classes are refused", () => {
  const answerer = answererOf();
  for (const name of ["example.com", "xportal.example", "example", "."]) {
    const packet = ask(answerer, name);
    assertEquals([packet.rcode, packet.flag_aa], ["REFUSED", false], name);
  }
  assertEquals(ask(answerer, "portal.example", "AXFR").rcode, "REFUSED");
  const chaos = { questions: [{ name: "version.bind", type: "TXT", class: "CH" }] };
  assertEquals(ask(answerer, "", "TXT", { packet: chaos }).rcode, "REFUSED");
});

Deno.test("the zone has SOA and NS, and the name server its addresses", () => {
  const answerer = answererOf();
  assertEquals(ask(answerer, "portal.example", "SOA").answers[0]!.type, "SOA");
  const ns = ask(answerer, "portal.example", "NS");
  assertEquals(dataOf(ns), ["ns.portal.example"]);
  assertEquals(ns.additionals.map(({ type, data }) => [type, data]), [
    ["A", "10.0.0.53"],
    ["AAAA", "fd00::53"],
  ]);
  assertEquals(dataOf(ask(answerer, "ns.portal.example")), ["10.0.0.53"]);
  assertEquals(ask(answerer, "www.portal.example", "NS").answers, []);
});

Deno.test("ANY gets one set of records", () => {
  const packet = ask(answererOf(), "www.portal.example", "ANY");
  assertEquals(new Set(packet.answers.map(({ type }) => type)), new Set(["A"]));
});

Deno.test("address-hash: a client keeps its web server, and clients spread over all", () => {
  const answerer = answererOf({ mode: "address-hash" });
  const counts: Record<string, number> = {};
  for (let i = 0; i < 600; i++) {
    const client = `192.0.${i >> 8}.${i & 255}`;
    const [first, ...others] = dataOf(ask(answerer, "www.portal.example", "A", { client }));
    assertEquals(others, []);
    for (let again = 0; again < 3; again++) {
      assertEquals(dataOf(ask(answerer, "www.portal.example", "A", { client })), [first]);
    }
    const [v6] = dataOf(ask(answerer, "www.portal.example", "AAAA", { client }));
    assertEquals(String(v6).slice(-1), String(first).slice(-1), "the same server in both families");
    counts[String(first)] = (counts[String(first)] ?? 0) + 1;
  }
  for (const count of Object.values(counts)) assert(count > 150 && count < 250, `${count}`);
});

Deno.test("address-hash: a server that fails hands its clients over, and gets them back", () => {
  const down = new Set<string>();
  const answerer = answererOf({ mode: "address-hash" }, down);
  const servers = () =>
    Array.from(
      { length: 200 },
      (_, i) => dataOf(ask(answerer, "www.portal.example", "A", { client: `10.1.0.${i}` }))[0],
    );
  const before = servers();
  down.add("web-2");
  const during = servers();
  before.forEach((server, i) => {
    if (server === "10.0.0.2") assert(during[i] !== server);
    else assertEquals(during[i], server);
  });
  down.clear();
  assertEquals(servers(), before);
});

Deno.test("address-hash goes by the client's subnet when the resolver gives it, and says so", () => {
  const answerer = answererOf({ mode: "address-hash" });
  const picked = new Set<unknown>();
  for (let i = 0; i < 50; i++) {
    const opt = subnetOpt(`198.51.${i}.0`, 24);
    const packets = ["192.0.2.1", "203.0.113.9"].map((client) =>
      ask(answerer, "www.portal.example", "A", { opt, client })
    );
    assertEquals(dataOf(packets[0]!), dataOf(packets[1]!), "whichever resolver asks");
    picked.add(dataOf(packets[0]!)[0]);
    const option = packets[0]!.additionals[0]!.options![0]!;
    assertEquals([...option.data!], [0, 1, 24, 24, 198, 51, i]);
  }
  assertEquals(picked.size, 3);
});

Deno.test("a subnet of no bits is a client that stays unknown: the resolver's address decides", () => {
  const answerer = answererOf({ mode: "address-hash" });
  for (let i = 0; i < 20; i++) {
    const client = `192.0.2.${i}`;
    const packet = ask(answerer, "www.portal.example", "A", {
      opt: subnetOpt("0.0.0.0", 0),
      client,
    });
    assertEquals(
      dataOf(packet),
      dataOf(ask(answerer, "www.portal.example", "A", { client })),
    );
    assertEquals([...packet.additionals[0]!.options![0]!.data!], [0, 1, 0, 0]);
  }
});

Deno.test("round-robin answers are for everybody: the subnet comes back with scope 0", () => {
  const packet = ask(answererOf(), "www.portal.example", "A", {
    opt: subnetOpt("2001:db8::", 56),
  });
  assertEquals([...packet.additionals[0]!.options![0]!.data!].slice(0, 4), [0, 2, 56, 0]);
});

Deno.test("a client subnet that breaks the rules is FORMERR", () => {
  const bad = [
    [0, 1, 24, 0, 1, 2], // too short
    [0, 1, 24, 0, 1, 2, 3, 4], // too long
    [0, 1, 20, 0, 1, 2, 0x1f], // bits beyond the prefix
    [0, 1, 33, 0, 1, 2, 3, 4, 5], // more bits than an address has
    [0, 1, 24, 8, 1, 2, 3], // a scope in a query
    [0, 3, 8, 0, 1], // no such family
    [0, 1],
  ];
  for (const data of bad) {
    const opt: Partial<Answer> = { options: [{ code: 8, data: Buffer.from(data) }] };
    assertEquals(ask(answererOf(), "www.portal.example", "A", { opt }).rcode, "FORMERR", `${data}`);
  }
});

Deno.test("a query with EDNS gets an answer with EDNS, one without gets none", () => {
  const opt = { udpPayloadSize: 4_096 };
  const [record, ...more] = ask(answererOf(), "www.portal.example", "A", { opt }).additionals;
  assertEquals([record!.type, record!.udpPayloadSize, record!.ednsVersion, more.length], [
    "OPT",
    1_232,
    0,
    0,
  ]);
  assertEquals(ask(answererOf(), "www.portal.example").additionals, []);
});

Deno.test("an EDNS version that is not spoken yet is BADVERS", () => {
  const packet = ask(answererOf(), "www.portal.example", "A", { opt: { ednsVersion: 1 } });
  assertEquals([packet.rcode, packet.additionals[0]!.extendedRcode], ["NOERROR", 1]);
  assertEquals(packet.answers, []);
});

Deno.test("an answer too large for the client is cut over UDP and whole over TCP", () => {
  const label = "x".repeat(60);
  const servers = Array.from({ length: 8 }, (_, i) => ({
    server: `web-${i}`,
    addresses: [`10.0.0.${i}`],
  }));
  const name = `${label}.${label}.${label}.portal.example`;
  const answerer = answererOf({ names: { [`${label}.${label}.${label}`]: servers } });
  const cut = ask(answerer, name);
  assertEquals([cut.flag_tc, cut.answers.length, cut.rcode], [true, 0, "NOERROR"]);
  const whole = ask(answerer, name, "A", { tcp: true });
  assertEquals([whole.flag_tc, whole.answers.length], [false, 8]);
});

Deno.test("no answer over UDP is larger than the client takes", () => {
  const servers = Array.from({ length: 40 }, (_, i) => ({
    server: `web-${i}`,
    addresses: [`10.0.1.${i}`, `fd00::1:${i}`],
  }));
  fc.assert(fc.property(
    fc.constantFrom("www", "x".repeat(63), "a.b.c.d.e.f"),
    fc.constantFrom("A", "AAAA", "NS", "SOA", "ANY", "TXT"),
    fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }), // 0 would be sent as 4,096
    (label, type, udpPayloadSize) => {
      const query = encode({
        type: "query",
        questions: [{ name: `${label}.portal.example`, type }],
        additionals: udpPayloadSize === undefined
          ? []
          : [{ name: ".", type: "OPT", udpPayloadSize }],
      });
      const answer = answererOf({ names: { [label]: servers } }).answer(query, "::1", "udp")!;
      assert(answer.length <= Math.min(1_232, Math.max(512, udpPayloadSize ?? 512)));
    },
  ));
});

Deno.test("other opcodes are not implemented, responses are not answered", () => {
  const answerer = answererOf();
  const query = encode({ type: "query", id: 9, questions: [{ name: "a.example", type: "A" }] });
  const update = Buffer.from(query);
  update[2] = 5 << 3;
  const refused = decode(Buffer.from(answerer.answer(update, "::1", "udp")!));
  assertEquals([refused.rcode, refused.opcode, refused.id], ["NOTIMP", "UPDATE", 9]);
  const response = Buffer.from(query);
  response[2] = 0x80;
  assertEquals(answerer.answer(response, "::1", "udp"), undefined);
  assertEquals(answerer.answer(query.subarray(0, 11), "::1", "udp"), undefined);
  assertEquals(answerer.counters, { NOTIMP: 1, IGNORED: 2 });
});

Deno.test("a query with no question, two, or one that is cut is FORMERR", () => {
  const answerer = answererOf();
  const question = { name: "www.portal.example", type: "A" };
  for (const questions of [[], [question, question]]) {
    assertEquals(ask(answerer, "", "A", { packet: { questions } }).rcode, "FORMERR");
  }
  const query = encode({ type: "query", id: 4, questions: [question] });
  for (let length = 12; length < query.length; length++) {
    const answer = answerer.answer(query.subarray(0, length), "::1", "udp")!;
    assertEquals(decode(Buffer.from(answer)).rcode, "FORMERR");
  }
});

Deno.test("a name with bytes that its text does not give back is FORMERR", () => {
  const query = Buffer.from(
    encode({ type: "query", questions: [{ name: "wxw.portal.example", type: "A" }] }),
  );
  for (const byte of [0x2e, 0x00, 0x20, 0xff]) {
    query[14] = byte;
    const answer = answererOf().answer(query, "::1", "udp")!;
    assertEquals(decode(Buffer.from(answer)).rcode, "FORMERR", `${byte}`);
  }
});

Deno.test("whatever arrives, an answer is a response to it or there is none", () => {
  const valid = encode({
    type: "query",
    id: 4_242,
    questions: [{ name: "www.portal.example", type: "A" }],
    additionals: [{ name: ".", type: "OPT", ...subnetOpt("10.1.2.0", 24) }],
  });
  const damaged = fc.array(
    fc.record({ at: fc.nat(valid.length - 1), byte: fc.nat(255) }),
    { minLength: 1, maxLength: 6 },
  ).map((changes) => {
    const bytes = Uint8Array.from(valid);
    for (const { at, byte } of changes) bytes[at] = byte;
    return bytes;
  });
  const answerer = answererOf();
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 600 })), (bytes) => {
      const answer = answerer.answer(bytes, "::1", "udp");
      if (answer === undefined) return;
      const packet = decode(Buffer.from(answer));
      assertEquals(packet.flag_qr, true);
      assertEquals([answer[0], answer[1]], [bytes[0], bytes[1]]);
    }),
    { numRuns: 2_000 },
  );
});
