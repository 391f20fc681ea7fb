import { describe, expect, it } from "vitest";

import { RowWindow } from "../../src/conversation/rowWindow.js";

const HEAD = 48;
const LIKELY = 40;

function windowOf(count: number): RowWindow {
  const rows = new RowWindow(() => LIKELY, HEAD);
  rows.setKeys(keysOf(count));
  return rows;
}

function keysOf(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => `k${from + at}`);
}

function indexes(rows: RowWindow, ...asked: Parameters<RowWindow["rows"]>): number[] {
  return rows.rows(...asked).map(({ index }) => index);
}

describe("where rows are", () => {
  it("is guessed until they are measured", () => {
    const rows = windowOf(10);
    expect(rows.height).toBe(HEAD + 10 * LIKELY);
    rows.measure([
      [2, 100],
      [4, 30.5],
    ]);
    expect([rows.startOf(2), rows.startOf(3), rows.startOf(5)]).toEqual([128, 228, 298.5]);
    expect(rows.height).toBe(HEAD + 8 * LIKELY + 130.5);
  });

  it("stays with the row when others come before it or go", () => {
    const rows = windowOf(5);
    rows.measure([[1, 90]]);
    rows.setKeys(["older", ...keysOf(5)]);
    expect(rows.startOf(3) - rows.startOf(2)).toBe(90);
    rows.setKeys(keysOf(2, 1));
    expect(rows.height).toBe(HEAD + 90 + LIKELY);
  });

  it("is guessed anew when the list has another width", () => {
    const rows = windowOf(3);
    rows.measure([[0, 500]]);
    rows.forget();
    expect(rows.height).toBe(HEAD + 3 * LIKELY);
  });

  it("is known of an empty list, too", () => {
    const rows = windowOf(0);
    expect([rows.height, rows.startOf(0)]).toEqual([HEAD, HEAD]);
    expect(rows.rows(0, 400, 6, -1)).toEqual([]);
    expect(rows.anchor(0)).toBeNull();
  });
});

describe("what is drawn", () => {
  it("is what is on the screen, and some around it", () => {
    const rows = windowOf(100);
    expect(indexes(rows, HEAD + 50 * LIKELY, 4 * LIKELY - 1, 0, -1)).toEqual([50, 51, 52, 53]);
    expect(indexes(rows, 0, LIKELY, 2, -1)).toEqual([0, 1, 2]);
    expect(indexes(rows, rows.height - LIKELY, LIKELY, 2, -1)).toEqual([97, 98, 99]);
  });

  it("is also the row that is kept, apart from the others", () => {
    const rows = windowOf(100);
    const [first] = rows.rows(HEAD + 50 * LIKELY, LIKELY, 1, 7);
    expect(first).toEqual({ index: 7, key: "k7", isApart: true });
    expect(rows.rows(HEAD + 50 * LIKELY, LIKELY, 1, 90).at(-1)?.isApart).toBe(true);
    expect(rows.rows(HEAD + 50 * LIKELY, LIKELY, 1, 50).some(({ isApart }) => isApart)).toBe(false);
    expect(indexes(rows, HEAD, LIKELY, 0, 100)).not.toContain(100);
  });
});

describe("what is read", () => {
  it("stays where it is when older rows come, grow or are measured", () => {
    const rows = windowOf(50);
    const top = rows.startOf(20) + 13;
    const anchor = rows.anchor(top);
    expect(anchor).toEqual({ key: "k20", below: LIKELY - 13 });
    if (!anchor) return;
    rows.setKeys([...keysOf(25, 1_000), ...keysOf(50)]);
    expect(rows.topFor(anchor)).toBe(top + 25 * LIKELY);
    rows.measure([[3, LIKELY + 7.25]]);
    expect(rows.topFor(anchor)).toBe(top + 25 * LIKELY + 7.25);
  });

  it("is not to be found when its row is gone", () => {
    const rows = windowOf(5);
    const anchor = rows.anchor(HEAD);
    rows.setKeys(["others"]);
    expect(anchor && rows.topFor(anchor)).toBeNull();
  });
});
