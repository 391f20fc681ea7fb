/** How high a message is before it was laid out: near enough that the scroll bar does not jump. */
export function estimateHeight(text: string, width: number, heads: number): number {
  const perLine = Math.max(16, Math.floor((width * 0.78 - 24) / 7));
  let lines = 0;
  for (const line of text.slice(0, 4_000).split("\n")) {
    lines += Math.max(1, Math.ceil(line.length / perLine));
  }
  return 22 + lines * 20 + heads * 38;
}
