/** Smaller templates draw the same. */

import { expect, test } from "vitest";
import { withSmallTemplates } from "../../templates.js";

const small = (code: string) => withSmallTemplates(code, "page.ts");

test("styles lose what only people read", () => {
  const code =
    "const s = css`\n  :host {\n    /* why */\n    color: red;\n    margin: 0 auto;\n  }\n`;";
  expect(small(code)).toBe("const s = css` :host{color:red;margin:0 auto}`;");
});

test("styles keep strings, sums and selectors of descendants", () => {
  const rule = 'a :hover{content:"  ;  ";width:calc(1px + 2px)}';
  expect(small(`css\`a :hover { content: "  ;  "; width: calc(1px + 2px); }\``)).toBe(
    `css\`${rule}\``,
  );
});

test("styles keep what is put into them apart", () => {
  expect(small("css`a { margin: 0 ${size} 0; } ${more} b { color: red; }`")).toBe(
    "css`a{margin:0 ${size} 0}${more} b{color:red}`",
  );
});

test("markup keeps one space where lines break, and all within lines", () => {
  const code = "html`\n  <b\n    class=${kind}\n  >\n    ${text}  and\n  </b>`";
  expect(small(code)).toBe("html` <b class=${kind} > ${text}  and </b>`");
});

test("other text stays as it is", () => {
  const code = "const text: string = `a\n   b`;";
  expect(small(code)).toBe(code);
});
