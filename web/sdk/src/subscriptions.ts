/** `presence.subscribe` replaces a connection's set, which tabs share: each asks for its own part. */

import { LIMITS, type Operation, type SubscribePresence } from "./protocol.gen.js";

interface Part extends SubscribePresence {
  readonly tab: string;
}

export class Subscriptions {
  #parts: Part[] = [];

  /** @param isHere Whether a tab was heard lately: nobody tells of tabs that are closed. */
  constructor(private readonly isHere: (tab: string) => boolean) {}

  /** What to ask the server for when a tab asks for this: the other tabs' people, too. */
  merge<T>(tab: string, operation: Operation, data: T): T {
    if (operation !== "presence.subscribe") return data;
    const asked: Part = { ...(data as T & SubscribePresence), tab };
    const isSame = (part: Part) => part.tab === tab && part.tenantId === asked.tenantId;
    this.#parts = [asked, ...this.#parts.filter((part) => !isSame(part))];
    this.#parts = this.#parts.filter((part) => part.tab === tab || this.isHere(part.tab));
    const ofTenant = this.#parts.filter((part) => part.tenantId === asked.tenantId);
    const userIds = new Set(ofTenant.flatMap((part) => part.userIds));
    return { ...data, userIds: [...userIds].slice(0, LIMITS.maxUserIds) };
  }

  forget(tab: string): void {
    this.#parts = this.#parts.filter((part) => part.tab !== tab);
  }
}
