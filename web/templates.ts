/**
 * Makes the templates of Lit small: what `css`, `html` and `svg` are given, which is text to every
 * other minifier. What is drawn stays the same: between tags and words, one space is left.
 */

import { type Plugin, parseSync, Visitor } from "vite";

type Piece = { at: number; raw: string; small: string };

const STRING_OR_COMMENT = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\/\*[\s\S]*?\*\//g;
const QUOTED = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/;

export const smallTemplates: Plugin = {
  name: "small-templates",
  enforce: "pre",
  transform: {
    filter: { id: /\.ts$/, code: /\b(css|html|svg)`/ },
    handler: (code, id) => ({ code: withSmallTemplates(code, id), map: null }),
  },
};

export function withSmallTemplates(code: string, name: string): string {
  let result = code;
  for (const { at, raw, small } of pieces(code, name).sort((a, b) => b.at - a.at)) {
    result = result.slice(0, at) + small + result.slice(at + raw.length);
  }
  return result;
}

function pieces(code: string, name: string): Piece[] {
  const found: Piece[] = [];
  new Visitor({
    TaggedTemplateExpression({ tag, quasi }) {
      const shorten = tag.type === "Identifier" && shorteners[tag.name];
      if (!shorten) return;
      for (const { start, value } of quasi.quasis) {
        // Parsers differ in whether a piece begins with its quote or bracket, or after it.
        const at = code.indexOf(value.raw, start);
        found.push({ at, raw: value.raw, small: shorten(value.raw) });
      }
    },
  }).visit(parseSync(name, code).program);
  return found;
}

const shorteners: Record<string, (text: string) => string> = {
  css: shortCss,
  html: shortMarkup,
  svg: shortMarkup,
};

function shortCss(text: string): string {
  const bare = text.replace(STRING_OR_COMMENT, (_, quoted: string | undefined) => quoted ?? "");
  const parts = bare.split(QUOTED);
  return parts.map((part, index) => (index % 2 ? part : shortRules(part))).join("");
}

function shortRules(text: string): string {
  return (
    text
      .replace(/\s+/g, " ")
      .replace(/ ?([{};,>]) ?/g, "$1")
      // Not before a colon: `a :hover` is another selector than `a:hover`.
      .replace(/: /g, ":")
      .replace(/;}/g, "}")
  );
}

function shortMarkup(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
