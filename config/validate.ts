/**
 * Checks merged settings against the schema and turns what it finds into faults.
 *
 * @module
 */
import type { z } from "zod";
import { type Fault, showPath, showValue } from "./fault.ts";
import { isObject, type Merged, type Raw } from "./merge.ts";
import { jsonSchema, schema, type Settings } from "./schema.ts";
import { didYouMean, suggest } from "./suggest.ts";

type Path = readonly PropertyKey[];

/** What {@linkcode validate} finds. */
export interface Validated {
  /** The settings, without those that are faulty, defaults filled in. */
  readonly settings: Settings;
  /** Every fault against the schema. */
  readonly faults: Fault[];
}

/**
 * Checks settings against the schema. Faulty settings are left out of the result, so that the checks
 * that follow can find the faults of the rest.
 *
 * @param merged The settings and where they came from.
 * @returns Usable settings and all faults.
 */
export function validate({ raw, sources }: Merged): Validated {
  const faults = new Map<string, Fault>();
  const rest = structuredClone(raw);
  let result = schema.safeParse(rest);
  for (let round = 0; !result.success; round++) {
    const issues = result.error.issues;
    // What only comes up after a faulty setting was taken out is a consequence of it.
    if (round === 0) {
      for (const fault of issues.flatMap((issue) => faultsOf(issue, raw))) {
        if (faults.has(fault.path)) continue;
        const source = sourceOf(fault.path, sources);
        faults.set(fault.path, source === undefined ? fault : { ...fault, source });
      }
    }
    // From the end, so that the items of a list keep their index.
    for (const issue of issues.toReversed()) prune(rest, issue);
    result = schema.safeParse(rest);
  }
  return { settings: result.data, faults: [...faults.values()] };
}

/** The flag or variable that the setting at `path` (or the list it is in) came from. */
export function sourceOf(path: string, sources: ReadonlyMap<string, string>): string | undefined {
  return sources.get(path) ?? sources.get(path.replace(/\[\d+\]$/, ""));
}

function faultsOf(issue: z.core.$ZodIssue, raw: Raw): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: showPath([...issue.path, key]),
      seen: "an unknown field",
      allowed: fieldsAllowed(issue.path, key),
    }));
  }
  const path = showPath(issue.path);
  const value = valueAt(raw, issue.path);
  // Of a record's key the record's own text says nothing.
  const text = issue.code === "invalid_key"
    ? issue.issues[0]?.message ?? issue.message
    : issue.message;
  const words = issue.code === "invalid_value" && typeof value === "string"
    ? didYouMean(value, issue.values.map(String))
    : "";
  const seen = issue.code === "invalid_key"
    ? `the name ${showValue(issue.path.at(-1))}`
    : showValue(value, path);
  return [{ path: path === "" ? "the file" : path, seen, allowed: text + words }];
}

function prune(raw: Raw, issue: z.core.$ZodIssue): void {
  if (issue.code === "unrecognized_keys") {
    const parent = valueAt(raw, issue.path);
    if (isObject(parent)) { for (const key of issue.keys) delete parent[key]; }
    return;
  }
  // Without the setting that tells what a group is, and without a required one, nothing of it is known.
  const whole = valueAt(raw, issue.path) === undefined ||
    issue.code === "invalid_union" && issue.discriminator !== undefined &&
      issue.path.at(-1) === "mode";
  const path = whole ? issue.path.slice(0, -1) : issue.path;
  const parent = valueAt(raw, path.slice(0, -1));
  const key = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isObject(parent) && key !== undefined) delete parent[String(key)];
  else throw new Error(`mesh.json: the fault at ${showPath(path)} cannot be set aside`);
}

function valueAt(value: unknown, path: Path): unknown {
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

/** What is allowed instead of the unknown field `key` of the object at `path`. */
function fieldsAllowed(path: Path, key: string): string {
  const root = jsonSchema() as Node;
  const here = variantsAt(root, path).map((variant) => Object.keys(variant.properties ?? {}));
  const names = [...new Set(here.flat())].filter((name) => name !== "$schema");
  if (names.includes(key)) return "this field in a group with another mode";
  const close = suggest(key, names);
  if (close !== undefined) return `did you mean ${showPath([...path, close])}?`;
  const elsewhere = everyField(root).find((field) => field.split(".").at(-1) === key);
  if (elsewhere !== undefined) return `did you mean ${elsewhere}?`;
  return names.join(", ");
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
}

function variantsAt(root: Node, path: Path): readonly Node[] {
  let nodes: readonly Node[] = [root];
  for (const key of path) {
    nodes = nodes.flatMap((node) => node.oneOf ?? [node]).flatMap((node) => {
      if (typeof key === "number") return node.items ?? [];
      return node.properties?.[String(key)] ?? (node.additionalProperties || []);
    });
  }
  return nodes.flatMap((node) => node.oneOf ?? [node]);
}

function everyField(node: Node, prefix = ""): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
    prefix + name,
    ...everyField(child, `${prefix}${name}.`),
  ]);
}
