/** The people whom one client knows of, and who of them is here. */

import { acquaintances, isManagerId, personKey } from "./people.js";

const MOST_NAMED = 500;

export class Directory {
  #me = null;
  #people = new Map();

  /** Begins with the sample people, of whom the server may never have heard. */
  constructor(person) {
    for (const { tenantId, userId, name } of acquaintances(person)) {
      this.#put({ tenantId, userId, name, status: "offline", lastSeenAt: null });
    }
  }

  /** Say who the caller is, who is not part of their own list. */
  introduce(me) {
    this.#me = me;
    this.#people.delete(personKey(me.tenantId, me.userId));
  }

  get(tenantId, userId) {
    return this.#people.get(personKey(tenantId, userId));
  }

  /** Everybody: those who are here first, then by tenant and name. */
  all() {
    return [...this.#people.values()].sort(
      (one, other) =>
        Number(one.status === "offline") - Number(other.status === "offline") ||
        one.tenantId.localeCompare(other.tenantId) ||
        one.name.localeCompare(other.name),
    );
  }

  /**
   * Ask for those of whom the server does not speak by itself: whoever is offline, and in large
   * tenants, where one hears only of those one has asked for, everybody.
   */
  async follow(request, presence) {
    const operation = presence === "all" ? "presence.list" : "presence.subscribe";
    for (const [tenantId, userIds] of this.#idsByTenant()) {
      const asked = { userIds, ...(this.#me.scope === "manage" && { tenantId }) };
      try {
        this.update((await request(operation, asked)).users);
      } catch (error) {
        // A tenant of which nobody has ever come does not exist yet.
        if (error.code !== "NOT_FOUND") throw error;
        this.#forget(tenantId);
      }
    }
  }

  #idsByTenant() {
    const ids = new Map();
    for (const { tenantId, userId } of this.#people.values()) {
      const named = ids.get(tenantId) ?? [];
      if (named.length < MOST_NAMED) ids.set(tenantId, [...named, userId]);
    }
    return ids;
  }

  /** Take everybody who is not offline; whoever is missing has left. */
  present(users) {
    for (const person of this.#people.values()) person.status = "offline";
    this.update(users);
  }

  /** Take what has changed; `tenantId` is left out where it is the caller's own. */
  update(users) {
    for (const { userId, tenantId = this.#me.tenantId, name, status, lastSeenAt } of users) {
      const known = this.get(tenantId, userId);
      // Somebody who never connected goes by their id at the server.
      const shownName = known && name === userId ? known.name : name;
      this.#put({ tenantId, userId, name: shownName, status, lastSeenAt });
    }
  }

  /** Learn of the other person of a direct room. */
  meet(room, myUserId) {
    const other = room.counterpart(myUserId);
    if (!other || isManagerId(other.userId)) return;
    const { tenantId, userId, name } = other;
    if (this.get(tenantId, userId)) return;
    this.#put({ tenantId, userId, name, status: "offline", lastSeenAt: null });
  }

  #forget(tenantId) {
    for (const [key, person] of this.#people) {
      if (person.tenantId === tenantId) this.#people.delete(key);
    }
  }

  #put(person) {
    const isMe = person.tenantId === this.#me?.tenantId && person.userId === this.#me?.userId;
    if (!isMe) this.#people.set(personKey(person.tenantId, person.userId), person);
  }
}
