/** Who is typing where: what we hear expires by itself, what we tell is repeated while it lasts. */

const REPEAT_MS = 3_000;
const PAUSE_MS = 4_000;

/** Those who type, as heard from the server. */
export class Typists {
  #rooms = new Map();
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  in(roomId) {
    return [...(this.#rooms.get(roomId)?.values() ?? [])].map(({ name }) => name);
  }

  hear({ roomId, userId, name, state, expiresIn }) {
    this.forget(roomId, userId);
    if (state !== "start") return;
    if (!this.#rooms.has(roomId)) this.#rooms.set(roomId, new Map());
    // The stop may be lost, with the connection or the person's tab.
    const timer = setTimeout(() => this.forget(roomId, userId), expiresIn * 1000);
    this.#rooms.get(roomId).set(userId, { name, timer });
    this.#changed();
  }

  forget(roomId, userId) {
    const typist = this.#rooms.get(roomId)?.get(userId);
    if (!typist) return;
    clearTimeout(typist.timer);
    this.#rooms.get(roomId).delete(userId);
    this.#changed();
  }
}

/** Tells the others that we type. */
export class OwnTyping {
  #tell;
  #roomId = null;
  #toldAt = 0;
  #timer = null;

  /** @param tell `(operation, data)`. */
  constructor(tell) {
    this.#tell = tell;
  }

  keystroke(roomId) {
    if (this.#roomId !== roomId) this.stop();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), PAUSE_MS);
    if (this.#roomId && performance.now() - this.#toldAt < REPEAT_MS) return;
    this.#roomId = roomId;
    this.#toldAt = performance.now();
    this.#tell("typing.start", { roomId });
  }

  /** @param isTold False where a message tells the others anyway. */
  stop(isTold = true) {
    clearTimeout(this.#timer);
    const roomId = this.#roomId;
    this.#roomId = null;
    if (roomId && isTold) this.#tell("typing.stop", { roomId });
  }
}
