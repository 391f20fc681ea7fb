/** Tells screen readers what happens, briefly: the log itself would be read out on every change. */

const COALESCE_MS = 700;
const TYPING_PAUSE_MS = 10_000;

export class Announcer {
  #region;
  #lines = [];
  #timer = null;
  #typingAt = -TYPING_PAUSE_MS;

  /** @param region A visually hidden element of role `status`. */
  constructor(region) {
    this.#region = region;
  }

  message({ senderName, body }) {
    this.#lines.push(`${senderName}: ${body ?? ""}`);
    this.#timer ??= setTimeout(() => this.#speak(), COALESCE_MS);
  }

  typing(text) {
    if (performance.now() - this.#typingAt < TYPING_PAUSE_MS) return;
    this.#typingAt = performance.now();
    this.#region.textContent = text;
  }

  #speak() {
    const lines = this.#lines;
    this.#lines = [];
    this.#timer = null;
    this.#region.textContent = lines.length === 1 ? lines[0] : `${lines.length} new messages`;
  }
}
