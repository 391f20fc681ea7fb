/** The attention that all tabs of a browser get together: somebody at one of them is here. */

import type { Attention, Clock } from "./ports.js";

/** Tabs report twice a minute; one that was not heard for longer is gone or asleep. */
const FORGOTTEN_MS = 3 * 60_000;

interface Report {
  isVisible: boolean;
  lastInputAt: number;
  at: number;
}

export class SharedAttention implements Attention {
  readonly #reports = new Map<string, Report>();
  readonly #hooks = new Set<() => void>();

  constructor(
    private readonly own: Attention,
    private readonly clock: Clock,
  ) {}

  isVisible(): boolean {
    return this.own.isVisible() || this.#others().some((report) => report.isVisible);
  }

  lastInputAt(): number {
    const others = this.#others().map((report) => report.lastInputAt);
    return Math.max(this.own.lastInputAt(), ...others);
  }

  onChange(changed: () => void): () => void {
    this.#hooks.add(changed);
    const end = this.own.onChange(changed);
    return () => {
      this.#hooks.delete(changed);
      end();
    };
  }

  note(): void {
    this.own.note();
  }

  /** Take what another tab says of itself. */
  report(tab: string, isVisible: boolean, lastInputAt: number): void {
    this.#reports.set(tab, { isVisible, lastInputAt, at: this.clock.now() });
    for (const changed of this.#hooks) changed();
  }

  isHere(tab: string): boolean {
    const report = this.#reports.get(tab);
    return report !== undefined && this.clock.now() - report.at < FORGOTTEN_MS;
  }

  forget(tab: string): void {
    this.#reports.delete(tab);
    for (const changed of this.#hooks) changed();
  }

  #others(): Report[] {
    const now = this.clock.now();
    return [...this.#reports.values()].filter(({ at }) => now - at < FORGOTTEN_MS);
  }
}
