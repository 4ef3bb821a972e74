import { assertEquals } from "@std/assert";
import { MeshError } from "../errors.ts";
import { begun, cancelled, deadly, refusalOf } from "./call_errors.ts";

const error = new MeshError("UNAVAILABLE", "it died", {
  started: false,
  server: "exec-1",
  target: "quotes.price",
  metadata: { why: "tired" },
});

Deno.test("a deadly call's error names the server of the last death, if that is known", () => {
  const { code, server, target, cause, started } = deadly("quotes.price", error);
  assertEquals(
    [code, server, target, cause, started],
    ["INTERNAL", "exec-1", "quotes.price", error, true],
  );
  assertEquals(deadly("quotes.price", new MeshError("UNAVAILABLE", "")).server, undefined);
});

Deno.test("an error of a call that began earlier says all that it said, and that it began", () => {
  const { code, message, server, target, metadata, started } = begun(error);
  assertEquals(
    [code, message, server, target, metadata, started],
    ["UNAVAILABLE", "it died", "exec-1", "quotes.price", { why: "tired" }, true],
  );
});

Deno.test("a cancelled call's error says why, where there is something to say", () => {
  const { code, message, target, started, cause } = cancelled("quotes.price", "enough", false);
  assertEquals(
    [code, message, target, started, cause],
    ["CANCELLED", "quotes.price was cancelled: enough", "quotes.price", false, "enough"],
  );
  assertEquals(cancelled("a.b", undefined, true).message, "a.b was cancelled");
});

Deno.test("what cannot be sent ends in its own error, or in INTERNAL, and never began", () => {
  assertEquals(refusalOf(error, "a.b"), error);
  const { code, started, target } = refusalOf(new TypeError("odd"), "a.b");
  assertEquals([code, started, target], ["INTERNAL", false, "a.b"]);
});
