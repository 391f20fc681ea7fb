/**
 * Shows only those rows of a long list that are on the screen, and keeps what is read in its place.
 *
 * Pinned to the end until somebody scrolls away: whatever is measured, added or resized, the end
 * stays on the screen. Safari can lose a write of the scroll position while it bounces, so being
 * pinned is a state of its own, and the end is sought again after every measurement.
 */

import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { ReactiveController, ReactiveControllerHost } from "lit";

export interface VirtualOptions {
  readonly scroller: () => HTMLElement | null;
  /** How high a row probably is, in a list as wide as this. */
  readonly estimate: (index: number, width: number) => number;
  /** Scrolled, or laid out anew: time to see whether more is wanted. */
  readonly moved: () => void;
  readonly paddingStart: number;
  readonly paddingEnd: number;
}

/** So close to the end, one reads the newest. */
const END_PX = 24;
const OVERSCAN = 6;

export class VirtualRows implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #options: VirtualOptions;
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | null = null;
  #stop: (() => void) | null = null;
  #resizes: ResizeObserver | null = null;
  #keys: readonly string[] = [];
  /** Stays in the document wherever one scrolls, because it has the focus. */
  #kept: number | null = null;
  /** Rows whose head changed: what is below it must not move. */
  readonly #changedAbove = new Set<string>();
  #isPinned = true;
  #lastTop = 0;
  /** Known without asking for it, which would have everything laid out. */
  #width = 0;

  constructor(host: ReactiveControllerHost & HTMLElement, options: VirtualOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  get isPinned(): boolean {
    return this.#isPinned;
  }

  get totalSize(): number {
    return this.#virtualizer?.getTotalSize() ?? 0;
  }

  get items(): VirtualItem[] {
    return this.#virtualizer?.getVirtualItems() ?? [];
  }

  /** To be called before rendering. */
  setRows(keys: readonly string[], kept: number | null, changedAbove: Iterable<string>): void {
    const isSame = keys === this.#keys && kept === this.#kept;
    this.#keys = keys;
    this.#kept = kept;
    for (const key of changedAbove) this.#changedAbove.add(key);
    if (this.#virtualizer === null) this.#begin();
    else if (!isSame) this.#virtualizer.setOptions(this.#virtualizerOptions());
  }

  /** Begin anew, at the end: another room is shown. */
  reset(): void {
    this.#stop?.();
    this.#stop = null;
    this.#virtualizer = null;
    this.#keys = [];
    this.#isPinned = true;
    this.#lastTop = 0;
  }

  /** True when less than a screen is left above; not while Safari bounces beyond the start. */
  get isNearStart(): boolean {
    const scroller = this.#options.scroller();
    if (scroller === null || scroller.clientHeight === 0 || scroller.scrollTop < 0) return false;
    return scroller.scrollTop < scroller.clientHeight;
  }

  /** True if there is less than this above the row's start on the screen. */
  isCutOff(index: number, above: number): boolean {
    const item = this.#virtualizer?.measurementsCache[index];
    return item !== undefined && item.start - above < (this.#virtualizer?.scrollOffset ?? 0);
  }

  /** Go to the end with the next rendering, and stay there. */
  pin(): void {
    this.#isPinned = true;
  }

  /** Scroll no further than it takes. */
  scrollIntoView(index: number): void {
    const scroller = this.#options.scroller();
    const item = this.#virtualizer?.measurementsCache[index];
    if (scroller === null || item === undefined) return;
    const top = scroller.scrollTop;
    const isInside = item.start >= top && item.end <= top + scroller.clientHeight;
    if (isInside) return;
    this.#isPinned = false;
    this.#virtualizer?.scrollToIndex(index, { align: "auto" });
  }

  scrollToEnd(): void {
    this.#isPinned = true;
    this.#virtualizer?.scrollToEnd();
  }

  /** Put a row in the middle of the screen. */
  scrollToIndex(index: number): void {
    this.#isPinned = false;
    this.#virtualizer?.scrollToIndex(index, { align: "center" });
  }

  hostDisconnected(): void {
    const keys = this.#keys;
    this.reset();
    this.#keys = keys;
    this.#resizes?.disconnect();
    this.#resizes = null;
  }

  hostUpdated(): void {
    this.#listen();
    this.#virtualizer?._willUpdate();
    this.#measure();
    this.#stayAtEnd();
    this.#options.moved();
  }

  #begin(): void {
    this.#width = this.#host.clientWidth;
    const virtualizer = new Virtualizer(this.#virtualizerOptions());
    virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item) => this.#isAbove(item);
    this.#virtualizer = virtualizer;
    this.#stop = virtualizer._didMount();
  }

  #virtualizerOptions() {
    const keys = this.#keys;
    const { scroller, estimate, paddingStart, paddingEnd } = this.#options;
    return {
      count: keys.length,
      getItemKey: (index: number) => keys[index] ?? index,
      getScrollElement: scroller,
      estimateSize: (index: number) => estimate(index, this.#width),
      paddingStart,
      paddingEnd,
      overscan: OVERSCAN,
      anchorTo: "end" as const,
      followOnAppend: true,
      scrollEndThreshold: END_PX,
      // At the end from the first: rows at the start would be shown for nothing.
      initialOffset: () => Math.max(this.totalSize - (scroller()?.clientHeight ?? 0), 0),
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) =>
        withKept(defaultRangeExtractor(range), this.#kept, keys.length),
      onChange: () => this.#host.requestUpdate(),
    };
  }

  /** What grows above the screen, or at the head of what is read, pushes nothing down. */
  #isAbove(item: VirtualItem): boolean {
    if (this.#changedAbove.delete(String(item.key))) return true;
    const virtualizer = this.#virtualizer;
    const top = virtualizer?.scrollOffset ?? 0;
    const isMeasured = virtualizer?.itemSizeCache.has(item.key) === true;
    return isMeasured ? item.end <= top : item.start < top;
  }

  #measure(): void {
    const virtualizer = this.#virtualizer;
    if (virtualizer === null) return;
    for (const row of this.#host.shadowRoot?.querySelectorAll<HTMLElement>(".row") ?? []) {
      virtualizer.measureElement(row);
      const index = virtualizer.indexFromElement(row);
      const key = this.#keys[index];
      if (key !== undefined && this.#changedAbove.has(key)) {
        virtualizer.resizeItem(index, row.offsetHeight);
      }
    }
    this.#changedAbove.clear();
  }

  #listen(): void {
    const scroller = this.#options.scroller();
    if (scroller === null || this.#resizes !== null) return;
    scroller.addEventListener("scroll", () => this.#scrolled(scroller), { passive: true });
    this.#resizes = new ResizeObserver(() => {
      this.#width = scroller.clientWidth;
      this.#stayAtEnd();
      this.#options.moved();
    });
    this.#resizes.observe(scroller);
  }

  /** Only who scrolls back leaves the end: growing content alone moves nothing up. */
  #scrolled(scroller: HTMLElement): void {
    const top = scroller.scrollTop;
    if (distanceFromEnd(scroller) <= END_PX) this.#setPinned(true);
    else if (top < this.#lastTop - 1) this.#setPinned(false);
    this.#lastTop = top;
    this.#options.moved();
  }

  #setPinned(isPinned: boolean): void {
    if (this.#isPinned === isPinned) return;
    this.#isPinned = isPinned;
    this.#host.requestUpdate();
  }

  #stayAtEnd(): void {
    const scroller = this.#options.scroller();
    if (!this.#isPinned || scroller === null || distanceFromEnd(scroller) <= 1) return;
    this.#virtualizer?.scrollToEnd();
  }
}

function distanceFromEnd({ scrollHeight, clientHeight, scrollTop }: HTMLElement): number {
  return scrollHeight - clientHeight - scrollTop;
}

function withKept(indexes: number[], kept: number | null, length: number): number[] {
  if (kept === null || kept >= length || indexes.includes(kept)) return indexes;
  return [...indexes, kept].sort((one, other) => one - other);
}
