/** What can go wrong between a client and the server, one fault at a time or by a function. */

import type { EventName, Operation } from "../src/protocol.gen.js";
import type { Refusal } from "./fakeState.js";

/** When each copy of an event arrives, in ms from now; none at all if it is lost. */
export type Copies = readonly number[];

/**
 * What becomes of a command.
 *
 * - `lost`: it never arrives.
 * - `unanswered`: it is carried out, and the reply is lost.
 * - `gatewayError`: it is not carried out, and API Gateway answers in its own words.
 * - `gatewayErrorAfter`: it is carried out, and API Gateway answers in its own words.
 * - a refusal: it is not carried out, and refused with this.
 * - a number: it is carried out and answered so many ms late.
 */
export type Fate =
  | "lost"
  | "unanswered"
  | "gatewayError"
  | "gatewayErrorAfter"
  | number
  | Refusal
  | undefined;

/** What becomes of a REST request: a status instead of the true answer, no route, or silence. */
export type RestFate = number | "unreachable" | "silence" | undefined;

/** What becomes of a handshake: refused, or never answered. */
export type HandshakeFate = "refused" | "silence" | undefined;

export interface Told {
  readonly userId: string;
  readonly event: EventName;
  readonly data: unknown;
}

export interface Asked {
  readonly userId: string;
  readonly operation: Operation;
  readonly data: unknown;
}

export class Faults {
  /** Decides where nothing is queued for the next one. */
  onEvent: (told: Told) => Copies | undefined = () => undefined;
  onCommand: (asked: Asked) => Fate = () => undefined;
  onRest: (method: string, path: string) => RestFate = () => undefined;
  onHandshake: () => HandshakeFate = () => undefined;
  readonly #events: { name: EventName; copies: Copies }[] = [];
  readonly #commands: { operation: Operation; fate: Fate }[] = [];
  readonly #rest: { path: string; fate: RestFate }[] = [];
  readonly #handshakes: HandshakeFate[] = [];

  /** The next events of this name, whoever they go to. */
  nextEvents(name: EventName, ...fates: Copies[]): void {
    this.#events.push(...fates.map((copies) => ({ name, copies })));
  }

  nextCommands(operation: Operation, ...fates: Fate[]): void {
    this.#commands.push(...fates.map((fate) => ({ operation, fate })));
  }

  /** The next requests whose path begins like this. */
  nextRest(path: string, ...fates: RestFate[]): void {
    this.#rest.push(...fates.map((fate) => ({ path, fate })));
  }

  nextHandshakes(...fates: HandshakeFate[]): void {
    this.#handshakes.push(...fates);
  }

  /** Let everything work from now on. */
  stop(): void {
    for (const queue of [this.#events, this.#commands, this.#rest, this.#handshakes]) {
      queue.length = 0;
    }
    this.onEvent = () => undefined;
    this.onCommand = () => undefined;
    this.onRest = () => undefined;
    this.onHandshake = () => undefined;
  }

  // --- Asked by the server -----------------------------------------------------------------

  copies(told: Told): Copies {
    return (
      taken(this.#events, (each) => each.name === told.event)?.copies ?? this.onEvent(told) ?? [0]
    );
  }

  fate(asked: Asked): Fate {
    const queued = taken(this.#commands, (each) => each.operation === asked.operation);
    return queued ? queued.fate : this.onCommand(asked);
  }

  restFate(method: string, path: string): RestFate {
    const queued = taken(this.#rest, (each) => path.startsWith(each.path));
    return queued ? queued.fate : this.onRest(method, path);
  }

  handshakeFate(): HandshakeFate {
    return this.#handshakes.length > 0 ? this.#handshakes.shift() : this.onHandshake();
  }
}

function taken<T>(queue: T[], matches: (item: T) => boolean): T | undefined {
  const index = queue.findIndex(matches);
  return index < 0 ? undefined : queue.splice(index, 1)[0];
}
