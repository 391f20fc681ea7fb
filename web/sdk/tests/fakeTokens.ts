/** Tokens and tickets of the fake server, and whom a handshake is for (SPEC §§1, 2). */

import type { FakeClock } from "./fakeClock.js";
import { MANAGE, type Profile, Refusal, type State } from "./fakeState.js";

const TICKET_MS = 60_000;
const HOUR_S = 3_600;

export interface Claims {
  sub: string;
  tenantId?: string;
  name?: string;
  role?: string;
  picture?: string;
  spaces?: string[];
}

export interface Identity {
  readonly profile: Profile;
  readonly expiresAt: number;
}

interface Issued extends Claims {
  issuedAt: number;
  expiresAt: number;
}

export class Tokens {
  readonly #tokens = new Map<string, Issued>();
  readonly #tickets = new Map<string, Identity>();
  readonly #revoked = new Map<string, number>();
  #count = 0;
  ticketsIssued = 0;

  constructor(
    private readonly clock: FakeClock,
    private readonly state: State,
  ) {}

  /** What the customer's login does: sign a token. */
  issue(claims: Claims, expiresInS = 24 * HOUR_S): string {
    this.#count += 1;
    // Shaped like a JWT, whose claims clients may look at; the number is its signature.
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    const token = `jwt.${payload}.${this.#count}`;
    const issuedAt = this.clock.now();
    this.#tokens.set(token, { ...claims, issuedAt, expiresAt: issuedAt + expiresInS * 1000 });
    return token;
  }

  revoke(userId: string): void {
    this.#revoked.set(userId, this.clock.now());
  }

  /** Make a ticket; single use, for a minute. */
  ticket(token: string | null, scope: string | null): { ticket: string; expiresAt: string } {
    const identity = this.verified(token, scope);
    this.ticketsIssued += 1;
    const ticket = `ticket-${this.ticketsIssued}`;
    const expiresAt = Math.min(this.clock.now() + TICKET_MS, identity.expiresAt);
    this.#tickets.set(ticket, identity);
    this.clock.setTimeout(() => this.#tickets.delete(ticket), expiresAt - this.clock.now());
    return { ticket, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** The first credential that is found decides. */
  ofHandshake(address: string, protocols: readonly string[]): Identity {
    const query = new URL(address).searchParams;
    const ticket = query.get("ticket");
    if (ticket !== null) {
      return this.#redeemed(ticket);
    }
    if (protocols.length > 0 && !protocols.includes("parley.v1")) {
      throw new Refusal("UNAUTHORIZED");
    }
    const bearer = protocols.find((each) => each.startsWith("bearer."));
    return this.verified(bearer?.slice("bearer.".length) ?? query.get("token"), query.get("scope"));
  }

  verified(token: string | null, scope: string | null): Identity {
    const claims = this.#tokens.get(token ?? "");
    const now = this.clock.now();
    if (!claims || claims.expiresAt <= now) {
      throw new Refusal("UNAUTHORIZED");
    }
    if (claims.issuedAt <= (this.#revoked.get(claims.sub) ?? 0)) {
      throw new Refusal("UNAUTHORIZED");
    }
    return { profile: this.#profile(claims, scope), expiresAt: claims.expiresAt };
  }

  #redeemed(ticket: string): Identity {
    const identity = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (!identity) {
      throw new Refusal("UNAUTHORIZED");
    }
    return identity;
  }

  #profile(claims: Claims, scope: string | null): Profile {
    const isManager = scope === "manage";
    const { sub, tenantId, name = sub, role = "member", picture = null, spaces = [] } = claims;
    if ((isManager && role !== "super_admin") || (!isManager && tenantId === undefined)) {
      throw new Refusal("FORBIDDEN");
    }
    const home = isManager ? MANAGE : (tenantId ?? "");
    const userId = isManager ? `${MANAGE}/${sub}` : sub;
    const known = this.state.person(home, userId);
    if (known) {
      return known;
    }
    return this.state.introduce({
      ...{ userId, tenantId: home, name, picture, role, spaces },
      scope: isManager ? "manage" : "tenant",
      readReceipts: true,
    });
  }
}
