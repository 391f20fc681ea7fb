/** Messages that are not acknowledged yet: sent in order, again after a lost connection. */

import { Refusal } from "./connection.js";

export class Outbox {
  #ports;
  #isBusy = false;
  entries = [];

  /** @param ports `send(entry)`, `isOpen()`, `sent(message, entry)`, `changed()`. */
  constructor(ports) {
    this.#ports = ports;
  }

  add(target, body) {
    const createdAt = new Date().toISOString();
    this.entries.push({ clientId: newClientId(), target, body, createdAt, error: null });
    this.#ports.changed();
    this.resume();
  }

  retry(clientId) {
    const entry = this.entries.find((each) => each.clientId === clientId);
    if (!entry) return;
    entry.error = null;
    this.#ports.changed();
    this.resume();
  }

  /** Forget an entry: given up, or stored, as its reply or a sync has said. */
  remove(clientId) {
    this.entries = this.entries.filter((entry) => entry.clientId !== clientId);
  }

  /** Send what waits. One at a time, since frames of one connection may overtake each other. */
  async resume() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let entry = this.#next(); entry && this.#ports.isOpen(); entry = this.#next()) {
        await this.#send(entry);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #next() {
    return this.entries.find((entry) => !entry.error);
  }

  async #send(entry) {
    try {
      const { message } = await this.#ports.send(entry);
      this.#ports.sent(message, entry);
    } catch (error) {
      // Without a reply it stays, under its clientId: the server stores a repeat only once.
      if (!(error instanceof Refusal)) return;
      if (error.retryAfter) await sleep(error.retryAfter * 1000);
      else entry.error = error;
      this.#ports.changed();
    }
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Not `crypto.randomUUID`: plain http on an intranet has no such thing. */
function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
