/**
 * The sound of a new message, made with Web Audio: nothing to download.
 *
 * Browsers keep audio silent until somebody has touched the page, so the context is made at a
 * gesture. Where there is no audio, nothing happens.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";

const GESTURES = ["pointerdown", "keydown"];
const CAPTURE = { capture: true };
const FROM_HZ = 880;
const TO_HZ = 440;
const LENGTH_S = 0.25;
const LOUDNESS = 0.12;
/** Many messages at once, such as after a reconnect, are one sound. */
const PAUSE_MS = 1000;

export class Sound implements ReactiveController {
  #context: AudioContext | null = null;
  #playedAt = Number.NEGATIVE_INFINITY;

  /** @param host Whoever listens for a gesture anywhere on the page, while it is on it. */
  constructor(host: ReactiveControllerHost) {
    host.addController(this);
    // What was touched before this was loaded is good enough for most browsers.
    if (globalThis.navigator?.userActivation?.hasBeenActive) this.#unlock();
  }

  hostConnected(): void {
    for (const name of GESTURES) globalThis.addEventListener?.(name, this.#unlock, CAPTURE);
  }

  hostDisconnected(): void {
    for (const name of GESTURES) globalThis.removeEventListener?.(name, this.#unlock, CAPTURE);
  }

  play(now: number = Date.now()): void {
    if (this.#context?.state !== "running" || now - this.#playedAt < PAUSE_MS) return;
    this.#playedAt = now;
    sweep(this.#context);
  }

  readonly #unlock = (): void => {
    if (typeof AudioContext === "undefined") return;
    this.#context ??= new AudioContext();
    if (this.#context.state === "suspended") void this.#context.resume();
  };
}

function sweep(context: AudioContext): void {
  const start = context.currentTime;
  const end = start + LENGTH_S;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.setValueAtTime(FROM_HZ, start);
  oscillator.frequency.exponentialRampToValueAtTime(TO_HZ, end);
  gain.gain.setValueAtTime(LOUDNESS, start);
  gain.gain.exponentialRampToValueAtTime(0.001, end);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(end);
}
