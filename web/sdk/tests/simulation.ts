/**
 * A random history from a seed: people who chat on several devices while everything goes wrong.
 *
 * Two tabs of one browser, a phone and two colleagues, and in another tenant people of the same
 * names. A failure is repeated by its seed alone.
 */

import type { Entry, Room } from "../src/index.js";
import type { Fate } from "./fakeFaults.js";
import type { Connection } from "./fakeServer.js";
import { Refusal } from "./fakeState.js";
import type { FakeBrowser } from "./fakeTabs.js";
import { MINUTE, SECOND, type Tab, World } from "./world.js";

const STEPS = 60;

/** A small generator (mulberry32): the same seed gives the same numbers. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What somebody sent, and what became of it as far as they were told. */
export interface Sent {
  readonly roomId: string;
  readonly body: string;
  readonly tab: Tab;
  outcome: "waiting" | "stored" | "failed";
}

interface Seat {
  readonly sub: string;
  readonly tenantId: string;
  readonly browser: FakeBrowser;
  tab: Tab;
}

type Action = (seat: Seat) => unknown;

export class Simulation {
  readonly world = new World();
  readonly seats: Seat[] = [];
  readonly sent: Sent[] = [];
  /** Tabs that were closed meanwhile. */
  readonly gone: Tab[] = [];
  /** What was done, to be read when it went wrong. */
  readonly log: string[] = [];
  readonly #random: () => number;
  readonly #handoverAfter: number;
  #count = 0;

  constructor(readonly seed: number) {
    this.#random = randomOf(seed);
    this.world.random = this.#random;
    this.world.server.latencyMs = 1 + this.#upTo(60);
    this.#handoverAfter = this.#chance(0.3) ? 40 + this.#upTo(60) : 6_900;
  }

  async run(): Promise<void> {
    await this.#begin();
    this.#breakThings();
    for (let step = 0; step < STEPS; step += 1) {
      await this.#step();
    }
    await this.#calm();
  }

  /** Reconnect everybody, so that what only a sync repairs is repaired, too. */
  async reconnect(): Promise<void> {
    this.world.server.cut();
    await this.world.advance(40 * SECOND);
  }

  /** The tabs that are there in the end. */
  get tabs(): Tab[] {
    return this.seats.map((seat) => seat.tab);
  }

  // --- The course ----------------------------------------------------------------------------

  async #begin(): Promise<void> {
    const shared = this.world.browser();
    for (const browser of [shared, shared, this.world.browser()]) {
      this.#sit("ann", "acme", browser);
    }
    this.#sit("ben", "acme");
    this.#sit("chi", "acme");
    this.#sit("ann", "rival");
    this.#sit("ben", "rival");
    for (const { tab } of this.seats) {
      await this.world.resolve(tab.client.connect());
    }
    const [ann] = this.seats;
    const rival = this.seats.at(-1)!;
    const { rooms } = ann!.tab.client;
    await this.world.resolve(rooms.direct("ben"));
    await this.world.resolve(rooms.group("Lunch", ["ben", "chi"]));
    await this.world.resolve(rooms.organization("Everybody"));
    await this.world.resolve(rival.tab.client.rooms.direct("ann"));
    await this.world.advance(SECOND);
  }

  #sit(sub: string, tenantId: string, browser = this.world.browser()): void {
    this.seats.push({ sub, tenantId, browser, tab: this.#open(sub, tenantId, browser) });
  }

  #open(sub: string, tenantId: string, browser: FakeBrowser): Tab {
    const options = { handoverAfter: this.#handoverAfter };
    return this.world.tab(sub, { tenantId, browser, options });
  }

  async #step(): Promise<void> {
    const seat = this.#pick(this.seats);
    const [name, action] = this.#pick(this.#chance(0.8) ? this.#uses : this.#accidents);
    this.log.push(`${this.world.clock.iso().slice(14, 23)} ${name} ${seat.tenantId}/${seat.sub}`);
    action(seat);
    await this.world.advance(this.#chance(0.06) ? this.#upTo(45_000) : this.#upTo(1_500));
  }

  /** Let everything work again, everybody come back, and what is under way come to an end. */
  async #calm(): Promise<void> {
    this.world.server.faults.stop();
    for (const seat of this.seats) {
      seat.tab.clock.wake();
      seat.tab.plug();
      seat.tab.attention.show(true);
      this.#ignore(seat.tab.client.connect());
    }
    await this.world.advance(4 * MINUTE);
  }

  // --- What people do --------------------------------------------------------------------------

  readonly #uses: [string, Action][] = [
    ["send", (seat) => this.#send(seat)],
    ["send", (seat) => this.#send(seat)],
    ["send 5", (seat) => Array.from({ length: 5 }, () => this.#send(seat))],
    ["edit", (seat) => this.#change(seat, "edit")],
    ["delete", (seat) => this.#change(seat, "delete")],
    ["react", (seat) => this.#change(seat, "react")],
    ["open", (seat) => this.#in(seat, (room) => this.#ignore(room.open()))],
    ["older", (seat) => this.#in(seat, (room) => this.#ignore(room.loadOlder()))],
    ["watch", (seat) => this.#in(seat, (room) => room.watch(this.#chance(0.7)))],
    ["close", (seat) => this.#in(seat, (room) => room.close())],
    ["type", (seat) => this.#in(seat, (room) => room.keystroke())],
    ["mute", (seat) => this.#in(seat, (room) => this.#ignore(room.mute(this.#chance(0.5))))],
    ["members", (seat) => this.#manage(seat)],
    ["retry", (seat) => this.#in(seat, (room) => this.#retry(room))],
    ["direct", ({ tab }) => this.#ignore(tab.client.rooms.direct(this.#pick(["ben", "chi"])))],
  ];

  #send(seat: Seat): void {
    this.#in(seat, (room) => {
      this.#count += 1;
      const body = `${seat.tenantId} ${this.#count}`;
      const sent: Sent = { roomId: room.roomId, body, tab: seat.tab, outcome: "waiting" };
      this.sent.push(sent);
      room.send(body).then(
        () => {
          sent.outcome = "stored";
        },
        () => {
          sent.outcome = "failed";
        },
      );
    });
  }

  #change(seat: Seat, change: "edit" | "delete" | "react"): void {
    this.#in(seat, (room) => {
      const stored = room.entries.filter(({ message }) => message.messageId !== "");
      if (stored.length === 0) {
        return;
      }
      const { messageId } = this.#pick(stored).message;
      this.#count += 1;
      if (change === "edit") {
        this.#ignore(room.edit(messageId, `${seat.tenantId} edit ${this.#count}`));
      } else if (change === "delete") {
        this.#ignore(room.delete(messageId));
      } else {
        this.#ignore(room.react(messageId, this.#pick(["👍", "🎉"]), this.#chance(0.7)));
      }
    });
  }

  #manage({ tab }: Seat): void {
    const group = tab.client.rooms.all.find((room) => room.type === "group");
    if (!group) {
      return;
    }
    this.#count += 1;
    const acts = [
      () => group.rename(`Lunch ${this.#count}`),
      () => group.add("chi"),
      () => group.remove("chi"),
    ];
    this.#ignore(this.#pick(acts)());
  }

  #retry(room: Room): void {
    const failed = room.entries.filter(({ status }: Entry) => status === "failed");
    for (const { key } of failed) {
      room.retry(key);
    }
  }

  #in({ tab }: Seat, act: (room: Room) => unknown): void {
    const { all } = tab.client.rooms;
    if (all.length > 0) {
      act(this.#pick(all));
    }
  }

  // --- What goes wrong -------------------------------------------------------------------------

  readonly #accidents: [string, Action][] = [
    ["cut", () => this.world.server.cut(this.#some())],
    ["cut all", () => this.world.server.cut()],
    ["silence", () => this.#each((connection) => connection.silence())],
    ["bye", () => this.#each((connection) => this.world.server.bye(connection, 4002))],
    ["new epoch", () => this.world.server.newEpoch()],
    ["lose Redis", () => this.world.server.loseRedis()],
    ["unplug", ({ tab }) => tab.unplug(this.#chance(0.5))],
    ["plug", ({ tab }) => tab.plug()],
    ["plug", ({ tab }) => tab.plug()],
    ["sleep", ({ tab }) => tab.clock.sleep()],
    ["wake", ({ tab }) => tab.clock.wake()],
    ["wake", ({ tab }) => tab.clock.wake()],
    ["hide", ({ tab }) => tab.attention.show(this.#chance(0.5))],
    ["disconnect", ({ tab }) => tab.client.disconnect()],
    ["connect", ({ tab }) => this.#ignore(tab.client.connect())],
    ["connect", ({ tab }) => this.#ignore(tab.client.connect())],
    ["reload", (seat) => this.#reload(seat)],
  ];

  #reload(seat: Seat): void {
    seat.tab.end();
    this.gone.push(seat.tab);
    seat.tab = this.#open(seat.sub, seat.tenantId, seat.browser);
    this.#ignore(seat.tab.client.connect());
  }

  #some(): Connection[] {
    return this.world.server.open().filter(() => this.#chance(0.3));
  }

  #each(act: (connection: Connection) => void): void {
    for (const connection of this.#some()) {
      act(connection);
    }
  }

  #breakThings(): void {
    const { faults } = this.world.server;
    const level = this.#random();
    faults.onEvent = () => {
      if (!this.#chance(0.5 * level)) {
        return undefined;
      }
      return this.#pick([[], [], [0, 0], [this.#upTo(4_000)], [0, this.#upTo(9_000)]]);
    };
    faults.onCommand = () => (this.#chance(0.25 * level) ? this.#fate() : undefined);
    faults.onRest = () =>
      this.#chance(0.2 * level) ? this.#pick([429, 503, "unreachable", "silence"]) : undefined;
    faults.onHandshake = () =>
      this.#chance(0.2 * level) ? this.#pick(["refused", "silence"]) : undefined;
  }

  #fate(): Fate {
    const retryAfter = this.#upTo(3_000) / 1_000;
    return this.#pick<Fate>([
      "lost",
      "unanswered",
      "unanswered",
      "gatewayError",
      "gatewayErrorAfter",
      this.#upTo(4_000),
      new Refusal("UNAVAILABLE", { retryAfter }),
      new Refusal("RATE_LIMITED", { retryAfter }),
      new Refusal("INTERNAL_ERROR"),
    ]);
  }

  // --- Chance ----------------------------------------------------------------------------------

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#upTo(items.length)]!;
  }

  /** What is refused is refused: what counts is how it looks in the end. */
  #ignore(promise: Promise<unknown>): void {
    promise.catch(() => undefined);
  }
}
