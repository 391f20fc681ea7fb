/** Whether an element can be seen: laid out, on the screen, and in a tab that is shown. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

export class Visibility implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #changed: () => void;
  #observer: IntersectionObserver | null = null;
  #isOnScreen = false;

  constructor(host: ReactiveControllerHost & HTMLElement, changed: () => void) {
    this.#host = host;
    this.#changed = changed;
    host.addController(this);
  }

  get isVisible(): boolean {
    return this.#isOnScreen && document.visibilityState === "visible";
  }

  hostConnected(): void {
    document.addEventListener("visibilitychange", this.#changed);
    this.#observer = new IntersectionObserver((entries) => {
      this.#isOnScreen = entries.at(-1)?.isIntersecting === true;
      this.#changed();
    });
    this.#observer.observe(this.#host);
  }

  hostDisconnected(): void {
    document.removeEventListener("visibilitychange", this.#changed);
    this.#observer?.disconnect();
    this.#observer = null;
    this.#isOnScreen = false;
  }
}
