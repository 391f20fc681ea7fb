/**
 * Shows only those rows of a long list that are on the screen, and keeps what is read in its place.
 *
 * Pinned to the end until somebody scrolls away: whatever is measured, added or resized, the end
 * stays on the screen. Otherwise the first row on the screen stays where it is. Both are sought again
 * after every rendering, before it is painted, since Safari can lose a write of the scroll position.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";

import { type Anchor, type Drawn, RowWindow } from "./rowWindow.js";

export interface VirtualOptions {
  readonly scroller: () => HTMLElement | null;
  /** How high a row probably is, in a list as wide as this. */
  readonly estimate: (index: number, width: number) => number;
  /** Scrolled, or laid out anew: time to see whether more is wanted. */
  readonly moved: () => void;
  readonly paddingStart: number;
}

/** So close to the end, one reads the newest. */
const END_PX = 24;
const AROUND = 6;

export class VirtualRows implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #options: VirtualOptions;
  readonly #window: RowWindow;
  #scroller: HTMLElement | null = null;
  #resizes: ResizeObserver | null = null;
  readonly #observed = new WeakSet<Element>();
  #keys: readonly string[] = [];
  /** Stays in the document wherever one scrolls, because it has the focus; -1 is none. */
  #kept = -1;
  #anchor: Anchor | null = null;
  #isPinned = true;
  #drawn = "";
  #top = 0;
  /** Browsers scroll by whole pixels: what is left of one moves the rows instead. */
  #rest = 0;
  /** Where the scroller was when it was last looked at; `#top` may be where it is to go. */
  #seenTop = 0;
  /** Known without asking for them, which would have everything laid out. */
  #width = 0;
  #height = 0;

  constructor(host: ReactiveControllerHost & HTMLElement, options: VirtualOptions) {
    this.#host = host;
    this.#options = options;
    const estimate = (index: number) => options.estimate(index, this.#width);
    this.#window = new RowWindow(estimate, options.paddingStart);
    host.addController(this);
  }

  get isPinned(): boolean {
    return this.#isPinned;
  }

  /** To be asked for at every rendering. */
  get items(): Drawn[] {
    const rows = this.#rows();
    this.#drawn = this.#describe(rows);
    return rows;
  }

  #rows(): Drawn[] {
    return this.#window.rows(this.#wantedTop, this.#height, AROUND, this.#kept);
  }

  /** What is to be drawn, as far as scrolling and measuring change it. */
  #describe(rows: readonly Drawn[]): string {
    return `${this.#isPinned} ${rows[0]?.index} ${rows.at(-1)?.index} ${rows.length}`;
  }

  /** To be called before rendering. */
  setRows(keys: readonly string[], kept: number): void {
    this.#noteScroll();
    this.#kept = kept;
    if (keys === this.#keys) return;
    if (this.#keys.length === 0) this.#look();
    this.#keys = keys;
    this.#window.setKeys(keys);
  }

  /** Begin anew, at the end: another room is shown. */
  reset(): void {
    this.#keys = [];
    this.#window.setKeys([]);
    this.#window.forget();
    this.#isPinned = true;
    this.#anchor = null;
  }

  /** True when less than a screen is left above; not while Safari bounces beyond the start. */
  get isNearStart(): boolean {
    if (this.#scroller === null || this.#height === 0) return false;
    const top = this.#scroller.scrollTop;
    return top >= 0 && top < this.#height;
  }

  /** Where the screen begins, among the rows. */
  get top(): number {
    return this.#top;
  }

  get height(): number {
    return this.#height;
  }

  startOf(index: number): number {
    return this.#window.startOf(index);
  }

  /** Go to the end with the next rendering, and stay there. */
  pin(): void {
    this.#isPinned = true;
  }

  /** Have the screen begin here with the next rendering. */
  goTo(top: number): void {
    this.#isPinned = false;
    this.#top = Math.max(0, Math.min(top, this.#window.height - this.#height));
    this.#anchor = this.#window.anchor(this.#top);
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#resizes?.disconnect();
    this.#resizes = this.#scroller = null;
  }

  hostUpdated(): void {
    this.#listen();
    this.#measure();
    this.#place();
  }

  /** Rows stand below each other by themselves: only where they begin has to be said. */
  #place(): void {
    const sizer = this.#scroller?.querySelector<HTMLElement>(".sizer");
    const rows = sizer?.querySelector<HTMLElement>(".rows");
    if (!sizer || !rows) return;
    const drawn = this.#rows();
    const start = this.#window.startOf(drawn.find(({ isApart }) => !isApart)?.index ?? 0);
    sizer.style.blockSize = `${this.#window.height}px`;
    this.#hold();
    rows.style.translate = `0 ${start + this.#rest}px`;
    const apart = rows.querySelector<HTMLElement>(".apart");
    if (apart) {
      const index = Number(apart.dataset.index);
      apart.style.insetBlockStart = `${this.#window.startOf(index) - start}px`;
    }
    // What was guessed is known now, and may leave room for more.
    if (this.#drawn !== this.#describe(drawn)) this.#host.requestUpdate();
    this.#options.moved();
  }

  /** Where the screen is to be: at the end, or so that what is read stays where it is. */
  get #wantedTop(): number {
    if (this.#isPinned) return Math.max(0, this.#window.height - this.#height);
    return (this.#anchor && this.#window.topFor(this.#anchor)) ?? this.#top;
  }

  /** Scroll to where the screen is to be. */
  #hold(): void {
    const scroller = this.#scroller;
    if (scroller === null) return;
    const wanted = this.#wantedTop;
    if (Math.abs(scroller.scrollTop - wanted) >= 1) {
      scroller.scrollTop = this.#isPinned ? scroller.scrollHeight : wanted;
    }
    this.#top = this.#seenTop = scroller.scrollTop;
    const rest = this.#top - wanted;
    this.#rest = this.#isPinned || Math.abs(rest) >= 1 ? 0 : rest;
  }

  /** Rows that have just come: of a change of one, its observer tells. */
  #measure(): void {
    const rows = this.#host.shadowRoot?.querySelectorAll<HTMLElement>(".row") ?? [];
    const fresh = [...rows].filter((row) => !this.#observed.has(row));
    this.#take(fresh);
    for (const row of fresh) {
      this.#observed.add(row);
      this.#resizes?.observe(row);
    }
  }

  #take(rows: readonly HTMLElement[]): void {
    // Nothing is laid out while the window is hidden.
    if (this.#height === 0) return;
    const heightOf = (row: HTMLElement) => row.getBoundingClientRect().height;
    this.#window.measure(rows.map((row) => [Number(row.dataset.index), heightOf(row)]));
  }

  #look(): void {
    const shown = this.#scroller ?? this.#host;
    this.#width = shown.clientWidth;
    this.#height = shown.clientHeight;
  }

  #listen(): void {
    if (this.#resizes !== null) return;
    this.#scroller = this.#options.scroller();
    this.#scroller?.addEventListener("scroll", this.#scrolled, { passive: true });
    this.#resizes = new ResizeObserver((changes) => this.#resized(changes));
    if (this.#scroller) this.#resizes.observe(this.#scroller);
  }

  /** The window has another size, or something in a row has. */
  #resized(changes: readonly ResizeObserverEntry[]): void {
    const width = this.#width;
    this.#look();
    if (width !== this.#width) this.#window.forget();
    const rows = changes.map(({ target }) => target as HTMLElement);
    this.#take(rows.filter((row) => row.isConnected && row !== this.#scroller));
    this.#place();
  }

  readonly #scrolled = (): void => {
    this.#noteScroll();
    if (this.#drawn !== this.#describe(this.#rows())) this.#host.requestUpdate();
    this.#options.moved();
  };

  /**
   * See whether somebody has scrolled; the position changes before the event that tells of it.
   *
   * Who scrolls back leaves the end with the first pixels, or would be held there; who comes near it
   * is back. Growing content moves nothing up, and shrinking content ends at the end.
   */
  #noteScroll(): void {
    const scroller = this.#scroller;
    const delta = (scroller?.scrollTop ?? 0) - this.#seenTop;
    // What is hidden is at its start, without anybody having scrolled there.
    if (scroller === null || delta === 0 || scroller.clientHeight === 0) return;
    this.#top = this.#seenTop = scroller.scrollTop;
    const left = scroller.scrollHeight - this.#height - this.#top;
    if (left <= 1 || (delta > 0 && left <= END_PX)) this.#isPinned = true;
    else if (delta < -1) this.#isPinned = false;
    this.#anchor = this.#window.anchor(this.#top - this.#rest);
  }
}
