/** One WebSocket between a device and the fake server, as strict as those of browsers. */

import type { Socket, SocketConstructor } from "../src/ports.js";
import type { DeviceClock, FakeClock } from "./fakeClock.js";

const MAX_FRAME_BYTES = 32_768;
/** How long a browser waits for the other side of a closing handshake. */
const CLOSING_MS = 20_000;

/** The part of a server that sockets talk to. */
export interface SocketServer {
  readonly clock: FakeClock;
  /** How long a frame takes, one way. */
  readonly latencyMs: number;
  handshake(socket: FakeSocket): void;
  received(socket: FakeSocket, text: string): void;
  closed(socket: FakeSocket): void;
}

/** A device's network cable: while it is out, everything is silent and nothing can be opened. */
export interface Cable {
  isOut: boolean;
  readonly clock: DeviceClock;
}

export function socketsOf(server: SocketServer, cable: Cable): SocketConstructor {
  return class extends FakeSocket {
    constructor(url: string, protocols: string[] = []) {
      super(server, cable, url, protocols);
    }
  };
}

export class FakeSocket implements Socket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  /** Half-open: nothing passes any more, and neither side is told. */
  isSilent = false;

  constructor(
    private readonly server: SocketServer,
    private readonly cable: Cable,
    readonly url: string,
    readonly protocols: readonly string[],
  ) {
    const isOut = cable.isOut;
    this.#away(() => (isOut ? this.fail() : server.handshake(this)));
  }

  // --- What the client does ----------------------------------------------------------------

  send(text: string): void {
    if (this.readyState === 0) {
      throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
    }
    if (this.readyState > 1 || this.#isCut) {
      return;
    }
    if (new TextEncoder().encode(text).length > MAX_FRAME_BYTES) {
      this.end(1009, "Message too big");
      return;
    }
    this.#away(() => this.server.received(this, text));
  }

  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException(`The close code must not be ${code}.`, "InvalidAccessError");
    }
    if (new TextEncoder().encode(reason).length > 123) {
      throw new DOMException("The close reason is too long.", "SyntaxError");
    }
    if (this.readyState > 1) {
      return;
    }
    const wasOpen = this.readyState === 1;
    this.readyState = 2;
    if (this.#isCut) {
      this.#at(() => this.#closed(1006, ""), CLOSING_MS);
      return;
    }
    this.#away(() => this.server.closed(this));
    this.#at(() => this.#closed(wasOpen ? (code ?? 1005) : 1006, ""), 2 * this.server.latencyMs);
  }

  // --- What the server does ----------------------------------------------------------------

  open(): void {
    this.#home(() => {
      if (this.readyState === 0) {
        this.readyState = 1;
        this.onopen?.();
      }
    });
  }

  /** A refused handshake: the status is not told. */
  fail(): void {
    this.#home(() => {
      if (this.readyState < 2) {
        this.readyState = 3;
        this.onerror?.();
        this.onclose?.({ code: 1006, reason: "" });
      }
    });
  }

  deliver(text: string, delayMs = 0): void {
    this.#home(() => {
      if (this.readyState === 1) {
        this.onmessage?.({ data: text });
      }
    }, delayMs);
  }

  /** The server or the network ends it; 1006 stands for no closing frame at all. */
  end(code: number, reason: string): void {
    this.#away(() => this.server.closed(this));
    this.#home(() => {
      if (code === 1006 && this.readyState < 3) {
        this.onerror?.();
      }
      this.#closed(code, reason);
    });
  }

  isOf(cable: Cable): boolean {
    return this.cable === cable;
  }

  // --- Parts -------------------------------------------------------------------------------

  get #isCut(): boolean {
    return this.isSilent || this.cable.isOut;
  }

  #closed(code: number, reason: string): void {
    if (this.readyState < 3) {
      this.readyState = 3;
      this.onclose?.({ code, reason });
    }
  }

  /** Towards the server; what is under way arrives, even if the tab is gone by then. */
  #away(arrive: () => void): void {
    this.server.clock.setTimeout(arrive, this.server.latencyMs);
  }

  #home(arrive: () => void, delayMs = 0): void {
    this.#at(() => {
      if (!this.#isCut || this.readyState === 0) {
        arrive();
      }
    }, this.server.latencyMs + delayMs);
  }

  #at(act: () => void, ms: number): void {
    this.cable.clock.setTimeout(act, ms);
  }
}
