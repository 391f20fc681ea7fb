/** A part of the widget that is loaded when it is needed, and again if that failed. */

import type { ReactiveControllerHost } from "lit";

export type ChunkState = "idle" | "loading" | "ready" | "failed";

export class Chunk {
  state: ChunkState = "idle";

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly load: () => Promise<unknown>,
  ) {}

  /** Never rejects: what became of it is in `state`, and the host is drawn again. */
  async ensure(): Promise<void> {
    if (this.state === "loading" || this.state === "ready") return;
    this.become("loading");
    try {
      await this.load();
      this.become("ready");
    } catch {
      // The browser has logged the request that failed; the panel shows a sentence and a button.
      this.become("failed");
    }
  }

  /** What it draws threw: to begin again, it is as if it had not been loaded. */
  fail(): void {
    this.become("failed");
  }

  private become(state: ChunkState): void {
    this.state = state;
    this.host.requestUpdate();
  }
}
