/** Rendering on a server: nothing connects, nothing needs a browser, and it is the same each time. */

import type { ParleyClient } from "@parley/client";
import { ParleyClient as RealClient } from "@parley/client";
import { StrictMode } from "react";
// @ts-expect-error -- react-dom brings no types, and one function is not worth a package of them.
import { renderToString } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";

import {
  ParleyChat,
  ParleyProvider,
  useConnection,
  useParley,
  usePresence,
  useRoom,
  useRooms,
  useUnread,
} from "../src/index.js";

const OPTIONS = { url: "wss://chat.example/v1", token: "a.b.c" };

/** Already further than the server may say: what it renders must be what the page begins with. */
const busyClient = {
  state: "connected",
  connected: true,
  unread: 7,
  rooms: { all: [{ roomId: "r" }], get: () => ({ entries: [1] }), withPerson: () => undefined },
  people: { status: () => "online" },
  on: () => {
    throw new Error("A server subscribes to nothing.");
  },
} as unknown as ParleyClient;

function Everything() {
  const { state, reason, isConnected, me } = useConnection();
  const { room, entries, typists, hasOlder, isLoading, error } = useRoom({ userId: "bob" });
  const shown = {
    client: useParley() !== null,
    connection: [state, reason, isConnected, me],
    presence: usePresence("bob"),
    unread: useUnread(),
    rooms: useRooms().length,
    room: [room, entries.length, typists.length, hasOlder, isLoading, error],
  };
  return <pre>{JSON.stringify(shown)}</pre>;
}

const shownBy = (text: string) =>
  JSON.parse(text.replaceAll(/<\/?pre>|&quot;/g, (s) => (s[0] === "&" ? '"' : "")));

describe("on a server", () => {
  it("gives the same defaults with any client, and with none", () => {
    const defaults = {
      connection: ["connecting", null, false, null],
      presence: "offline",
      unread: 0,
      rooms: 0,
      room: [null, 0, 0, false, true, null],
    };
    const provided = renderToString(
      <ParleyProvider client={busyClient}>
        <Everything />
      </ParleyProvider>,
    );
    expect(shownBy(provided)).toEqual({ client: true, ...defaults });
    expect(shownBy(renderToString(<Everything />))).toEqual({ client: false, ...defaults });
  });

  it("makes no client of options, which would connect", () => {
    const connect = vi.spyOn(RealClient.prototype, "connect");
    const provided = renderToString(
      <StrictMode>
        <ParleyProvider options={OPTIONS}>
          <Everything />
        </ParleyProvider>
      </StrictMode>,
    );
    expect(shownBy(provided)).toMatchObject({ client: false });
    expect(connect).not.toHaveBeenCalled();
  });

  it("renders the chat as an element that comes to life in the browser", () => {
    const text = renderToString(
      <ParleyProvider client={busyClient}>
        <ParleyChat theme="dark" locale="ar" onUnread={() => undefined} className="corner" />
      </ParleyProvider>,
    );
    expect(text).toBe('<parley-chat class="corner" locale="ar" theme="dark"></parley-chat>');
  });
});
