/**
 * Whether two values are the same to the last bit, their classes included: stricter than `assertEquals`.
 *
 * @module
 */

const MAX_DIFFERENCES = 1;

/**
 * Compares two values.
 *
 * @returns Where they differ, and how; `undefined` when they do not.
 */
export function difference(seen: unknown, expected: unknown): string | undefined {
  const found: string[] = [];
  compare(seen, expected, "value", found);
  return found[0];
}

function compare(seen: unknown, expected: unknown, path: string, found: string[]): void {
  if (found.length >= MAX_DIFFERENCES || Object.is(seen, expected)) return;
  const differ = (what: string, a: unknown, b: unknown) => {
    found.push(`${path}: ${what} ${short(a)}, expected ${short(b)}`);
  };
  if (!isObject(seen) || !isObject(expected)) return differ("is", seen, expected);
  const [prototype, wanted] = [Object.getPrototypeOf(seen), Object.getPrototypeOf(expected)];
  if (prototype !== wanted) {
    return differ("is a", prototype?.constructor?.name, wanted?.constructor?.name);
  }
  if (expected instanceof Date) return compare(+(seen as Date), +expected, `${path} (time)`, found);
  if (expected instanceof RegExp) return compare(`${seen}`, `${expected}`, path, found);
  if (expected instanceof Map) {
    return compare([...(seen as typeof expected)], [...expected], `${path} (entries)`, found);
  }
  if (expected instanceof Set) {
    return compare([...(seen as typeof expected)], [...expected], `${path} (members)`, found);
  }
  if (expected instanceof ArrayBuffer || ArrayBuffer.isView(expected)) {
    return compare(hex(seen), hex(expected), `${path} (bytes)`, found);
  }
  if (isBoxed(expected)) return compare(seen.valueOf(), expected.valueOf(), path, found);
  if (expected instanceof Error) {
    for (const name of ["name", "message", "cause", "errors"] as const) {
      const [a, b] = [seen, expected] as unknown as Record<string, unknown>[];
      compare(a![name], b![name], `${path}.${name}`, found);
    }
    if (Object.hasOwn(seen, "cause") !== Object.hasOwn(expected, "cause")) differ("cause", 0, 1);
  }
  if (Array.isArray(expected)) {
    compare((seen as unknown[]).length, expected.length, `${path}.length`, found);
  }
  const [keys, wantedKeys] = [seen, expected].map((value) => Object.keys(value).join("\0"));
  if (keys !== wantedKeys) return differ("has the keys", keys, wantedKeys);
  for (const key of Object.keys(expected)) {
    compare(own(seen, key), own(expected, key), `${path}.${key}`, found);
  }
}

function own(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isBoxed(value: object): boolean {
  return [Number, String, Boolean, BigInt].some((Class) =>
    value instanceof (Class as typeof Number)
  );
}

function hex(value: unknown): string {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value as ArrayBuffer);
  return bytes.toHex();
}

function short(value: unknown): string {
  return Deno.inspect(value, { depth: 1, strAbbreviateSize: 60 }).slice(0, 200);
}
