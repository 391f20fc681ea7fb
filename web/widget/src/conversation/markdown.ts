/**
 * The Markdown subset as a tree of plain data; `markdownView.ts` shows it.
 *
 * Bold, italic, code, code blocks, links to http, https and mailto, and mentions. Everything else
 * stays as it was sent. Time is linear in the length of the text, whatever it is: each delimiter
 * is pushed and popped at most once, and no two link targets are read over the same characters.
 */

export type Inline =
  | string
  | { readonly kind: "bold" | "italic"; readonly children: readonly Inline[] }
  | { readonly kind: "code" | "block" | "mention"; readonly text: string }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] };

type Mark = (typeof MARKS)[number];
type EmphasisMark = Exclude<Mark, "[">;

interface Opener {
  readonly mark: Mark;
  /** Where its literal text stands in `nodes`. */
  readonly at: number;
  isActive: boolean;
}

const MARKS = ["**", "*", "_", "["] as const;
const FENCE = "```";
const MAX_HREF = 2048;
/** A link's target has no space, quote, bracket or what cannot be seen; parentheses once. */
const TARGET = /(?:[^\s()<>[\]"`\\\p{C}]|\([^\s()<>[\]"`\\\p{C}]*\))+/uy;
const ADDRESS = /(?:https?:\/\/|mailto:)[^\s<>"`\\[\]\p{C}]+/iuy;
const SCHEME = /^(?:https?:\/\/|mailto:)/i;
const TRAILING = ".,;:!?'~}";
const SPECIAL = /[*_`[\]@]|\n\n|https?:\/\/|mailto:/gi;
/** Rows of marks are lines that somebody drew, and `__name__` is a name. */
const RULE = /\*{4,}|_{2,}/y;
const WORD = /[\p{L}\p{N}_]/u;
const ASCII_WORD = /[A-Za-z0-9]/;

/**
 * Read a body.
 *
 * @param mentions The names that stand for mentioned people after an `@`; longer ones first.
 */
export function parseMarkdown(text: string, mentions: readonly string[] = []): Inline[] {
  const nodes: Inline[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf(FENCE, from);
    const end = start < 0 ? -1 : text.indexOf(FENCE, start + FENCE.length);
    if (end < 0) break;
    nodes.push(...parseInline(text.slice(from, start), mentions));
    nodes.push(codeBlock(text.slice(start + FENCE.length, end)));
    from = end + FENCE.length;
    if (text[from] === "\n") from += 1;
  }
  return joined([...nodes, ...parseInline(text.slice(from), mentions)]);
}

/** What a tree says, without its marks. */
export function plainText(nodes: readonly Inline[]): string {
  return nodes.map(textOf).join("");
}

function textOf(node: Inline): string {
  if (typeof node === "string") return node;
  return "text" in node ? node.text : plainText(node.children);
}

/** The first line may name a language, which is not shown. */
function codeBlock(inner: string): Inline {
  const text = inner.replace(/^[\w+#.-]{0,20}\n/, "").replace(/\n$/, "");
  return { kind: "block", text: text || inner };
}

function parseInline(text: string, mentions: readonly string[]): Inline[] {
  return new InlineParser(text, mentions).parse();
}

/** The address to go to, or null if it is none of the allowed ones or hides where it leads. */
export function safeHref(target: string): string | null {
  if (target.length > MAX_HREF || !SCHEME.test(target) || !URL.canParse(target)) return null;
  const { protocol, username, password, pathname } = new URL(target);
  if (protocol === "mailto:") return pathname.includes("@") ? target : null;
  const isWeb = protocol === "http:" || protocol === "https:";
  return isWeb && username === "" && password === "" ? target : null;
}

class InlineParser {
  readonly #text: string;
  readonly #mentions: readonly string[];
  readonly #nodes: Inline[] = [];
  readonly #openers: Opener[] = [];
  /** Those of `#openers` that are active brackets. */
  readonly #brackets: Opener[] = [];
  readonly #open: Record<Mark, number> = { "**": 0, "*": 0, _: 0, "[": 0 };
  readonly #openedAt: Record<Mark, number> = { "**": -1, "*": -1, _: -1, "[": -1 };
  #at = 0;

  constructor(text: string, mentions: readonly string[]) {
    this.#text = text;
    this.#mentions = mentions;
  }

  parse(): Inline[] {
    while (this.#at < this.#text.length) {
      const next = this.#nextSpecial();
      this.#put(this.#text.slice(this.#at, next));
      this.#at = next;
      if (next < this.#text.length) this.#readSpecial();
    }
    return joined(this.#nodes);
  }

  #nextSpecial(): number {
    SPECIAL.lastIndex = this.#at;
    return SPECIAL.exec(this.#text)?.index ?? this.#text.length;
  }

  #readSpecial(): void {
    switch (this.#text[this.#at]) {
      case "`":
        return this.#readCode();
      case "[":
        return this.#pushOpener("[");
      case "\n":
        return this.#endParagraph();
      case "]":
        return this.#closeLink();
      case "@":
        return this.#readMention();
      case "*":
      case "_":
        return this.#readEmphasis();
      default:
        return this.#readAddress();
    }
  }

  /** What is open at a blank line stays open for good: it was no mark. */
  #endParagraph(): void {
    this.#openers.length = 0;
    this.#brackets.length = 0;
    for (const mark of MARKS) this.#open[mark] = 0;
    this.#literal(2);
  }

  #readCode(): void {
    const end = this.#text.indexOf("`", this.#at + 1);
    const inner = end < 0 ? "" : this.#text.slice(this.#at + 1, end);
    if (inner.trim() === "" || inner.includes("\n")) return this.#literal(1);
    this.#nodes.push({ kind: "code", text: inner });
    this.#at = end + 1;
  }

  #readMention(): void {
    const rest = this.#at + 1;
    const name = this.#isWordBefore()
      ? undefined
      : this.#mentions.find((name) => name !== "" && this.#text.startsWith(name, rest));
    if (name === undefined) return this.#literal(1);
    this.#nodes.push({ kind: "mention", text: `@${name}` });
    this.#at = rest + name.length;
  }

  /** Addresses are links without being written as such. */
  #readAddress(): void {
    ADDRESS.lastIndex = this.#at;
    const found = this.#isWordBefore() ? null : ADDRESS.exec(this.#text);
    if (found === null) return this.#literal(1);
    const address = withoutTrailing(found[0], TRAILING + this.#openMarks());
    const href = safeHref(address);
    if (href === null) return this.#literal(found[0].length);
    this.#nodes.push({ kind: "link", href, children: [address] });
    this.#at += address.length;
  }

  /** In `**https://a.example**` the stars at the end are no part of the address. */
  #openMarks(): string {
    const star = this.#open["**"] + this.#open["*"] > 0 ? "*" : "";
    return this.#open._ > 0 ? `${star}_` : star;
  }

  #readEmphasis(): void {
    RULE.lastIndex = this.#at;
    const rule = RULE.exec(this.#text)?.[0];
    if (rule !== undefined) return this.#literal(rule.length);
    const mark = this.#markHere();
    const before = this.#text[this.#at - 1] ?? " ";
    const after = this.#text[this.#at + mark.length] ?? " ";
    const canClose = !isSpace(before) && !joinsWords(mark, after);
    if (this.#open[mark] > 0 && canClose) return this.#closeEmphasis(mark);
    const canOpen = !isSpace(after) && !joinsWords(mark, before);
    if (this.#open[mark] === 0 && canOpen) return this.#pushOpener(mark);
    this.#literal(mark.length);
  }

  /** In `**a *b***` the inner one ends first. */
  #markHere(): EmphasisMark {
    if (this.#text[this.#at] === "_") return "_";
    if (this.#text[this.#at + 1] !== "*") return "*";
    const isInner = this.#open["*"] > 0 && this.#openedAt["*"] > this.#openedAt["**"];
    return this.#text[this.#at + 2] === "*" && isInner ? "*" : "**";
  }

  #closeEmphasis(mark: EmphasisMark): void {
    const opener = this.#popTo(mark);
    const children = this.#nodes.splice(opener.at).slice(1);
    if (children.length === 0) {
      this.#put(mark);
      return this.#literal(mark.length);
    }
    this.#nodes.push({ kind: mark === "**" ? "bold" : "italic", children: joined(children) });
    this.#at += mark.length;
  }

  #closeLink(): void {
    if (this.#brackets.length === 0) return this.#literal(1);
    const target = this.#text[this.#at + 1] === "(" ? this.#readTarget() : null;
    const href = target === null ? null : safeHref(target);
    if (target === null || href === null) {
      this.#dropBracket();
      return this.#literal(1);
    }
    const end = this.#at + target.length + 3;
    this.#endLink(href, this.#text.slice(this.#at, end));
    this.#at = end;
  }

  #readTarget(): string | null {
    TARGET.lastIndex = this.#at + 2;
    const target = TARGET.exec(this.#text)?.[0];
    if (target === undefined) return null;
    return this.#text[this.#at + 2 + target.length] === ")" ? target : null;
  }

  /** A link whose text is the address of somewhere else is not made one: it would mislead. */
  #endLink(href: string, source: string): void {
    const opener = this.#popTo("[");
    const children = this.#nodes.splice(opener.at).slice(1);
    const isHonest = hrefsIn(children).every((address) => isSamePlace(address, href));
    if (isHonest && plainText(children).trim() !== "") {
      this.#nodes.push({ kind: "link", href, children: joined(children.map(withoutLinks)) });
      return;
    }
    while (this.#brackets.length > 0) this.#dropBracket();
    this.#nodes.push("[", ...children, source);
  }

  #pushOpener(mark: Mark): void {
    const opener = { mark, at: this.#nodes.length, isActive: true };
    this.#openers.push(opener);
    if (mark === "[") this.#brackets.push(opener);
    this.#open[mark] += 1;
    this.#openedAt[mark] = opener.at;
    this.#nodes.push(mark);
    this.#at += mark.length;
  }

  /** Takes away every opener above: what they opened is not closed in here. */
  #popTo(mark: Mark): Opener {
    for (;;) {
      const opener = this.#openers.pop();
      if (opener === undefined) throw new Error(`No ${mark} is open.`);
      if (!opener.isActive) continue;
      this.#open[opener.mark] -= 1;
      if (opener.mark === "[") this.#brackets.pop();
      if (opener.mark === mark) return opener;
    }
  }

  /** The innermost bracket is only a bracket; emphasis in it may still be closed. */
  #dropBracket(): void {
    const opener = this.#brackets.pop();
    if (opener === undefined) return;
    opener.isActive = false;
    this.#open["["] -= 1;
  }

  #literal(length: number): void {
    this.#put(this.#text.slice(this.#at, this.#at + length));
    this.#at += length;
  }

  #put(text: string): void {
    if (text !== "") this.#nodes.push(text);
  }

  #isWordBefore(): boolean {
    return WORD.test(this.#text[this.#at - 1] ?? " ");
  }
}

function isSpace(char: string): boolean {
  return /\s/u.test(char);
}

/** `snake_case` and `2*3*4` are not emphasis; `*` may stand within words of other scripts. */
function joinsWords(mark: EmphasisMark, neighbour: string): boolean {
  return (mark === "_" ? WORD : ASCII_WORD).test(neighbour);
}

/** Punctuation after an address ends the sentence, and a parenthesis that it did not open. */
function withoutTrailing(address: string, trailing: string): string {
  let unopened = address.split(")").length - address.split("(").length;
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? "";
    if (last === ")" && unopened > 0) unopened -= 1;
    else if (!trailing.includes(last)) break;
  }
  return address.slice(0, end);
}

function hrefsIn(nodes: readonly Inline[]): string[] {
  return nodes.flatMap((node) => {
    if (typeof node === "string" || !("children" in node)) return [];
    return node.kind === "link" ? [node.href] : hrefsIn(node.children);
  });
}

function withoutLinks(node: Inline): Inline {
  if (typeof node === "string" || !("children" in node)) return node;
  if (node.kind === "link") return plainText(node.children);
  return { kind: node.kind, children: joined(node.children.map(withoutLinks)) };
}

function isSamePlace(first: string, second: string): boolean {
  const [one, other] = [new URL(first), new URL(second)];
  if (one.protocol === "mailto:") return one.pathname === other.pathname;
  return one.host === other.host;
}

/** Neighbouring texts become one. */
function joined(nodes: readonly Inline[]): Inline[] {
  const result: Inline[] = [];
  let texts: string[] = [];
  const flush = () => {
    if (texts.length > 0) result.push(texts.join(""));
    texts = [];
  };
  for (const node of nodes) {
    if (typeof node === "string") texts.push(node);
    else {
      flush();
      result.push(node);
    }
  }
  flush();
  return result;
}
