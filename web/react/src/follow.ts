"use client";

/** Asks for the presence of people, once for all components that are put on a page together. */

import type { ParleyClient, PersonRef } from "@parley/client";

const asked = new WeakMap<ParleyClient, PersonRef[]>();

/** In large tenants one hears only of those whom one follows. */
export function follow(client: ParleyClient, ref: PersonRef): void {
  const waiting = asked.get(client);
  if (waiting) {
    waiting.push(ref);
    return;
  }
  asked.set(client, [ref]);
  queueMicrotask(() => {
    const refs = asked.get(client) ?? [];
    asked.delete(client);
    // If the connection is lost meanwhile, components ask again over the next.
    client.people.follow(refs).catch(() => undefined);
  });
}
