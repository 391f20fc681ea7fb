/** A part of the widget that is loaded when it is needed, and again if that failed. */

import type { ReactiveControllerHost } from "lit";

export class Chunk<T = unknown> {
  /** What was loaded; null before. */
  value: T | null = null;
  hasFailed = false;
  readonly #host: ReactiveControllerHost;
  readonly #load: () => Promise<T>;
  #loading: Promise<T | null> | null = null;

  constructor(host: ReactiveControllerHost, load: () => Promise<T>) {
    this.#host = host;
    this.#load = load;
  }

  /** Never rejects: it gives null if that failed, and the host is drawn again. */
  ensure(): Promise<T | null> {
    this.#loading ??= this.#begin();
    return this.#loading;
  }

  /** Load it, unless that has failed: then somebody must ask for it once more. */
  want(): void {
    if (!this.hasFailed) void this.ensure();
  }

  /** What it draws threw: to begin again, it is as if it had not been loaded. */
  fail(): void {
    this.value = this.#loading = null;
    this.hasFailed = true;
    this.#host.requestUpdate();
  }

  async #begin(): Promise<T | null> {
    this.hasFailed = false;
    try {
      this.value = await this.#load();
      this.#host.requestUpdate();
    } catch {
      // The browser has logged the request that failed; a sentence is shown instead.
      this.fail();
    }
    return this.value;
  }
}
