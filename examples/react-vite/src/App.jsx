import {
  ParleyChat,
  ParleyProvider,
  useConnection,
  usePresence,
  useRoom,
  useUnread,
} from "@parley/react";

import { getToken } from "./token.js";

const options = {
  url: `${location.origin.replace("http", "ws")}/v1`,
  api: `${location.origin}/api`,
  token: getToken,
};

export function App() {
  return (
    <ParleyProvider options={options}>
      <Header />
      <LastWords userId="bob" />
      <ParleyChat />
    </ParleyProvider>
  );
}

function Header() {
  const { state, me } = useConnection();
  const unread = useUnread();
  return (
    <header>
      <h1>Parley with React</h1>
      <p>
        {me ? `${me.name} is ${state}` : state}, {unread} unread
      </p>
    </header>
  );
}

/** A conversation that you draw yourself. */
function LastWords({ userId }) {
  const status = usePresence(userId);
  const { room, entries, typists, send, error } = useRoom({ userId });
  return (
    <section>
      <h2>
        {room?.title ?? userId} is {status}
      </h2>
      {error && <p role="alert">{error.message}</p>}
      <ol>
        {entries.slice(-3).map(({ key, message, status: progress }) => (
          <li key={key}>
            {message.senderName}: {message.body} <small>{progress}</small>
          </li>
        ))}
      </ol>
      {typists.length > 0 && <p>{typists[0].name} is typing…</p>}
      <button type="button" disabled={!room} onClick={() => send("Hello from React")}>
        Say hello
      </button>
    </section>
  );
}
