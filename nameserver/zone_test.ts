import { assertEquals } from "@std/assert";
import { zoneConfig } from "../tests/support/test_zone.ts";
import { Zone } from "./zone.ts";

const zone = new Zone(zoneConfig);

Deno.test("a zone tells its own names from unknown and from foreign ones, in any case", () => {
  const kinds = {
    "portal.example": "known",
    "WWW.Portal.EXAMPLE": "known",
    "www.portal.example.": "known",
    "a.b.portal.example": "known",
    "b.portal.example": "known",
    "c.b.portal.example": "unknown",
    "x.www.portal.example": "unknown",
    "example": "foreign",
    "notportal.example": "foreign",
    "www.portal.example.com": "foreign",
  };
  for (const [name, kind] of Object.entries(kinds)) {
    assertEquals(zone.lookup(name).kind, kind, name);
  }
});

Deno.test("letters beyond ASCII have no other case in DNS", () => {
  // Its lower case is "k" by Unicode's rules.
  assertEquals(new Zone({ zone: "k.example", names: {} }).lookup("\u212a.example").kind, "foreign");
});

Deno.test("the name server may have its name elsewhere", () => {
  const elsewhere = new Zone({ ...zoneConfig, nameServer: "ns1.host.test" });
  assertEquals(elsewhere.nameServer, "ns1.host.test");
  assertEquals(elsewhere.lookup("ns1.host.test").kind, "foreign");
  assertEquals(elsewhere.lookup("ns.portal.example").kind, "unknown");
});
