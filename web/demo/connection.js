/**
 * One WebSocket at a time: tickets, frames and their replies, reconnecting.
 *
 * Knows the envelope of the protocol and nothing of rooms or people.
 */

import { manages } from "./people.js";

const FIRST_DELAY_S = 1;
const DELAY_FACTOR = 1.5;
const LONGEST_DELAY_S = 30;
const REPLY_TIMEOUT_MS = 10_000;
const OPEN_TIMEOUT_MS = 15_000;
const TRANSIENT_HTTP = new Set([408, 429]);

/** The server's refusal; `message` is meant for people. */
export class Refusal extends Error {
  constructor({ error, message, retryAfter, correlationId }) {
    super(message ?? "This did not work.");
    this.code = error ?? "INTERNAL_ERROR";
    this.retryAfter = retryAfter;
    this.correlationId = correlationId;
  }
}

/** The connection went away before a reply came: the command may have been carried out or not. */
export class Lost extends Error {}

export class Connection {
  #person;
  #hooks;
  #socket = null;
  #waiting = new Map();
  #lastId = 0;
  #failures = 0;
  #timer = null;
  // Counts connections, so that what a former socket or request still does is told apart.
  #generation = 0;
  #listening = new AbortController();

  /**
   * @param person Whose tokens to ask for.
   * @param hooks `opened()`, `event(name, data)`, `changed(state)`; a state is `{name, message?}`
   *   with the names `left`, `connecting`, `open`, `waiting` and `stopped`.
   */
  constructor(person, hooks) {
    this.#person = person;
    this.#hooks = hooks;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  start() {
    this.#failures = 0;
    this.#listening = new AbortController();
    addEventListener("online", () => this.#hurry(), { signal: this.#listening.signal });
    this.#connect();
  }

  /** Leave for good, until `start`. */
  stop(state = { name: "left" }) {
    this.#listening.abort();
    this.#drop();
    this.#hooks.changed(state);
  }

  /** Give this connection up and make a new one. */
  restart() {
    this.#drop();
    const longest = Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * DELAY_FACTOR ** this.#failures);
    this.#failures += 1;
    // Full jitter: when a server goes away, its clients must not come back all at once.
    this.#timer = setTimeout(() => this.#connect(), Math.random() * longest * 1000);
    this.#hooks.changed({ name: "waiting" });
  }

  /**
   * Send a command such as `message.send` and give its reply's data.
   *
   * Rejects with `Refusal` or `Lost`.
   */
  request(operation, data) {
    if (!this.isOpen) return Promise.reject(new Lost("There is no connection."));
    const id = String(++this.#lastId);
    return new Promise((resolve, reject) => {
      // A connection that does not answer is dead, whatever TCP still thinks of it.
      const timer = setTimeout(() => this.restart(), REPLY_TIMEOUT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#write(operation, data, id);
    });
  }

  /** Send a one-way command; nobody says whether it arrived. */
  tell(operation, data) {
    if (this.isOpen) this.#write(operation, data);
  }

  #write(operation, data, id) {
    const [action, op] = operation.split(".");
    this.#socket.send(JSON.stringify({ action, op, id, data }));
  }

  /** The network is back: no need to wait any longer. */
  #hurry() {
    if (!this.#socket && this.#timer) this.#connect();
  }

  async #connect() {
    this.#drop();
    const generation = this.#generation;
    this.#hooks.changed({ name: "connecting" });
    try {
      const address = await this.#address();
      if (generation === this.#generation) this.#open(address);
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof Refusal) this.stop({ name: "stopped", message: error.message });
      else this.restart();
    }
  }

  #open(address) {
    const socket = new WebSocket(address);
    this.#socket = socket;
    // No generation needed: a socket that was dropped has lost its handlers.
    this.#timer = setTimeout(() => this.restart(), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      this.#clearTimer();
      this.#hooks.changed({ name: "open" });
      this.#hooks.opened();
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.restart();
  }

  /** A ticket keeps the token out of the address, and is good for one attempt only. */
  async #address() {
    const { userId, tenantId, role, name } = this.#person;
    const claims = { sub: userId, role, name, ...(tenantId && { tenantId }) };
    const { token } = await post("/dev/token", {}, claims);
    const scope = manages(this.#person) ? "?scope=manage" : "";
    const { ticket } = await post(`/api/ticket${scope}`, { Authorization: `Bearer ${token}` });
    const address = new URL(`/v1${scope}`, location.href.replace(/^http/, "ws"));
    address.hash = "";
    address.searchParams.set("ticket", ticket);
    return address;
  }

  #receive(text) {
    if (text === "") return;
    const frame = JSON.parse(text);
    if (frame.event === "bye") this.#end(frame.data);
    else if (frame.event) this.#hooks.event(frame.event, frame.data);
    else this.#settle(frame);
  }

  #settle(frame) {
    const waiting = this.#waiting.get(frame.id);
    if (!waiting) return;
    this.#waiting.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.ok) {
      this.#failures = 0;
      waiting.resolve(frame.data);
    } else if (frame.error === "UNAUTHORIZED") {
      // An expired token: the next attempt brings a new one, and what was asked is asked again.
      waiting.reject(new Lost(frame.message));
      this.restart();
    } else {
      waiting.reject(new Refusal(frame));
    }
  }

  #end({ code, reconnect }) {
    if (reconnect) this.restart();
    else this.stop({ name: "stopped", message: BYES[code] ?? "The server ended this connection." });
  }

  #drop() {
    this.#generation += 1;
    this.#clearTimer();
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, timer } of waiting) {
      clearTimeout(timer);
      reject(new Lost("The connection was lost."));
    }
  }

  #clearTimer() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const BYES = {
  4501: "Your access was withdrawn.",
  4502: "You are connected in too many other places.",
};

async function post(path, headers, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(REPLY_TIMEOUT_MS),
  });
  if (response.ok) return response.json();
  const isFinal = response.status < 500 && !TRANSIENT_HTTP.has(response.status);
  if (isFinal) throw new Refusal(await response.json().catch(() => ({})));
  throw new Lost(`${path} answered ${response.status}.`);
}
