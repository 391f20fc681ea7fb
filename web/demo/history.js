/** Fetches messages that a client does not have: older ones, and those that it missed. */

const PAGE = 25;
const LARGEST_PAGE = 100;

export class History {
  #request;
  #filling = new Map();

  /** @param request As `Connection.request`. */
  constructor(request) {
    this.#request = request;
  }

  /** Load the page before a room's oldest message; false if that is under way already. */
  async loadOlder(room) {
    if (room.isLoading || !room.hasOlder) return false;
    room.isLoading = true;
    try {
      const asked = { roomId: room.roomId, before: room.floor + 1, limit: PAGE };
      const { messages, hasMore } = await this.#request("message.history", asked);
      room.addOlder(messages, hasMore);
    } finally {
      room.isLoading = false;
    }
    return true;
  }

  /**
   * Fetch what lies between the last message without a gap and the room's end.
   *
   * @param take Called with each message.
   */
  fill(room, end, take) {
    const running = this.#filling.get(room.roomId);
    if (running) return running;
    const filling = this.#fill(room, end, take).finally(() => this.#filling.delete(room.roomId));
    this.#filling.set(room.roomId, filling);
    return filling;
  }

  async #fill(room, end, take) {
    let hasMore = true;
    while (hasMore && room.tip < end) {
      const asked = { roomId: room.roomId, after: room.tip, limit: LARGEST_PAGE };
      const page = await this.#request("message.history", asked);
      for (const message of page.messages) take(message);
      hasMore = page.hasMore;
    }
  }
}

/** The pages of one catch-up: everything that changed since these cursors. */
export async function* syncPages(request, rooms) {
  let cursor = null;
  do {
    const page = await request("sync.start", { rooms, ...(cursor && { cursor }) });
    yield page;
    cursor = page.cursor;
  } while (cursor);
}
