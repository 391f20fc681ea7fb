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
  #starts: number[] = [0];
  readonly #indexes = new Map<string, number>();
  readonly #heights = new Map<string, number>();

  /**
   * @param estimate How high a row probably is that was not measured yet.
   * @param before The height of what is above the first row.
   */
  constructor(
    private readonly estimate: (index: number) => number,
    private readonly before: number,
  ) {}

  get length(): number {
    return this.#keys.length;
  }

  get height(): number {
    return this.startOf(this.length);
  }

  setKeys(keys: readonly string[]): void {
    this.#keys = keys;
    this.#indexes.clear();
    for (const [index, key] of keys.entries()) this.#indexes.set(key, index);
    this.#place();
  }

  /** Take what was measured; gives whether anything has moved by it. */
  measure(heights: Iterable<readonly [string, number]>): boolean {
    let hasChanged = false;
    for (const [key, height] of heights) {
      hasChanged ||= this.#heights.get(key) !== height;
      this.#heights.set(key, height);
    }
    if (hasChanged) this.#place();
    return hasChanged;
  }

  /** Forget what was measured: the list has another width. */
  forget(): void {
    this.#heights.clear();
    this.#place();
  }

  startOf(index: number): number {
    return this.#starts[index] ?? this.before;
  }

  /** The rows that are on a screen of this height, some around it, and one that is kept. */
  rows(top: number, height: number, around: number, kept: number | null): Drawn[] {
    const from = Math.max(0, this.#at(top) - around);
    const to = Math.min(this.length - 1, this.#at(top + height) + around);
    const indexes = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    if (kept !== null && kept < from) indexes.unshift(kept);
    if (kept !== null && kept > to && kept < this.length) indexes.push(kept);
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
    const index = this.#indexes.get(key);
    return index === undefined ? null : this.startOf(index + 1) - below;
  }

  #place(): void {
    let end = this.before;
    this.#starts = this.#keys.map((key, index) => {
      const start = end;
      end += this.#heights.get(key) ?? this.estimate(index);
      return start;
    });
    this.#starts.push(end);
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
