import { assert, assertEquals, assertMatch } from "@std/assert";
import { table } from "../tests/support/markdown.ts";
import { VALUES } from "../tests/support/values/all.ts";
import { difference } from "../tests/support/values/same.ts";
import { MeshError } from "../errors.ts";
import { decodePayload, encodePayload } from "./codec.ts";
import { BARE_BUFFER, BINARY, Ext } from "./payload/format.ts";

function roundTrip(value: unknown): unknown {
  const { bytes: encoded, flags } = encodePayload(value);
  const padded = new Uint8Array(encoded.length + 7).fill(0xc1);
  padded.set(encoded, 3);
  return decodePayload(padded, 3, 3 + encoded.length, flags);
}

/** Ordinary values come and go as if nothing had been. */
function assertUsable(): void {
  for (let i = 0; i < 1_000; i++) {
    const ordinary = { i, text: `value ${i}`, list: [i, -i, i / 3], at: new Map([[i, null]]) };
    const wrong = difference(roundTrip(ordinary), ordinary);
    if (wrong !== undefined) throw new Error(`afterwards ${wrong}`);
  }
}

Deno.test("every named value arrives as docs/services.md says, or is refused with its path", async (t) => {
  assertEquals(new Set(VALUES.map(({ name }) => name)).size, VALUES.length, "names are unique");
  assert(VALUES.length > 250, `${VALUES.length} values`);
  for (const { kind, name, make, as = make, refused } of VALUES) {
    await t.step(name, () => {
      // What is about depth fits one place only.
      const wraps = kind.startsWith("depth") ? [alone] : [alone, wrapped];
      for (const { wrap, path } of wraps) {
        if (refused === undefined) {
          assertEquals(difference(roundTrip(wrap(make())), wrap(as())), undefined);
          continue;
        }
        for (const root of ["input", "item"]) {
          const error = refusal(() => encodePayload(wrap(make()), root));
          assertEquals([error.code, error.started], ["INVALID_ARGUMENT", root !== "input"]);
          const where = root + path;
          assert(error.message.startsWith(where), error.message);
          const said = error.message.slice(where.length);
          assertMatch(said.replace(` is ${where}`, " is input"), refused);
        }
        assertUsable();
      }
    });
  }
});

Deno.test("the table of docs/services.md and the named values have the same rows", async () => {
  const text = await Deno.readTextFile(new URL("../docs/services.md", import.meta.url));
  const rows = table(text, "Value", "What becomes of it");
  const outcomes = Object.fromEntries(rows.map(([kind, outcome]) => [kind, outcome]));
  const kinds = new Set(VALUES.map(({ kind }) => kind));
  assertEquals(Object.keys(outcomes).toSorted(), [...kinds].toSorted());
  for (const { kind, name, as, refused } of VALUES) {
    const outcome = outcomes[kind]!;
    assertEquals(outcome.startsWith("refused"), refused !== undefined, `${name}: ${outcome}`);
    // A change is told by more than the words of the rule.
    if (as !== undefined) assert(/ as |without|do not travel/.test(outcome), `${name}: ${outcome}`);
  }
});

Deno.test("docs/wire_protocol.md lists the extensions and the classes of the code", async () => {
  const text = await Deno.readTextFile(new URL("../docs/wire_protocol.md", import.meta.url));
  const types = table(text, "Type", "Is").map(([type]) => Number(type));
  assertEquals(types, Object.values(Ext).toSorted((a, b) => a - b));
  const flowing = text.replace(/\s+/g, " ");
  const classes = BINARY.map(({ name }, code) => `${code} \`${name}\``).join(", ");
  assert(flowing.includes(`${classes}, ${BARE_BUFFER} \`ArrayBuffer\``), classes);
});

const alone = { wrap: (value: unknown) => value, path: "" };
const wrapped = { wrap: (value: unknown) => ({ in: [value] }), path: ".in[0]" };

function refusal(encode: () => unknown): MeshError {
  let seen: unknown;
  try {
    encode();
  } catch (error) {
    seen = error;
  }
  assert(seen instanceof MeshError, `no MeshError: ${Deno.inspect(seen)}`);
  return seen;
}
