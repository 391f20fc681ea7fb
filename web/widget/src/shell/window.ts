/** Which rows of a long list of equal rows are near the screen. Pure. */

export interface Viewport {
  scrollTop: number;
  height: number;
}

export interface Stretch {
  /** Where the list begins in the scrolled content, in px. */
  top: number;
  rowHeight: number;
  count: number;
}

export interface Range {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** Rows beyond the screen on each side, so that scrolling shows no gaps. */
const OVERSCAN = 6;
/** Ranges move in steps, so that most scroll events change nothing. */
const STEP = 4;

export function visibleRange(viewport: Viewport, { top, rowHeight, count }: Stretch): Range {
  const first = Math.floor((viewport.scrollTop - top) / rowHeight) - OVERSCAN;
  const last = Math.ceil((viewport.scrollTop + viewport.height - top) / rowHeight) + OVERSCAN;
  const from = clamp(Math.floor(first / STEP) * STEP, count);
  const to = clamp(Math.ceil(last / STEP) * STEP, count);
  return { from, to };
}

/** The rows of a range, and the one that has the focus: it may not go while somebody is on it. */
export function rowsOf(range: Range, kept: number): number[] {
  const rows = Array.from({ length: range.to - range.from }, (_, index) => range.from + index);
  if (kept < 0 || (kept >= range.from && kept < range.to)) return rows;
  return kept < range.from ? [kept, ...rows] : [...rows, kept];
}

function clamp(row: number, count: number): number {
  return Math.min(Math.max(row, 0), count);
}
