/**
 * Search for people as somebody types.
 *
 * Those who are known are found at once; the server is asked for others when typing pauses. An
 * answer that comes after the text has changed is dropped.
 */

import type { KnownPerson, ParleyClient, ParleyError } from "@parley/client";
import type { ReactiveController, ReactiveControllerHost } from "lit";

const PAUSE_MS = 300;

type Host = ReactiveControllerHost & { client: ParleyClient | null };

export class PeopleSearch implements ReactiveController {
  query = "";
  found: readonly KnownPerson[] = [];
  isSearching = false;
  hasFailed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: Host) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.timer);
  }

  set(query: string): void {
    clearTimeout(this.timer);
    this.query = query;
    this.found = [];
    this.hasFailed = false;
    this.isSearching = query.trim() !== "" && this.host.client?.connected === true;
    if (this.isSearching) this.timer = setTimeout(() => this.ask(query), PAUSE_MS);
    this.host.requestUpdate();
  }

  private async ask(query: string): Promise<void> {
    const client = this.host.client;
    if (!client) return;
    try {
      const found = await client.people.search(query.trim());
      if (query === this.query) this.found = found;
    } catch (error) {
      // Who is known can still be chosen: a sentence below the list says that there may be more.
      if (query === this.query) this.hasFailed = hasDirectory(error);
    }
    if (query === this.query) this.isSearching = false;
    this.host.requestUpdate();
  }
}

/** Without a REST API there is no directory, and those who are known are all there are. */
function hasDirectory(error: unknown): boolean {
  return (error as ParleyError).code !== "VALIDATION_ERROR";
}
