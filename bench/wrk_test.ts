import { assertEquals, assertThrows } from "@std/assert";
import { parseWrk } from "./wrk.ts";

const PRINTED = `Running 2s test @ http://127.0.0.1:8080/front
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.52ms  408.11us   9.93ms   90.20%
    Req/Sec    42.35k     2.12k   46.30k    75.00%
  Latency Distribution
     50%    1.45ms
     75%    1.62ms
     90%  801.00us
     99%    1.01s
  84402 requests in 2.00s, 95.31MB read
Requests/sec:  42183.71
Transfer/sec:     47.64MB
`;

Deno.test("what wrk prints is understood, in whatever unit", () => {
  assertEquals(parseWrk(PRINTED), {
    calls: 84_402,
    perSecond: 42_183.71,
    p50Us: 1_450,
    p99Us: 1_010_000,
  });
});

Deno.test("requests that failed fail the measurement", () => {
  for (const line of ["  Non-2xx or 3xx responses: 12", "  Socket errors: connect 0, read 3"]) {
    assertThrows(() => parseWrk(`${PRINTED}${line}\n`), Error, line.trim());
  }
});
