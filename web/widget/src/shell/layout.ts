/** How many columns an element has room for. */

import type { LitElement, ReactiveController } from "lit";

export type Layout = "single" | "medium" | "wide";

const MEDIUM_PX = 520;
const WIDE_PX = 720;

export function layoutOf(width: number): Layout {
  if (width >= WIDE_PX) return "wide";
  return width >= MEDIUM_PX ? "medium" : "single";
}

export class LayoutController implements ReactiveController {
  value: Layout = "single";
  private readonly observer =
    typeof ResizeObserver === "undefined"
      ? null
      : new ResizeObserver(([entry]) => this.measured(entry?.contentRect.width ?? 0));

  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostConnected(): void {
    this.observer?.observe(this.host);
  }

  hostDisconnected(): void {
    this.observer?.disconnect();
  }

  private measured(width: number): void {
    const value = layoutOf(width);
    // Without a width it is not on the screen, which says nothing.
    if (width === 0 || value === this.value) return;
    this.value = value;
    this.host.requestUpdate();
  }
}
