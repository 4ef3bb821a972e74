import { assert, assertEquals } from "@std/assert";
import { advertisedAddress, ownAddresses } from "./own_addresses.ts";

Deno.test("a server is found where it listens, or where its configuration says", () => {
  const listen = { hostname: "10.0.0.1", port: 7400 };
  assertEquals(advertisedAddress(listen, undefined), "10.0.0.1:7400");
  assertEquals(advertisedAddress({ hostname: "::1", port: 7400 }, undefined), "[::1]:7400");
  assertEquals(advertisedAddress(listen, "exec-1.example:80"), "exec-1.example:80");
});

Deno.test("a server that listens on all addresses is found under its machine's name", () => {
  for (const hostname of ["0.0.0.0", "::"]) {
    assertEquals(
      advertisedAddress({ hostname, port: 7400 }, undefined),
      `${Deno.hostname()}:7400`,
    );
  }
});

Deno.test("a server knows itself under all its addresses, and nobody else", () => {
  const one = ownAddresses({ hostname: "10.0.0.1", port: 7400 }, "exec-1.example:80");
  assertEquals([...one].sort(), ["10.0.0.1:7400", "exec-1.example:80"]);
  const all = ownAddresses({ hostname: "0.0.0.0", port: 7400 }, undefined);
  assert(all.has("127.0.0.1:7400"));
  assert(!all.has("127.0.0.1:7401"));
});
