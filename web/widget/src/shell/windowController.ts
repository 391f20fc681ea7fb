/**
 * Renders of long lists only what is near the screen; loaded where there are so many rows.
 *
 * The host draws `<ul>` elements of equal, absolutely placed rows within an element `.scroller`,
 * with the list's name as their class. Places and heights are measured after each update, so that
 * any font size fits.
 */

import type { LitElement, ReactiveController } from "lit";

import { type Range, rowsOf, type Viewport, visibleRange } from "./window.js";

const LIKELY_ROW_HEIGHT = 60;
const LIKELY_HEIGHT = 480;

interface Place {
  top: number;
  rowHeight: number;
}

export class WindowController implements ReactiveController {
  readonly #host: LitElement;
  #scroller: HTMLElement | null = null;
  readonly #places = new Map<string, Place>();
  readonly #shown = new Map<string, { count: number; range: Range }>();
  #viewport: Viewport = { scrollTop: 0, height: LIKELY_HEIGHT };
  readonly #resized = new ResizeObserver(() => this.#onScroll());

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#follow(null);
  }

  hostUpdate(): void {
    this.#shown.clear();
  }

  hostUpdated(): void {
    this.#follow(this.#host.renderRoot.querySelector<HTMLElement>(".scroller"));
    this.#measure();
    this.#check();
  }

  /** Which rows of a list to draw, and one that is kept; to be asked once for each in each update. */
  rows(name: string, count: number, kept: number): number[] {
    const range = this.#rangeOf(name, count);
    this.#shown.set(name, { count, range });
    return rowsOf(range, kept);
  }

  #follow(scroller: HTMLElement | null): void {
    if (scroller === this.#scroller) return;
    this.#resized.disconnect();
    this.#scroller?.removeEventListener("scroll", this.#onScroll);
    this.#scroller = scroller;
    scroller?.addEventListener("scroll", this.#onScroll);
    if (scroller) this.#resized.observe(scroller);
    this.#look();
  }

  readonly #onScroll = (): void => {
    this.#look();
    this.#check();
  };

  #check(): void {
    for (const [name, { count, range }] of this.#shown) {
      const { from, to } = this.#rangeOf(name, count);
      if (from !== range.from || to !== range.to) return this.#host.requestUpdate();
    }
  }

  /** Kept, because to ask for it makes the browser lay out the page. */
  #look(): void {
    const { scrollTop = 0, clientHeight = 0 } = this.#scroller ?? {};
    this.#viewport = { scrollTop, height: clientHeight || LIKELY_HEIGHT };
  }

  #rangeOf(name: string, count: number): Range {
    const { top, rowHeight } = this.#places.get(name) ?? { top: 0, rowHeight: LIKELY_ROW_HEIGHT };
    return visibleRange(this.#viewport, { top, rowHeight, count });
  }

  #measure(): void {
    this.#places.clear();
    if (!this.#scroller?.clientHeight) return;
    const start = this.#scroller.getBoundingClientRect().top - this.#scroller.scrollTop;
    for (const list of this.#scroller.querySelectorAll<HTMLElement>("ul")) {
      const { top, height } = list.getBoundingClientRect();
      // Not of a row: a list that is out of sight has none.
      const rowHeight = height / (this.#shown.get(list.className)?.count || 1);
      this.#places.set(list.className, { top: top - start, rowHeight });
    }
  }
}
