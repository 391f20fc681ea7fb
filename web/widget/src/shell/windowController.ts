/**
 * Renders of long lists only what is near the screen.
 *
 * The host draws `<ul data-window="…">` elements of equal, absolutely placed rows within an element
 * `.scroller`. Places and heights are measured after each update, so that any font size fits.
 */

import type { LitElement, ReactiveController } from "lit";

import { type Range, visibleRange } from "./window.js";

const LIKELY_ROW_HEIGHT = 60;
const LIKELY_HEIGHT = 480;

interface Place {
  top: number;
  rowHeight: number;
}

export class WindowController implements ReactiveController {
  private scroller: HTMLElement | null = null;
  private readonly places = new Map<string, Place>();
  private readonly shown = new Map<string, { count: number; range: Range }>();
  private drawnHalfPage = 0;
  private readonly resized =
    typeof ResizeObserver === "undefined" ? null : new ResizeObserver(() => this.check());

  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.resized?.disconnect();
    this.scroller = null;
  }

  hostUpdated(): void {
    const scroller = this.host.renderRoot.querySelector<HTMLElement>(".scroller");
    if (scroller !== this.scroller) {
      this.resized?.disconnect();
      if (scroller) this.resized?.observe(scroller);
      this.scroller = scroller;
    }
    this.measure();
    this.check();
  }

  /** As many rows as fill about half of what can be seen. */
  halfPage(): number {
    this.drawnHalfPage = this.measuredHalfPage();
    return this.drawnHalfPage;
  }

  /** Which rows of a list to draw; to be asked once for each list in each update. */
  range(name: string, count: number): Range {
    const range = this.rangeOf(name, count);
    this.shown.set(name, { count, range });
    return range;
  }

  /** To be called when the scroller has scrolled. */
  readonly check = (): void => {
    if (this.measuredHalfPage() !== this.drawnHalfPage) return this.host.requestUpdate();
    for (const [name, { count, range }] of this.shown) {
      const { from, to } = this.rangeOf(name, count);
      if (from !== range.from || to !== range.to) return this.host.requestUpdate();
    }
  };

  /** Scroll as little as is needed to have a row on the screen. */
  reveal(name: string, row: number): void {
    const place = this.places.get(name);
    if (!place || !this.scroller) return;
    const top = place.top + row * place.rowHeight;
    const end = top + place.rowHeight - this.scroller.clientHeight;
    if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
    else if (this.scroller.scrollTop < end) this.scroller.scrollTop = end;
  }

  private measuredHalfPage(): number {
    const height = this.scroller?.clientHeight || LIKELY_HEIGHT;
    return Math.max(3, Math.round(height / 2 / LIKELY_ROW_HEIGHT));
  }

  private rangeOf(name: string, count: number): Range {
    const { top, rowHeight } = this.places.get(name) ?? { top: 0, rowHeight: LIKELY_ROW_HEIGHT };
    const height = this.scroller?.clientHeight || LIKELY_HEIGHT;
    const scrollTop = this.scroller?.scrollTop ?? 0;
    return visibleRange({ scrollTop, height }, { top, rowHeight, count });
  }

  private measure(): void {
    this.places.clear();
    if (!this.scroller?.clientHeight) return;
    const start = this.scroller.getBoundingClientRect().top - this.scroller.scrollTop;
    for (const list of this.scroller.querySelectorAll<HTMLElement>("[data-window]")) {
      const row = list.firstElementChild?.getBoundingClientRect();
      if (!row) continue;
      const top = list.getBoundingClientRect().top - start;
      this.places.set(list.dataset.window ?? "", { top, rowHeight: row.height });
    }
  }
}
