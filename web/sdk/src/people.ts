/** The people whom the client knows of, and who of them is here. */

import { ParleyError } from "./errors.js";
import type { Request } from "./link.js";
import { LIMITS, type Me, type Person, type Seen } from "./protocol.gen.js";
import type { KnownPerson, PersonRef } from "./types.js";

export type Status = Person["status"];

/** People in manage scope; tenants hear nothing of their presence (SPEC §1). */
const MANAGE_PREFIX = "@manage/";

export interface PeopleServices {
  readonly request: Request;
  me(): Me | null;
  changed(): void;
  /** Somebody turned up in a room who was not known. */
  met(): void;
  /** `GET /users?q=`; rejects where there is no REST API. */
  search(text: string): Promise<Person[]>;
}

export class People {
  readonly #byKey = new Map<string, KnownPerson>();
  readonly #followed = new Map<string, Set<string>>();
  #mode: "all" | "subscribed" = "all";
  #all: readonly KnownPerson[] | null = null;
  #online: readonly KnownPerson[] | null = null;

  constructor(private readonly services: PeopleServices) {}

  /** Everybody who is known but the caller: those who are here first, then by name. */
  get all(): readonly KnownPerson[] {
    this.#all ??= [...this.#byKey.values()].filter(({ isMe }) => !isMe).sort(byPresenceAndName);
    return this.#all;
  }

  /** Those who are not offline, but the caller. */
  get online(): readonly KnownPerson[] {
    this.#online ??= this.all.filter(({ status }) => status !== "offline");
    return this.#online;
  }

  get(ref: PersonRef): KnownPerson | undefined {
    return this.#byKey.get(this.#keyOf(ref));
  }

  status(ref: PersonRef): Status {
    return this.get(ref)?.status ?? "offline";
  }

  /** Find people by name, whether they are known or not. */
  async search(text: string): Promise<KnownPerson[]> {
    const found = await this.services.search(text);
    // The directory does not say who is here; whoever is known is shown as they are known.
    for (const person of found) if (!this.#at(person)) this.#put(person);
    this.#changed();
    return found.flatMap((person) => this.#at(person) ?? []).filter(({ isMe }) => !isMe);
  }

  /** Hear of these people too, where one does not hear of everybody. */
  async follow(refs: readonly PersonRef[]): Promise<void> {
    for (const ref of refs) {
      const { tenantId, userId } = this.#named(ref);
      const followed = this.#followed.get(tenantId) ?? new Set();
      this.#followed.set(tenantId, followed.add(userId));
    }
    await this.ask();
  }

  // --- What the server tells --------------------------------------------------------------------

  /** Say of whom the server tells by itself. Gives whether that has changed. */
  setMode(mode: "all" | "subscribed"): boolean {
    const hasChanged = mode !== this.#mode;
    this.#mode = mode;
    return hasChanged;
  }

  /** Take everybody who is not offline; whoever is missing has left. */
  present(users: readonly Person[]): void {
    for (const person of this.#byKey.values()) {
      if (person.status !== "offline") this.#put({ ...person, status: "offline" });
    }
    for (const person of users) this.#put(person);
    this.#changed();
  }

  /** Take what has changed; `tenantId` is left out where it is the caller's own. */
  update(users: readonly Seen[]): void {
    for (const seen of users) {
      const tenantId = seen.tenantId ?? this.#tenantId;
      const known = this.#byKey.get(keyOf(tenantId, seen.userId));
      this.#put({ picture: null, role: null, ...known, ...seen, tenantId });
    }
    this.#changed();
  }

  /** Learn of somebody in a room, of whom presence may never tell. */
  meet(tenantId: string, userId: string, name: string): void {
    const known = this.#byKey.get(keyOf(tenantId, userId));
    if (known && (known.name === name || known.name !== userId)) return;
    const unseen = { picture: null, role: null, status: "offline", lastSeenAt: null } as const;
    this.#put({ ...unseen, ...known, tenantId, userId, name });
    if (!known) this.services.met();
    this.#changed();
  }

  /**
   * Ask for those of whom the server does not speak by itself: whoever is offline, and in large
   * tenants, where one hears only of those one has asked for, everybody.
   */
  async ask(request = this.services.request): Promise<void> {
    const operation = this.#mode === "all" ? "presence.list" : "presence.subscribe";
    const isManage = this.services.me()?.scope === "manage";
    for (const [tenantId, userIds] of this.#idsByTenant()) {
      const asked = { userIds, ...(isManage && { tenantId }) };
      try {
        const { users } = await request(operation, asked);
        for (const person of users) this.#put(person);
      } catch (error) {
        // A tenant of which nobody has ever come does not exist yet.
        if (!(error instanceof ParleyError) || error.code !== "NOT_FOUND") throw error;
      }
    }
    this.#changed();
  }

  clear(): void {
    this.#byKey.clear();
    this.#followed.clear();
    this.#changed();
  }

  #idsByTenant(): Map<string, string[]> {
    const followed = [...this.#followed].flatMap(([tenantId, ids]) =>
      [...ids].map((userId) => ({ tenantId, userId })),
    );
    const ids = new Map<string, Set<string>>();
    for (const { tenantId, userId } of [...followed, ...this.#unheard()]) {
      const named = ids.get(tenantId) ?? new Set();
      const isAsked = named.size < LIMITS.maxUserIds && !userId.startsWith(MANAGE_PREFIX);
      if (isAsked) ids.set(tenantId, named.add(userId));
    }
    return new Map([...ids].map(([tenantId, named]) => [tenantId, [...named]]));
  }

  /** Those of whom nothing was heard; where one hears only of those one names, everybody. */
  #unheard(): KnownPerson[] {
    const known = [...this.#byKey.values()];
    if (this.#mode === "subscribed") return known;
    return known.filter(({ status, lastSeenAt }) => status === "offline" && lastSeenAt === null);
  }

  // --- Keys -------------------------------------------------------------------------------------

  get #tenantId(): string {
    return this.services.me()?.tenantId ?? "";
  }

  #named(ref: PersonRef): { tenantId: string; userId: string } {
    if (typeof ref === "string") return { tenantId: this.#tenantId, userId: ref };
    return { tenantId: ref.tenantId ?? this.#tenantId, userId: ref.userId };
  }

  #keyOf(ref: PersonRef): string {
    const { tenantId, userId } = this.#named(ref);
    return keyOf(tenantId, userId);
  }

  #at({ tenantId, userId }: Person): KnownPerson | undefined {
    return this.#byKey.get(keyOf(tenantId, userId));
  }

  #put(person: Person): void {
    const me = this.services.me();
    const isMe = person.tenantId === me?.tenantId && person.userId === me.userId;
    const known = this.#at(person);
    // Somebody who never connected goes by their id at the server.
    const name = known && person.name === person.userId ? known.name : person.name;
    this.#byKey.set(keyOf(person.tenantId, person.userId), { ...person, name, isMe });
  }

  #changed(): void {
    this.#all = this.#online = null;
    this.services.changed();
  }
}

/** People's ids are unique within a tenant only. JSON, because ids may hold any separator. */
function keyOf(tenantId: string, userId: string): string {
  return JSON.stringify([tenantId, userId]);
}

function byPresenceAndName(one: KnownPerson, other: KnownPerson): number {
  return (
    Number(one.status === "offline") - Number(other.status === "offline") ||
    one.name.localeCompare(other.name) ||
    one.tenantId.localeCompare(other.tenantId) ||
    one.userId.localeCompare(other.userId)
  );
}
