/** Says how far a person has come, as rarely as the senders' ticks allow. */

const PAUSE_MS = 2_000;

export class Receipts {
  #request;
  #moved;
  #rooms = new Map();

  /**
   * @param request As `Connection.request`.
   * @param moved Called with a room and the cursor that the server keeps for it from now on.
   */
  constructor(request, moved) {
    this.#request = request;
    this.#moved = moved;
  }

  /** The person has read the room: told at once, and then every 2 s. */
  read(room) {
    if (room.me.readSeq >= room.tip) return;
    const state = this.#state(room);
    state.isRead = true;
    this.#schedule(room, state, state.sentAt + PAUSE_MS - performance.now());
  }

  /** Messages have come: told in 2 s, unless they are read until then. */
  delivered(room) {
    if (room.me.deliveredSeq < room.tip) this.#schedule(room, this.#state(room), PAUSE_MS);
  }

  #state({ roomId }) {
    const fresh = { isRead: false, sentAt: -PAUSE_MS, timer: null, dueAt: Infinity };
    if (!this.#rooms.has(roomId)) this.#rooms.set(roomId, fresh);
    return this.#rooms.get(roomId);
  }

  #schedule(room, state, delayMs) {
    const dueAt = performance.now() + Math.max(0, delayMs);
    if (dueAt >= state.dueAt) return;
    clearTimeout(state.timer);
    state.dueAt = dueAt;
    state.timer = setTimeout(() => this.#flush(room, state), Math.max(0, delayMs));
  }

  #flush(room, state) {
    const { isRead } = state;
    const reached = isRead ? room.me.readSeq : room.me.deliveredSeq;
    Object.assign(state, { isRead: false, dueAt: Infinity });
    if (reached >= room.tip) return;
    state.sentAt = performance.now();
    this.#tell(room, isRead ? "receipt.read" : "receipt.delivered");
  }

  async #tell(room, operation) {
    try {
      this.#moved(room, await this.#request(operation, { roomId: room.roomId, seq: room.tip }));
    } catch (error) {
      // Nothing is lost: the next message, or the next sync, tells it again.
      console.info(`${operation}: ${error.message}`);
    }
  }
}
