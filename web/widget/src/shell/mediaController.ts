/** Draws an element again when a media query begins or ceases to match. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class MediaController implements ReactiveController {
  #list: MediaQueryList | null = null;

  readonly #host: ReactiveControllerHost;
  readonly #query: string;

  constructor(host: ReactiveControllerHost, query: string) {
    this.#host = host;
    this.#query = query;
    host.addController(this);
  }

  get matches(): boolean {
    return this.#list?.matches ?? false;
  }

  hostConnected(): void {
    this.#list ??= globalThis.matchMedia?.(this.#query) ?? null;
    this.#list?.addEventListener("change", this.#changed);
  }

  hostDisconnected(): void {
    this.#list?.removeEventListener("change", this.#changed);
  }

  readonly #changed = (): void => this.#host.requestUpdate();
}
