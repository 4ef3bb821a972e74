import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatAddress, parseAddress } from "./address.ts";

Deno.test("parseAddress() takes host names, IPv4 and bracketed IPv6", () => {
  assertEquals(parseAddress("127.0.0.1:8080"), { hostname: "127.0.0.1", port: 8080 });
  assertEquals(parseAddress("exec-1.example.org:7401"), {
    hostname: "exec-1.example.org",
    port: 7401,
  });
  assertEquals(parseAddress("[::1]:65535"), { hostname: "::1", port: 65535 });
  assertEquals(parseAddress("[fe80::1%eth0]:1"), { hostname: "fe80::1%eth0", port: 1 });
});

Deno.test("parseAddress() allows port 0 only where any free port will do", () => {
  assertEquals(parseAddress("127.0.0.1:0"), null);
  assertEquals(parseAddress("127.0.0.1:0", { anyPort: true }), { hostname: "127.0.0.1", port: 0 });
});

Deno.test("parseAddress() refuses what is no address", () => {
  for (
    const text of [
      "",
      "8080",
      ":8080",
      "localhost",
      "localhost:",
      "localhost:65536",
      "localhost:080800",
      "localhost:-1",
      "local host:80",
      "http://localhost:80",
      "::1:80",
      "[::1]",
      "[::g]:80",
      "[1:2:3]:80",
      "a/b:80",
      "a:b:80",
    ]
  ) assertEquals(parseAddress(text), null, text);
});

Deno.test("formatAddress() gives back what parseAddress() took apart", () => {
  const host = fc.oneof(fc.ipV4(), fc.domain(), fc.ipV6().map((ip) => `[${ip}]`));
  fc.assert(fc.property(host, fc.integer({ min: 1, max: 65_535 }), (hostname, port) => {
    const text = `${hostname}:${port}`;
    const address = parseAddress(text);
    assertEquals(address && formatAddress(address), text);
  }));
});
