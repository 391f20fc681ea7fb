/** Takes marks of Markdown away, nearly as the parser would: for lines that have no room for it. */

const LINK = /\[([^[\]]+)\]\((?:https?:|mailto:)[^\s()]*\)/giu;
const MARKED = /(^|[^\p{L}\p{N}*_`])(\*{1,3}|_|`{1,3})(\S(?:.*?\S)??)\2(?![\p{L}\p{N}])/gsu;

/** The beginning of a text, on one line and without marks. */
export function plainLine(text: string, length = 160): string {
  const head = text.slice(0, length * 2);
  const line = (/[*_`[]/.test(head) ? withoutMarks(head) : head).replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length).trimEnd()}…` : line;
}

/** Marks may stand within marks. */
function withoutMarks(text: string): string {
  return text.replace(LINK, "$1").replace(MARKED, "$1$3").replace(MARKED, "$1$3");
}
