/**
 * The style rules that a machine can check, as tests (after TigerBeetle's tidy.zig).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import * as limits from "../limits.ts";
import { DENO_MIN } from "../supervisor/find_deno.ts";
import { functionsWithMany } from "./support/parameters.ts";
import { projectFiles, resolveImport, specifiersOf, textOf } from "./support/source_tree.ts";

const LINES_MAX = 400;
const PARAMETERS_MAX = 5;
const CODE = /\.(ts|tsx|rs|css)$/;
const modules = projectFiles(/\.tsx?$/).filter((path) => !path.endsWith(".d.ts"));
/** Tests, and helpers of tests, which may use whatever they need. */
const isTest = (path: string) =>
  path.startsWith("tests/") || /_test\.tsx?$|(^|\/)test_\w+\.ts$/.test(path);

/** Path → what it imports of the project, and the names it imports from elsewhere. */
const imports = new Map(modules.map((path) => {
  const specifiers = specifiersOf(textOf(path));
  return [path, {
    local: specifiers.flatMap(({ name }) => resolveImport(path, name) ?? []),
    /** Those that are still there at run time: types are erased. */
    atRunTime: specifiers.flatMap(({ name, typeOnly }) =>
      typeOnly ? [] : resolveImport(path, name) ?? []
    ),
    named: specifiers.flatMap(({ name }) => resolveImport(path, name) === undefined ? [name] : []),
  }];
}));

Deno.test("files are at most 400 lines long: past that there are two concepts in one", () => {
  const long = projectFiles(CODE).flatMap((path) => {
    const lines = textOf(path).split("\n").length - 1;
    return lines > LINES_MAX ? [`${path}: ${lines} lines`] : [];
  });
  assertEquals(long, []);
});

Deno.test("no function takes more than five parameters: what belongs together travels as one thing", () => {
  const many = modules.flatMap((path) => functionsWithMany(path, textOf(path), PARAMETERS_MAX));
  assertEquals(many, []);
});

Deno.test("source files and their folders have snake_case names", () => {
  const odd = projectFiles(CODE).filter((path) =>
    !path.split("/").every((part) => /^[a-z0-9_]+(\.[a-z]+)*$/.test(part))
  );
  assertEquals(odd, []);
});

/** The rooms, lowest first. A module imports from its own room and from lower ones, never from a higher one. */
const ROOMS: readonly string[] = [
  ...["limits", "limits.ts", "address.ts", "errors.ts", "transition.ts", "deps", "types"],
  ...["boundary", "wire", "native", "shm", "outside", "markdev"],
  ...["routing", "routing/dispatch"],
  ...["endpoint", "client"],
  ...["observe", "nameserver", "config", "discovery"],
  ...["proxy/switchboard", "proxy/slot", "proxy/link", "proxy"],
  ...["executor", "webfront"],
  ...["simulation"],
  ...["worker", "supervisor"],
  "server",
  ...["mod.ts", "testing", "testing.ts"],
  ...["cli", "main.ts"],
  ...["examples", "scripts", "bench", "tests"],
];

function roomOf(path: string): number {
  // The unit test of a file at the top stands beside that file.
  const file = path.replace(/_test\.ts$/, ".ts");
  return ROOMS.findLastIndex((room) =>
    (file === room || file.startsWith(`${room}/`)) &&
    !ROOMS.some((inner) => inner.startsWith(`${room}/`) && file.startsWith(`${inner}/`))
  );
}

Deno.test("imports point one way, from higher rooms to lower ones", () => {
  const unknown = modules.filter((path) => roomOf(path) < 0);
  assertEquals(unknown, [], "every top-level folder and file is a room");
  const upward = [...imports].flatMap(([path, { local }]) =>
    isTest(path) ? [] : local
      .filter((target) => roomOf(target) > roomOf(path))
      .map((target) => `${path} imports ${target}`)
  );
  assertEquals(upward, []);
});

Deno.test("imports make no cycle", () => {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(" → "));
    if (at >= 0 || finished.has(path)) return;
    for (const target of imports.get(path)?.atRunTime ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of modules) visit(path, []);
  assertEquals(cycles, []);
});

Deno.test("what runs in workers and in users' programs imports by relative path or node: name", () => {
  const roots = [
    "mod.ts",
    "testing.ts",
    "worker/worker_main.ts",
    "worker/describe_main.ts",
  ];
  const reached = new Set<string>();
  const bare: string[] = [];
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const name of imports.get(path)?.named ?? []) {
      if (!name.startsWith("node:")) bare.push(`${path} imports ${name}`);
    }
    for (const target of imports.get(path)?.local ?? []) visit(target);
  };
  roots.forEach(visit);
  assertEquals(roots.filter((path) => !imports.has(path)), [], "the roots exist");
  assertEquals(bare, [], "a worker runs under the user's import map, which lacks our packages");
});

Deno.test("only native/ffi.ts opens a native library", () => {
  const opens = modules.filter((path) =>
    !isTest(path) && textOf(path).includes("Deno." + "dlopen(")
  );
  assertEquals(opens, ["native/ffi.ts"]);
});

Deno.test("the simulation's auditor shares nothing with what it judges", () => {
  const auditor = "simulation/auditor/";
  const files = modules.filter((path) => path.startsWith(auditor) && !isTest(path));
  assert(files.length > 10, "it is there");
  const shared = files.flatMap((path) => {
    const { local, named } = imports.get(path)!;
    return [...local.filter((target) => !target.startsWith(auditor)), ...named]
      .map((target) => `${path} imports ${target}`);
  });
  assertEquals(shared, []);
});

Deno.test("the core takes clock, timers, chance and network from outside: so it can be simulated", () => {
  const core = /^(client|endpoint|executor|proxy|routing)\/|^markdev\/slot_/;
  const outside =
    /\bperformance\.|\bDate\.now|\bnew Date\(\)|\b(set|clear)(Timeout|Interval|Immediate)\(|\bMath\.random|\bcrypto\b|\bAbortSignal\.timeout|\bDeno\.(?!(TcpConn|NetAddr|errors)\b)[a-z]/;
  const found = modules.flatMap((path) =>
    isTest(path) || !core.test(path) || path === "proxy/link/tcp.ts"
      ? []
      : textOf(path).split("\n").flatMap((line, i) =>
        outside.test(line.replace(/^\s*(\*|\/\/).*|\/\*.*\*\/|\/\/ .*$/g, ""))
          ? [`${path}:${i + 1}: ${line.trim()}`]
          : []
      )
  );
  assertEquals(found, []);
});

Deno.test("files speak of the project alone, and leave no work undone", () => {
  // In two pieces, so that this file passes its own test.
  const forbidden = new RegExp(
    [
      ["/wo", "rk/"],
      ["/tmp/", "bin"],
      ["\\bTO", "DO\\b"],
      ["\\bFIX", "ME\\b"],
      ["registry\\.", "npmjs"],
      ["npmjs\\.", "(com|org)"],
      ["static\\.crates\\.", "io"],
      ["index\\.crates\\.", "io"],
      ["pypi\\.", "org"],
      ["deb\\.debian\\.", "org"],
      ["\\bjsr\\.", "io"],
    ].map((pieces) => pieces.join("")).join("|"),
  );
  const files = projectFiles(/./).filter((path) =>
    !/\.(png|jpg|ico|woff2|so|bin|sqlite)$/.test(path)
  );
  const found = files.flatMap((path) =>
    textOf(path).split("\n").flatMap((line, i) => {
      const match = forbidden.exec(line);
      return match ? [`${path}:${i + 1}: ${match[0]}`] : [];
    })
  );
  assertEquals(found, []);
});

Deno.test("what is documented is described at itself", () => {
  // In two pieces, so that this file passes its own test.
  const elsewhere = new RegExp("see the mod" + "ule's (description|doc)", "i");
  const pointing = projectFiles(CODE).flatMap((path) =>
    textOf(path).split("\n").flatMap((line, i) => elsewhere.test(line) ? [`${path}:${i + 1}`] : [])
  );
  assertEquals(pointing, []);
});

Deno.test("the pinned Deno is the same everywhere it is named", () => {
  const { optionalDependencies } = JSON.parse(textOf("package.json"));
  const wrapper = /deno_major=(\d+) deno_minor=(\d+) deno_patch=(\d+)/.exec(textOf("mesh"))?.slice(
    1,
  );
  assertEquals(wrapper?.map(Number), [...DENO_MIN]);
  for (const version of Object.values(optionalDependencies)) {
    assertEquals(version, DENO_MIN.join("."));
  }
});

Deno.test("every unsafe block has a SAFETY comment", () => {
  const bare = projectFiles(/\.rs$/).flatMap((path) => {
    const lines = textOf(path).split("\n");
    return lines.flatMap((line, i) => {
      if (!/\bunsafe\s*(\{|impl\b)/.test(line.replace(/\/\/.*/, ""))) return [];
      const above = lines.slice(Math.max(0, i - 8), i + 1).join("\n");
      return above.includes("SAFETY:") ? [] : [`${path}:${i + 1}`];
    });
  });
  assertEquals(bare, []);
});

const isLimits = (path: string) => path === "limits.ts" || path.startsWith("limits/");
/** What is shipped: no tests, no tools, no examples. */
const isProduct = (path: string) =>
  !isTest(path) && !/^(bench|examples|scripts|simulation)\//.test(path);

Deno.test("every bound is in limits.ts", () => {
  // In capitals whatever it is, else a number.
  const bound =
    /^(?!\s*(?:\*|\/\/)).*\b(?:const|let|static|readonly)\s+#?((?:[A-Z0-9]+_)*(?:MAX|LIMIT|CAPACITY|BOUND|MOST)(?:_[A-Z0-9]+)*\b|\w*(?:[mM]ax|[lL]imit|[cC]apacity)(?:[A-Z]\w*)?\s*=\s*-?\d)/;
  const elsewhere = modules.filter((path) => isProduct(path) && !isLimits(path)).flatMap((path) =>
    textOf(path).split("\n").flatMap((line, i) => {
      const name = bound.exec(line)?.[1];
      return name === undefined ? [] : [`${path}:${i + 1}: ${name}`];
    })
  );
  assertEquals(elsewhere, []);
});

Deno.test("every bound of the native crate is in its limits.rs", () => {
  const bound =
    /^\s*(?:pub(?:\(crate\))? )?(?:const|static) ((?:[A-Z0-9]+_)*(?:MAX|LIMIT|CAPACITY)(?:_[A-Z0-9]+)*)\b/;
  const elsewhere = projectFiles(/^native\/src\/.*\.rs$/).flatMap((path) =>
    path === "native/src/limits.rs" ? [] : textOf(path).split("\n").flatMap((line, i) => {
      const name = bound.exec(line)?.[1];
      return name === undefined ? [] : [`${path}:${i + 1}: ${name}`];
    })
  );
  assertEquals(elsewhere, []);
});

Deno.test("every limit in limits.ts is enforced or used somewhere", () => {
  const names = Object.keys(limits);
  assert(names.length > 0);
  const users = modules.filter((path) => !isLimits(path) && !isTest(path)).map(textOf);
  users.push(
    ...modules.filter(isLimits).map((path) => textOf(path).replace(/^export const \w+/gm, "")),
  );
  const unused = names.filter((name) => {
    const word = new RegExp(`\\b${name}\\b`);
    return !users.some((text) => word.test(text));
  });
  assertEquals(unused, []);
});
