import { assertEquals } from "@std/assert";
import { DNS_REFRESH_MS } from "../limits.ts";
import { parseSourceAddress } from "./source_address.ts";

const dns = { refreshMs: DNS_REFRESH_MS };

Deno.test("an address stands for itself", () => {
  for (const address of ["127.0.0.1:7401", "exec-1.example.org:1", "[::1]:65535"]) {
    assertEquals(parseSourceAddress(address), { kind: "static", address });
  }
});

Deno.test("a name in DNS has a port, a name of SRV records has none", () => {
  assertEquals(parseSourceAddress("dns://mesh.portal.example:7400"), {
    kind: "dns",
    name: "mesh.portal.example",
    port: 7400,
    dns,
  });
  assertEquals(parseSourceAddress("dns+srv://_mesh._tcp.portal.example."), {
    kind: "dns+srv",
    name: "_mesh._tcp.portal.example.",
    dns,
  });
});

Deno.test("a name can be looked up at another name server, and at another pace", () => {
  const of = (query: string) => {
    const source = parseSourceAddress(`dns+srv://mesh.example?${query}`);
    return source?.kind === "dns+srv" ? source.dns : undefined;
  };
  assertEquals(of("server=10.0.0.2"), { ...dns, server: { ipAddr: "10.0.0.2", port: 53 } });
  assertEquals(of("server=10.0.0.2:5353"), { ...dns, server: { ipAddr: "10.0.0.2", port: 5353 } });
  assertEquals(of("server=[::1]:5353"), { ...dns, server: { ipAddr: "::1", port: 5353 } });
  assertEquals(of("server=::1"), { ...dns, server: { ipAddr: "::1", port: 53 } });
  assertEquals(of("refreshMs=100"), { refreshMs: 100 });
  assertEquals(of("refreshMs=250&server=10.0.0.2")?.refreshMs, 250);
});

Deno.test("etcd has one endpoint or several, and a prefix that ends in one slash", () => {
  assertEquals(parseSourceAddress("etcd://10.0.0.1:2379/portal"), {
    kind: "etcd",
    endpoints: ["10.0.0.1:2379"],
    prefix: "portal/",
  });
  assertEquals(parseSourceAddress("etcd://10.0.0.1:2379,[::1]:2379,etcd-3:2379//site/mesh/"), {
    kind: "etcd",
    endpoints: ["10.0.0.1:2379", "[::1]:2379", "etcd-3:2379"],
    prefix: "/site/mesh/",
  });
});

Deno.test("what is no source of addresses is refused", () => {
  for (
    const text of [
      "",
      "mesh.example",
      "http://mesh.example:80",
      "dns://mesh.example",
      "dns://mesh.example:0",
      "dns://mesh.example:7400/path",
      "dns://mesh.example:7400?port=1",
      "dns://mesh.example:7400?server=ns.example",
      "dns://mesh.example:7400?server=10.0.0.2:0",
      "dns://mesh.example:7400?refreshMs=99",
      "dns://mesh.example:7400?refreshMs=1e3",
      "dns+srv://",
      "dns+srv://mesh.example:7400",
      "dns+srv://mesh example",
      "dns+srv://mesh.example?server=10.0.0.2?",
      "etcd://10.0.0.1:2379",
      "etcd://10.0.0.1:2379/",
      "etcd://10.0.0.1/portal",
      "etcd://,10.0.0.1:2379/portal",
      "etcd:///portal",
      "etcd://10.0.0.1:2379/with space",
    ]
  ) assertEquals(parseSourceAddress(text), null, text);
});
