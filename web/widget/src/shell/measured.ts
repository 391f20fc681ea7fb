/** What an element's size means to it; it is drawn again when that changes. */

import type { LitElement, ReactiveController } from "lit";

export type Layout = "single" | "medium" | "wide";

const MEDIUM_PX = 520;
const WIDE_PX = 720;
/** Of a list: a row, and what stands above all rows. */
const ROW_PX = 60;
const HEAD_PX = 110;

/** How many columns there is room for. */
export function layoutOf({ width }: Size): Layout {
  if (width >= WIDE_PX) return "wide";
  return width >= MEDIUM_PX ? "medium" : "single";
}

/** As many rows as fill about half of a list. */
export function halfPageOf({ height }: Size): number {
  return Math.max(3, Math.round((height - HEAD_PX) / 2 / ROW_PX));
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export class Measured<T> implements ReactiveController {
  value: T;
  readonly #host: LitElement;
  readonly #observer: ResizeObserver | undefined;

  constructor(host: LitElement, meaning: (size: Size) => T) {
    this.#host = host;
    this.value = meaning({ width: 0, height: 0 });
    // There is none on a server.
    if (typeof ResizeObserver === "undefined") return;
    this.#observer = new ResizeObserver(([entry]) => {
      const size = entry?.contentRect;
      // Without a width it is not on the screen, which says nothing.
      const value = size?.width ? meaning(size) : this.value;
      if (value === this.value) return;
      this.value = value;
      host.requestUpdate();
    });
    host.addController(this);
  }

  hostConnected(): void {
    this.#observer?.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
  }
}
