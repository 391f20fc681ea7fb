import { describe, expect, it } from "vitest";
import { type Inline, parseMarkdown, plainText } from "../../src/conversation/markdown.js";
import payloads from "./xss.json" with { type: "json" };

/** Some 30 times what it takes; what is quadratic takes minutes. */
const LINEAR_MS = 4_000;

const bold = (...children: Inline[]): Inline => ({ kind: "bold", children });
const italic = (...children: Inline[]): Inline => ({ kind: "italic", children });
const link = (href: string, ...children: Inline[]): Inline => ({ kind: "link", href, children });

describe("the Markdown subset", () => {
  it.each<[string, Inline[]]>([
    ["plain", ["plain"]],
    ["**b** and *i* or _i_", [bold("b"), " and ", italic("i"), " or ", italic("i")]],
    ["***both***", [bold(italic("both"))]],
    ["**a *b* c**", [bold("a ", italic("b"), " c")]],
    ["这是**重要**的", ["这是", bold("重要"), "的"]],
    ["a `**c**` b", ["a ", { kind: "code", text: "**c**" }, " b"]],
    ["```js\nlet a;\n```\nb", [{ kind: "block", text: "let a;" }, "b"]],
    ["```one line```", [{ kind: "block", text: "one line" }]],
    ["[a *b*](https://x.example/p)", [link("https://x.example/p", "a ", italic("b"))]],
    ["**https://x.example**", [bold(link("https://x.example", "https://x.example"))]],
    ["hi @Ana López!", ["hi ", { kind: "mention", text: "@Ana López" }, "!"]],
  ])("reads %s", (text, tree) => {
    expect(parseMarkdown(text, ["Ana López", "Ana"])).toEqual(tree);
  });

  it.each([
    "2*3*4",
    "snake_case_name",
    "__init__",
    "****",
    "** a **",
    "* item\n* item",
    "*a\n\nb*",
    "`a\nb`",
    "```open",
    "[a]",
    "[a](b)",
    "[a](javascript:alert(1))",
    "[a](//x.example)",
    "[ ](https://x.example)",
    "https://",
    "http://u:p@x.example",
    "mailto:nobody",
    "a@b.example",
    "@nobody",
    "xhttps://x.example",
    "\\*a\\",
    "**a",
    "_a",
  ])("shows %j as it was sent", (text) => {
    expect(parseMarkdown(text, ["Ana"])).toEqual([text]);
  });

  it.each([
    ["https://x.example/a_(b).", "https://x.example/a_(b)"],
    ["(https://x.example/?q=1)", "https://x.example/?q=1"],
    ["see http://x.example, then", "http://x.example"],
    ["[a](https://x.example\u202egpj.exe)", "https://x.example"],
    ["HTTPS://x.example/é!", "HTTPS://x.example/é"],
    ["mailto:a@b.example?subject=x", "mailto:a@b.example?subject=x"],
  ])("finds the address in %s", (text, href) => {
    expect(hrefsIn(parseMarkdown(text))).toEqual([href]);
  });

  it("does not link an address to somewhere else", () => {
    const tree = parseMarkdown("[**https://bank.example**](https://evil.example)");
    expect(hrefsIn(tree)).toEqual(["https://bank.example"]);
    const same = parseMarkdown("[https://bank.example](https://bank.example/login)");
    expect(hrefsIn(same)).toEqual(["https://bank.example/login"]);
  });

  it("keeps all that was sent but the marks", () => {
    const text = "a **b** [c](https://x.example) d";
    expect(plainText(parseMarkdown(text))).toBe("a b c d");
  });
});

describe("hostile text", () => {
  it.each(payloads)("%j stays within the subset", (payload) => {
    for (const text of [payload, `**${payload}**`, `[${payload}](https://x.example)`]) {
      checkTree(parseMarkdown(text, ["Ana"]));
    }
  });

  it("has at least 200 payloads, no two alike", () => {
    expect(new Set(payloads).size).toBe(payloads.length);
    expect(payloads.length).toBeGreaterThanOrEqual(200);
  });

  const bricks = [
    "*",
    "**",
    "_",
    "[",
    "]",
    "`",
    "](",
    "[](",
    "**a ",
    "*_",
    "_a*b ",
    "**a _b [c ",
    "[a](http://b",
    "[a](https://x)",
    "[[a](https://a)",
    "[https://a](https://b)",
    "http://",
    "http://%",
    "@Ana",
    "`\n",
    "```",
    "(((",
    "[(",
    "\n\n",
    "mailto:",
    "***",
    "**a** ",
  ];
  it.each(bricks)("reads 100 KB of %j in linear time", (brick) => {
    const text = brick.repeat(Math.ceil(100_000 / brick.length));
    const nested = `${"[".repeat(20_000)}${text}${"](https://b)".repeat(2_000)}`;
    for (const hostile of [text, nested]) {
      const began = performance.now();
      checkTree(parseMarkdown(hostile, ["Ana"]));
      expect(performance.now() - began).toBeLessThan(LINEAR_MS);
    }
  });
});

function hrefsIn(tree: readonly Inline[]): string[] {
  return tree.flatMap((node) => {
    if (typeof node === "string" || !("children" in node)) return [];
    return node.kind === "link" ? [node.href] : hrefsIn(node.children);
  });
}

/** Only the subset, only allowed schemes, no link in a link, and not deep. */
function checkTree(tree: readonly Inline[], depth = 0, isInLink = false): void {
  if (depth > 4) throw new Error("too deep");
  for (const node of tree) {
    if (typeof node === "string") continue;
    if (node.kind === "link") checkHref(node.href, isInLink);
    if ("children" in node) checkTree(node.children, depth + 1, isInLink || node.kind === "link");
    else if (!["code", "block", "mention"].includes(node.kind)) throw new Error(node.kind);
  }
}

function checkHref(href: string, isInLink: boolean): void {
  if (isInLink) throw new Error(`a link within a link: ${href}`);
  const { protocol, username } = new URL(href, "https://page.example");
  if (!["http:", "https:", "mailto:"].includes(protocol) || username !== "") throw new Error(href);
}
