/**
 * Renders of long lists only what is near the screen.
 *
 * The host draws `<ul data-window="…">` elements of equal, absolutely placed rows within an element
 * `.scroller`. Places and heights are measured after each update, so that any font size fits.
 */

import type { LitElement, ReactiveController } from "lit";

import { type Range, type Viewport, visibleRange } from "./window.js";

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
  private viewport: Viewport = { scrollTop: 0, height: LIKELY_HEIGHT };
  private drawnHalfPage = 0;
  private readonly resized =
    typeof ResizeObserver === "undefined" ? null : new ResizeObserver(() => this.scrolled());

  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.resized?.disconnect();
    this.scroller = null;
  }

  hostUpdate(): void {
    this.shown.clear();
  }

  hostUpdated(): void {
    const scroller = this.host.renderRoot.querySelector<HTMLElement>(".scroller");
    if (scroller !== this.scroller) {
      this.resized?.disconnect();
      if (scroller) this.resized?.observe(scroller);
      this.scroller = scroller;
      this.look();
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
  readonly scrolled = (): void => {
    this.look();
    this.check();
  };

  private check(): void {
    if (this.measuredHalfPage() !== this.drawnHalfPage) return this.host.requestUpdate();
    for (const [name, { count, range }] of this.shown) {
      const { from, to } = this.rangeOf(name, count);
      if (from !== range.from || to !== range.to) return this.host.requestUpdate();
    }
  }

  /** Scroll as little as is needed to have a row on the screen. */
  reveal(name: string, row: number): void {
    const place = this.places.get(name);
    if (!place || !this.scroller) return;
    const top = place.top + row * place.rowHeight;
    const end = top + place.rowHeight - this.scroller.clientHeight;
    if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
    else if (this.scroller.scrollTop < end) this.scroller.scrollTop = end;
  }

  /** Kept, because to ask for it makes the browser lay out the page. */
  private look(): void {
    const { scrollTop = 0, clientHeight = 0 } = this.scroller ?? {};
    this.viewport = { scrollTop, height: clientHeight || LIKELY_HEIGHT };
  }

  private measuredHalfPage(): number {
    return Math.max(3, Math.round(this.viewport.height / 2 / LIKELY_ROW_HEIGHT));
  }

  private rangeOf(name: string, count: number): Range {
    const { top, rowHeight } = this.places.get(name) ?? { top: 0, rowHeight: LIKELY_ROW_HEIGHT };
    return visibleRange(this.viewport, { top, rowHeight, count });
  }

  private measure(): void {
    this.places.clear();
    if (!this.scroller?.clientHeight) return;
    const start = this.scroller.getBoundingClientRect().top - this.scroller.scrollTop;
    for (const list of this.scroller.querySelectorAll<HTMLElement>("[data-window]")) {
      const name = list.dataset.window ?? "";
      const { top, height } = list.getBoundingClientRect();
      // Not of a row: a list that is out of sight has none.
      const rowHeight = height / (this.shown.get(name)?.count || 1);
      this.places.set(name, { top: top - start, rowHeight });
    }
  }
}
