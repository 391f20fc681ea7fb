/**
 * Where the rows of a long list are, and which of them are on the screen. Pure.
 *
 * Rows are known by keys: what was measured stays with its row, wherever others come before it.
 */

export interface Drawn {
  readonly index: number;
  readonly key: string;
  /** It is not on the screen, nor next to what is. */
  readonly isApart: boolean;
}

/** A row that is read, and how far its end is below the top of the screen. */
export interface Anchor {
  readonly key: string;
  readonly below: number;
}

export class RowWindow {
  #keys: readonly string[] = [];
  /** Where each row begins, and at last where the list ends. */
  readonly #starts: number[] = [];
  readonly #heights = new Map<string, number>();
  readonly #estimate: (index: number) => number;
  readonly #before: number;

  /**
   * @param estimate How high a row probably is that was not measured yet.
   * @param before The height of what is above the first row.
   */
  constructor(estimate: (index: number) => number, before: number) {
    this.#estimate = estimate;
    this.#before = before;
  }

  get length(): number {
    return this.#keys.length;
  }

  get height(): number {
    return this.startOf(this.length);
  }

  setKeys(keys: readonly string[]): void {
    const former = this.#keys;
    this.#keys = keys;
    const isChanged = (key: string, index: number) => key !== former[index];
    const first = keys.findIndex(isChanged);
    this.#place(first < 0 ? keys.length : first);
  }

  /** Take how high rows are, by their indexes. */
  measure(heights: Iterable<readonly [number, number]>): void {
    let first = this.length;
    for (const [index, height] of heights) {
      const key = this.#keys[index];
      if (key === undefined || this.#heights.get(key) === height) continue;
      this.#heights.set(key, height);
      first = Math.min(first, index);
    }
    this.#place(first);
  }

  /** Forget what was measured: the list has another width. */
  forget(): void {
    this.#heights.clear();
    this.#place(0);
  }

  startOf(index: number): number {
    return this.#starts[index] ?? this.#before;
  }

  /** The rows that are on a screen of this height, some around it, and one that is kept; -1 is none. */
  rows(top: number, height: number, around: number, kept: number): Drawn[] {
    const from = Math.max(0, this.#at(top) - around);
    const to = Math.min(this.length - 1, this.#at(top + height) + around);
    const indexes = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    if (kept >= 0 && kept < from) indexes.unshift(kept);
    if (kept > to && kept < this.length) indexes.push(kept);
    return indexes.map((index) => ({
      index,
      key: this.#keys[index] ?? "",
      isApart: index < from || index > to,
    }));
  }

  /** The first row on the screen: by its end, since it grows at its head and at its foot alike. */
  anchor(top: number): Anchor | null {
    const index = this.#at(top);
    const key = this.#keys[index];
    return key === undefined ? null : { key, below: this.startOf(index + 1) - top };
  }

  /** Where the screen must begin for the anchor to be where it was; null if it is gone. */
  topFor({ key, below }: Anchor): number | null {
    const index = this.#keys.indexOf(key);
    return index < 0 ? null : this.startOf(index + 1) - below;
  }

  /** Work out where the rows from this one on begin. */
  #place(first: number): void {
    let end = this.startOf(first);
    for (let index = first; index < this.length; index += 1) {
      this.#starts[index] = end;
      end += this.#heights.get(this.#keys[index] ?? "") ?? this.#estimate(index);
    }
    this.#starts[this.length] = end;
    this.#starts.length = this.length + 1;
  }

  /** The row at this height: the last that begins at it or above. */
  #at(top: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.startOf(middle) <= top) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
