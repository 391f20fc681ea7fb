/** Draws an element again when a media query begins or ceases to match. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class MediaController implements ReactiveController {
  private list: MediaQueryList | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly query: string,
  ) {
    host.addController(this);
  }

  get matches(): boolean {
    return this.list?.matches ?? false;
  }

  hostConnected(): void {
    this.list ??= globalThis.matchMedia?.(this.query) ?? null;
    this.list?.addEventListener("change", this.changed);
  }

  hostDisconnected(): void {
    this.list?.removeEventListener("change", this.changed);
  }

  private readonly changed = (): void => this.host.requestUpdate();
}
