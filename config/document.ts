/**
 * `docs/configuration.md`, made from the schema and the table of settings.
 *
 * @module
 */
import { jsonSchema } from "./schema.ts";
import { CONFIG_ENV, CONFIG_FILE, CONFIG_FLAG, type Setting, SETTINGS } from "./settings.ts";
import { OTHER_VARIABLES } from "./variables.ts";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
}

const INTRO = `# Configuration

<!-- Made by config/publish.ts; change config/schema.ts, config/settings.ts or config/document.ts instead. -->

A server is configured by flags, by environment variables and by a file; a flag wins over a variable, a
variable over the file. The file is the one named by \`--${CONFIG_FLAG}\` or \`${CONFIG_ENV}\`, else \`${CONFIG_FILE}\` in
the working directory if it is there. It is JSON; comments and final commas are allowed.

Relative paths in the file start at the file's directory, those in flags and variables at the working
directory. Sizes are in bytes, times in milliseconds unless the name says otherwise.

All faults are reported at once, each with its path, what was seen and what is allowed, and the exit code
is 2. \`mesh check\` reports them without starting anything.

A variable that is empty counts as not set. \`MESH_SECRET\` is the exception: empty, or of nothing but white
space and characters that nobody sees, it is a fault like \`link.secret\` and the content of
\`link.secretFile\`, since a server without a secret lets everybody in. A secret counts with all its
characters, but for white space at the ends of a file: \`"hush "\` in a variable is another secret than a
file with \`hush\`.

Editors complete and check the file when it names its schema, \`config/mesh.schema.json\`:

\`\`\`jsonc
{
  "$schema": "./path/to/mesh/config/mesh.schema.json",
  "web": { "listen": "127.0.0.1:8080", "processes": 4, "site": "./site.ts" },
  "exec": { "processes": 4, "services": ["./services/*.ts"] },
  "name": "web-1",
  "link": { "listen": "127.0.0.1:7400", "connect": ["127.0.0.1:7401", "127.0.0.1:7402"] },
  "groups": {
    "default": { "mode": "normal" },
    "portfolio": { "mode": "routed", "services": ["portfolio"] },
    "photos": { "mode": "keyed", "services": ["photos"], "keys": { "club": "exec-2" } }
  }
}
\`\`\`
`;

/** The whole document, as Markdown. */
export function configurationDocument(): string {
  const root = jsonSchema() as Node;
  const parts = [INTRO, "## Settings\n", table(Object.entries(root.properties ?? {}), "")];
  for (const [name, node] of Object.entries(root.properties ?? {})) {
    parts.push(...section(name, node));
  }
  parts.push("## Flags and environment variables\n", flagTable());
  return parts.join("\n");
}

function section(path: string, node: Node): string[] {
  const parts: string[] = [];
  if (node.properties !== undefined) {
    parts.push(`### \`${path}\`\n`, `${node.description ?? ""}\n`);
    parts.push(table(Object.entries(node.properties), `${path}.`));
    for (const [name, child] of Object.entries(node.properties)) {
      parts.push(...section(`${path}.${name}`, child));
    }
  }
  const listed = node.additionalProperties
    ? node.additionalProperties.items?.properties
    : undefined;
  if (listed !== undefined) {
    parts.push(`### \`${path}\`\n`, `${node.description ?? ""}\n`);
    parts.push(table(Object.entries(listed), `${path}.<name>[].`));
  }
  const variants = node.additionalProperties ? node.additionalProperties.oneOf ?? [] : [];
  if (variants.length > 0) parts.push(`### \`${path}\`\n`, `${node.description ?? ""}\n`);
  for (const variant of variants) {
    const { mode, ...rest } = variant.properties ?? {};
    parts.push(`With \`"mode": "${mode?.const}"\`: ${mode?.description}\n`);
    parts.push(table(Object.entries(rest), `${path}.<name>.`));
  }
  return parts;
}

function table(fields: [string, Node][], prefix: string): string {
  const rows = fields.filter(([name]) => name !== "$schema").map(([name, node]) =>
    `| \`${prefix}${name}\` | ${typeText(node)} | ${defaultText(node)} | ${
      node.description ?? ""
    } |`
  );
  return ["| Setting | Type | Default | Meaning |", "| --- | --- | --- | --- |", ...rows, ""].join(
    "\n",
  );
}

function typeText(node: Node): string {
  if (node.enum) return node.enum.map((value) => `\`"${value}"\``).join(", ");
  if (node.anyOf) return node.anyOf.map(typeText).join(" or ");
  if (node.items) return `list of ${typeText(node.items)}`;
  if (node.type === "string") return "text";
  if (node.minimum !== undefined) return `${node.minimum} … ${node.maximum}`;
  if (node.type === "boolean") return "true, false";
  return node.type ?? "";
}

function defaultText(node: Node): string {
  const value = node.default;
  if (value === undefined || JSON.stringify(value) === "{}") return "";
  return JSON.stringify(value) === "[]" ? "none" : `\`${JSON.stringify(value)}\``;
}

function flagTable(): string {
  const row = ({ flag, env, paths, onlyName }: Setting) =>
    `| ${flag === undefined ? "" : `\`--${flag}\``} | \`${env}\` | ${
      paths.map((path) => `\`${path}\``).join(", ")
    }${onlyName === undefined ? "" : `; \`${onlyName}\` with the role name alone`} |`;
  return [
    "Lists are separated by commas; a flag of a list may also be repeated.",
    "",
    "| Flag | Variable | Setting |",
    "| --- | --- | --- |",
    `| \`--${CONFIG_FLAG}\` | \`${CONFIG_ENV}\` | the configuration file |`,
    ...SETTINGS.map(row),
    "",
    "Variables that are no settings. Any other whose name begins with `MESH_` means nothing, and `mesh run`",
    "warns of it.",
    "",
    "| Variable | Meaning |",
    "| --- | --- |",
    ...OTHER_VARIABLES.map(({ env, help }) => `| \`${env}\` | ${help} |`),
    "",
  ].join("\n");
}
