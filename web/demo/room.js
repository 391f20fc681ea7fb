/** What one client knows of one room. No network, no page. */

export class Room {
  // Until the server has told, `me` is a guess that must not win over smaller numbers.
  #isGuess = true;

  /**
   * Messages are complete from `floor` (exclusive) to `tip`; what is above `tip` came out of order.
   *
   * @param roomId The room.
   * @param end Nothing up to this `seq` is loaded, nothing above it missed.
   */
  constructor(roomId, end) {
    this.roomId = roomId;
    this.view = null;
    this.rev = 0;
    // To whom the first message went, until the room itself is known.
    this.addressee = null;
    this.me = { readSeq: end, deliveredSeq: end };
    this.members = new Map();
    this.reset(end);
  }

  /** Forget all messages: the room is not the one that they were read from. */
  reset(end) {
    this.floor = end;
    this.tip = end;
    this.messages = new Map();
    this.seqs = new Set();
    this.newest = null;
  }

  get lastSeq() {
    return Math.max(this.view?.lastSeq ?? 0, this.newest?.seq ?? 0, this.tip);
  }

  get unread() {
    return Math.max(0, this.lastSeq - this.me.readSeq);
  }

  get hasOlder() {
    return this.floor > 0;
  }

  /** True when something between is missing, or was announced and has not come. */
  get hasGap() {
    return this.tip < this.lastSeq;
  }

  get lastMessage() {
    const listed = this.view?.lastMessage;
    return listed && listed.seq > (this.newest?.seq ?? 0) ? listed : this.newest;
  }

  /** When something last happened here, to sort by. */
  get activeAt() {
    return this.lastMessage?.createdAt ?? this.view?.createdAt ?? "";
  }

  /** Take a room as the server shows it; events leave out `me`, lists of groups `members`. */
  merge(view) {
    const isNewer = view.lastSeq >= (this.view?.lastSeq ?? 0);
    const lastMessage = isNewer ? view.lastMessage : this.view.lastMessage;
    // Nothing that is here could have changed before.
    if (!this.view && this.seqs.size === 0) this.rev = view.rev;
    this.view = { ...view, lastMessage, lastSeq: Math.max(view.lastSeq, this.view?.lastSeq ?? 0) };
    if (view.me) {
      this.me = { ...view.me, ...ahead(this.#isGuess ? view.me : this.me, view.me) };
      this.#isGuess = false;
    }
    if (view.members) this.#mergeMembers(view.members);
  }

  /** Note that a sync brought every change so far; that a room shows its `rev` does not say so. */
  caughtUp() {
    this.rev = Math.max(this.rev, this.view?.rev ?? 0);
  }

  #mergeMembers(members) {
    const before = this.members;
    this.members = new Map(
      members.map((member) => [
        member.userId,
        { ...member, ...ahead(before.get(member.userId) ?? member, member) },
      ]),
    );
  }

  /**
   * Take a message, new or changed. Gives true if it was not here before.
   *
   * Changes of messages that are not loaded are left to the page that will bring them.
   */
  add(message) {
    if (message.rev === this.rev + 1) this.rev = message.rev;
    const known = this.messages.get(message.messageId);
    if (known ? known.rev > message.rev : message.seq <= this.floor) return false;
    this.#keep(message);
    return !known;
  }

  /** Take a page of history that ends at `floor`; `hasMore` says whether it begins the room. */
  addOlder(messages, hasMore) {
    for (const message of messages) this.#keep(message);
    if (!hasMore) this.floor = 0;
  }

  #keep(message) {
    this.messages.set(message.messageId, message);
    this.seqs.add(message.seq);
    while (this.seqs.has(this.tip + 1)) this.tip += 1;
    while (this.seqs.has(this.floor)) this.floor -= 1;
    if (message.seq >= (this.newest?.seq ?? 0)) this.newest = message;
  }

  /** Messages in the room's order. */
  ordered() {
    return [...this.messages.values()].sort((one, other) => one.seq - other.seq);
  }

  moveCursor({ userId, deliveredSeq, readSeq }, isMine) {
    const cursor = { deliveredSeq, readSeq };
    if (isMine) Object.assign(this.me, ahead(this.me, cursor));
    const member = this.members.get(userId);
    if (member) Object.assign(member, ahead(member, cursor));
  }

  /** How far a message of one's own has come: `sent`, `delivered` or `read` by all the others. */
  progress(message, myUserId) {
    const others = [...this.members.values()].filter((member) => member.userId !== myUserId);
    if (others.length === 0) return "sent";
    if (others.every((member) => member.readSeq >= message.seq)) return "read";
    return others.every((member) => member.deliveredSeq >= message.seq) ? "delivered" : "sent";
  }

  /** The other person of a direct room, as `{tenantId, userId, name?}`; null elsewhere. */
  counterpart(myUserId) {
    if (!this.view) return this.addressee;
    if (this.view.type !== "direct") return null;
    const other = [...this.members.values()].find((member) => member.userId !== myUserId);
    return other ? { ...other, tenantId: this.view.tenantId } : this.addressee;
  }

  /** Sorts rooms, the newest activity first. */
  static byActivity(one, other) {
    return one.activeAt < other.activeAt ? 1 : -1;
  }

  /** What to call it when no name of a person will do. */
  title(myUserId) {
    const others = [...this.members.values()].filter((member) => member.userId !== myUserId);
    return this.view?.name ?? (others.map((member) => member.name).join(", ") || "Chat");
  }
}

/** Cursors only ever move forward, in whatever order they are heard of. */
function ahead(one, other) {
  return {
    deliveredSeq: Math.max(one.deliveredSeq, other.deliveredSeq),
    readSeq: Math.max(one.readSeq, other.readSeq),
  };
}
