import { assertEquals } from "@std/assert";
import { anchors, codeBlocks, links, table } from "./markdown.ts";

const document = `# A \`title\`, and more

See [this](other.md#part) and ![that](a.svg).

\`\`\`ts ignore
const x = "[no](link.md)";
\`\`\`

## Second part

| Code | Number |
| ---- | ------ |
| \`A\`  | 1      |
| \`B\`  | 2      |
`;

Deno.test("codeBlocks() gives language, attributes, code and place", () => {
  assertEquals(codeBlocks(document), [
    { info: ["ts", "ignore"], code: 'const x = "[no](link.md)";\n', line: 5 },
  ]);
});

Deno.test("links() gives the targets outside of code", () => {
  assertEquals(links(document), ["other.md#part", "a.svg"]);
});

Deno.test("anchors() gives the names of headings", () => {
  assertEquals(anchors(document), ["a-title-and-more", "second-part"]);
});

Deno.test("table() gives the rows below a header", () => {
  assertEquals(table(document, "Code", "Number"), [["`A`", "1"], ["`B`", "2"]]);
  assertEquals(table(document, "Other"), []);
});
