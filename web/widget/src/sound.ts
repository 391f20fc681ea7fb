/**
 * The sound of a new message, made with Web Audio: nothing to download.
 *
 * Browsers keep audio silent until somebody has touched the page, so the context is made at the
 * first gesture. Where there is no audio, as on a server, nothing happens.
 */

const FROM_HZ = 880;
const TO_HZ = 440;
const LENGTH_S = 0.25;
const LOUDNESS = 0.12;
/** Many messages at once, such as after a reconnect, are one sound. */
const PAUSE_MS = 1000;

export interface Arrival {
  isMine: boolean;
  /** False for what is caught up with after being away. */
  isLive: boolean;
  isMuted: boolean;
  isRoomMuted: boolean;
  /** Its conversation is on the screen, and the page has the focus. */
  isWatched: boolean;
}

/** True if a message is worth a sound. */
export function isHeard(arrival: Arrival): boolean {
  const { isMine, isLive, isMuted, isRoomMuted, isWatched } = arrival;
  return isLive && !isMine && !isMuted && !isRoomMuted && !isWatched;
}

export class Chime {
  private context: AudioContext | null = null;
  private playedAt = Number.NEGATIVE_INFINITY;

  /** Begin to wait for a gesture. Gives the function that ends it. */
  listen(target: EventTarget): () => void {
    const gestures = ["pointerdown", "keydown"];
    const unlock = () => this.unlock();
    for (const name of gestures) target.addEventListener(name, unlock, { capture: true });
    return () => {
      for (const name of gestures) target.removeEventListener(name, unlock, { capture: true });
    };
  }

  play(now: number = Date.now()): void {
    if (this.context?.state !== "running" || now - this.playedAt < PAUSE_MS) return;
    this.playedAt = now;
    sweep(this.context);
  }

  private unlock(): void {
    if (typeof AudioContext === "undefined") return;
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") void this.context.resume();
  }
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
