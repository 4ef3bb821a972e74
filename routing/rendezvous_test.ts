import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { rendezvousScore, TextHash } from "./rendezvous.ts";
import { seededRandom } from "../tests/support/servers.ts";

const KEYS = 20_000;

function owners(servers: string[], keys: string[]): string[] {
  const hashes = servers.map((name) => new TextHash(name));
  return keys.map((key) => {
    const hash = new TextHash(key);
    let best = 0;
    for (let i = 1; i < hashes.length; i++) {
      if (rendezvousScore(hash, hashes[i]!) > rendezvousScore(hash, hashes[best]!)) best = i;
    }
    return servers[best]!;
  });
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `exec-${i + 1}`);
}

const keySets: Record<string, string[]> = {
  "counted users": Array.from({ length: KEYS }, (_, i) => `user-${i}`),
  "numbers": Array.from({ length: KEYS }, (_, i) => String(i)),
  "paths": Array.from({ length: KEYS }, (_, i) => `/photos/${i % 100}/${i}`),
  "random hexadecimal": (() => {
    const random = seededRandom(11);
    return Array.from(
      { length: KEYS },
      () => Math.floor(random() * 2 ** 48).toString(16).padStart(12, "0"),
    );
  })(),
};

for (const [kind, keys] of Object.entries(keySets)) {
  Deno.test(`keys (${kind}) spread evenly over 2, 3, 5 and 11 servers`, () => {
    for (const count of [2, 3, 5, 11]) {
      const counts = new Map<string, number>();
      for (const owner of owners(names(count), keys)) {
        counts.set(owner, (counts.get(owner) ?? 0) + 1);
      }
      for (const name of names(count)) {
        const share = counts.get(name)! / (KEYS / count);
        assert(share > 0.93 && share < 1.07, `${name} of ${count}: ${share} of its fair share`);
      }
    }
  });

  Deno.test(`a server that joins or leaves moves only its share of the keys (${kind})`, () => {
    for (const count of [3, 4, 8, 11]) {
      const before = owners(names(count), keys);
      const after = owners(names(count - 1), keys);
      let moved = 0;
      for (let i = 0; i < KEYS; i++) {
        if (before[i] === after[i]) continue;
        assertEquals(before[i], `exec-${count}`, "only keys of the server that left may move");
        moved++;
      }
      const share = moved / (KEYS / count);
      assert(share > 0.8 && share < 1.2, `${share} of 1/${count}`);
    }
  });

  Deno.test(`the keys of a server that leaves go to all others alike (${kind})`, () => {
    const before = owners(names(5), keys);
    const after = owners(names(4), keys);
    const heirs = new Map<string, number>();
    let moved = 0;
    for (let i = 0; i < KEYS; i++) {
      if (before[i] === after[i]) continue;
      moved++;
      heirs.set(after[i]!, (heirs.get(after[i]!) ?? 0) + 1);
    }
    for (const [heir, count] of heirs) {
      const share = count / (moved / 4);
      assert(share > 0.85 && share < 1.15, `${heir}: ${share}`);
    }
  });
}

Deno.test("a score is a non-negative integer below 2^53 and depends on key and server alone", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (key, server) => {
    const score = rendezvousScore(new TextHash(key), new TextHash(server));
    assert(Number.isSafeInteger(score) && score >= 0);
    assertEquals(rendezvousScore(new TextHash("x").set(key), new TextHash(server)), score);
  }));
});

Deno.test("scores of different keys at one server hardly ever collide", () => {
  const server = new TextHash("exec-1");
  const scores = new Set(
    keySets["counted users"]!.map((key) => rendezvousScore(new TextHash(key), server)),
  );
  assertEquals(scores.size, KEYS);
});
