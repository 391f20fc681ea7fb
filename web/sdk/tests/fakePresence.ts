/** Who is online, as the fake server tells it: leases, a grace of 5 s, one change of a person in 2 s. */

import type { Person, Seen } from "../src/protocol.gen.js";
import type { FakeClock } from "./fakeClock.js";
import { MANAGE, type Profile, personKey, type State } from "./fakeState.js";

const LEASE_MS = 90_000;
const GRACE_MS = 5_000;
const SWEEP_MS = 10_000;
const TOLD_EVERY_MS = 2_000;

/** What presence needs of a connection. */
export interface Lease {
  readonly caller: Profile;
  heardAt: number;
  status: "online" | "away";
  subscription: ReadonlySet<string> | null;
  /** When it ended; null while it is open, as far as the server knows. */
  endedAt: number | null;
}

type Status = Person["status"];

export class Presence {
  /** People online up to whom everybody hears of everybody. */
  allMax = 200;
  readonly leases = new Set<Lease>();
  readonly #told = new Map<string, { status: Status | "doubted"; at: number }>();
  readonly #lastSeen = new Map<string, string>();
  #isSweeping = false;

  constructor(
    private readonly clock: FakeClock,
    private readonly state: State,
    private readonly tell: (lease: Lease, users: Seen[]) => void,
  ) {}

  opened(lease: Lease): void {
    this.leases.add(lease);
    this.changed(0);
    if (!this.#isSweeping) {
      this.#isSweeping = true;
      this.#sweep();
    }
  }

  closed(lease: Lease): void {
    lease.endedAt ??= this.clock.now();
    this.changed(GRACE_MS);
  }

  /** Redis forgot everybody. */
  forget(): void {
    this.leases.clear();
    this.#told.clear();
  }

  changed(inMs: number): void {
    this.clock.setTimeout(() => this.#flush(), inMs + 1);
  }

  statusOf(person: Pick<Profile, "tenantId" | "userId">): Status {
    let best: Status = "offline";
    for (const lease of this.leases) {
      const { userId, tenantId } = lease.caller;
      const isTheirs = userId === person.userId && tenantId === person.tenantId;
      if (isTheirs && best !== "online" && this.#isLive(lease)) {
        best = lease.status;
      }
    }
    return best;
  }

  shown(profile: Profile): Person {
    const { userId, tenantId, name, picture, role } = profile;
    const status = this.statusOf(profile);
    this.#doubt(profile, status);
    const lastSeenAt =
      status === "offline" ? (this.#lastSeen.get(personKey(profile)) ?? null) : null;
    return { userId, tenantId, name, picture, role, status, lastSeenAt };
  }

  /** Whoever is shown another status than was told has to hear of whatever comes next. */
  #doubt(profile: Profile, status: Status): void {
    const told = this.#told.get(personKey(profile));
    if (told && told.status !== status) {
      told.status = "doubted";
      this.changed(TOLD_EVERY_MS);
    }
  }

  /** Everybody whom somebody may see and who is not offline. */
  here(viewer: Profile): Person[] {
    const seen = this.state.people().filter((each) => this.#isVisible(viewer, each));
    return seen.map((each) => this.shown(each)).filter((each) => each.status !== "offline");
  }

  mode(viewer: Profile): "all" | "subscribed" {
    if (viewer.scope === "manage") {
      return "all";
    }
    const visible = this.state.people().filter((each) => this.#isVisible(viewer, each));
    const here = visible.filter((each) => this.statusOf(each) !== "offline");
    return here.length > this.allMax ? "subscribed" : "all";
  }

  #isVisible(viewer: Profile, other: Profile): boolean {
    return viewer.scope === "manage"
      ? other.tenantId !== MANAGE
      : other.tenantId === viewer.tenantId;
  }

  #isLive(lease: Lease): boolean {
    const now = this.clock.now();
    const isInGrace = lease.endedAt === null || now - lease.endedAt < GRACE_MS;
    return isInGrace && now - lease.heardAt < LEASE_MS;
  }

  #sweep(): void {
    this.#flush();
    this.#isSweeping = this.leases.size > 0;
    if (this.#isSweeping) {
      this.clock.setTimeout(() => this.#sweep(), SWEEP_MS);
    }
  }

  #flush(): void {
    const changes = this.state.people().filter((each) => this.#isDue(each));
    for (const profile of changes) {
      this.#note(profile);
    }
    for (const lease of changes.length > 0 ? this.leases : []) {
      const users = this.#heard(lease, changes);
      if (users.length > 0 && lease.endedAt === null) {
        this.tell(lease, users);
      }
    }
    for (const lease of this.leases) {
      if (!this.#isLive(lease)) {
        this.leases.delete(lease);
      }
    }
  }

  #isDue(profile: Profile): boolean {
    const told = this.#told.get(personKey(profile));
    if ((told?.status ?? "offline") === this.statusOf(profile)) {
      return false;
    }
    const waitMs = (told?.at ?? 0) + TOLD_EVERY_MS - this.clock.now();
    if (waitMs > 0) {
      this.changed(waitMs);
    }
    return waitMs <= 0;
  }

  #note(profile: Profile): void {
    const key = personKey(profile);
    const status = this.statusOf(profile);
    this.#told.set(key, { status, at: this.clock.now() });
    if (status === "offline") {
      this.#lastSeen.set(key, this.clock.iso());
    }
  }

  #heard(lease: Lease, changes: readonly Profile[]): Seen[] {
    const viewer = lease.caller;
    const isAll = this.mode(viewer) === "all";
    const hears = (each: Profile) => lease.subscription?.has(personKey(each)) ?? isAll;
    const heard = changes.filter((each) => this.#isVisible(viewer, each) && hears(each));
    return heard.map((each) => this.#seen(viewer, each));
  }

  #seen(viewer: Profile, profile: Profile): Seen {
    const { userId, tenantId, name } = profile;
    const { status, lastSeenAt } = this.shown(profile);
    return { userId, status, lastSeenAt, name, ...(viewer.scope === "manage" ? { tenantId } : {}) };
  }
}
