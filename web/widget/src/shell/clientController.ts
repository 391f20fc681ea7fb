/** Draws an element again when its client has something new. */

import type { ParleyClient } from "@parley/client";
import type { ReactiveController, ReactiveControllerHost } from "lit";

type Host = ReactiveControllerHost & { client: ParleyClient | null };

export class ClientController implements ReactiveController {
  private followed: ParleyClient | null = null;
  private stop: (() => void)[] = [];

  constructor(
    private readonly host: Host,
    private readonly changed: () => void = () => host.requestUpdate(),
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.follow(this.host.client);
  }

  hostUpdate(): void {
    this.follow(this.host.client);
  }

  hostDisconnected(): void {
    this.follow(null);
  }

  private follow(client: ParleyClient | null): void {
    if (client === this.followed) return;
    for (const stop of this.stop) stop();
    this.followed = client;
    this.stop = client ? [client.on("change", this.changed), client.on("state", this.changed)] : [];
  }
}
