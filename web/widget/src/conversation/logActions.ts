/** What can be done with a message of the log; a refusal is shown at the message. */

import type { Entry } from "@parley/client";

import type { AllStrings } from "./extraStrings.js";
import { findMessage } from "./findMessage.js";
import { Notices } from "./notices.js";
import type { Conversation, ConversationClient, ConversationRoom } from "./ports.js";
import type { ToolbarAction } from "./toolbar.js";

export interface LogScope {
  readonly client: ConversationClient | null;
  readonly room: ConversationRoom | null;
  readonly strings: AllStrings;
  readonly host: Conversation;
  requestUpdate(): void;
  reveal(index: number): Promise<void>;
}

const ADMIN = "tenant_admin";

export class LogActions {
  readonly notices: Notices;
  readonly #scope: LogScope;
  /** The message whose deletion is asked about. */
  #confirming: string | null = null;

  constructor(scope: LogScope) {
    this.#scope = scope;
    this.notices = new Notices(() => scope.requestUpdate());
  }

  get confirming(): string | null {
    return this.#confirming;
  }

  reset(): void {
    this.#confirming = null;
    this.notices.clear();
  }

  /** One's own, and in rooms of many those of others for owners and admins (permissions.md). */
  canChange({ isMine, message }: Entry): boolean {
    const { room, client } = this.#scope;
    if (room === null || message.type === "system") return false;
    if (isMine) return true;
    const isAdmin = room.role === "owner" || client?.me?.role === ADMIN;
    return room.type !== "direct" && isAdmin;
  }

  act(action: ToolbarAction, entry: Entry): void {
    const { host } = this.#scope;
    if (action === "pick") host.pickReaction(entry);
    else if (action === "reply") host.reply(entry);
    else if (action === "edit") host.edit(entry);
    else if (action === "copy") this.#copy(entry);
    else if (action === "confirm") this.#delete(entry);
    else this.#ask(action === "delete" ? entry.key : null);
  }

  react(entry: Entry, emoji: string): void {
    const { room, client } = this.#scope;
    const { messageId, reactions } = entry.message;
    const hasIt = reactions[emoji]?.includes(client?.me?.userId ?? "") === true;
    this.#try(entry.key, room?.react(messageId, emoji, !hasIt));
  }

  showAll({ key, message }: Entry): void {
    this.#try(key, this.#scope.room?.fullBody(message.messageId));
  }

  goToOriginal({ key, message }: Entry): void {
    const { room, strings } = this.#scope;
    if (room === null || message.replyTo === null) return;
    const found = findMessage(room, message.replyTo).then((index) => {
      if (room !== this.#scope.room) return undefined;
      if (index >= 0) return this.#scope.reveal(index);
      return this.notices.say(key, strings.originalNotFound);
    });
    this.#try(key, found);
  }

  #ask(key: string | null): void {
    this.#confirming = key;
    this.#scope.requestUpdate();
  }

  #delete({ key, message }: Entry): void {
    this.#ask(null);
    this.#try(key, this.#scope.room?.delete(message.messageId));
  }

  #copy({ key, message }: Entry): void {
    const { host, strings } = this.#scope;
    const copied = navigator.clipboard.writeText(message.body ?? "");
    this.#try(
      key,
      copied.then(() => host.announce(strings.copied)),
    );
  }

  #try(place: string, promise: Promise<unknown> | undefined): void {
    this.notices.clear(place);
    promise?.catch((error: unknown) => this.notices.add(place, error));
  }
}
