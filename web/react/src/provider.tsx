"use client";

/** Which client the components below talk through. */

import { type ClientOptions, ParleyClient } from "@parley/client";
import {
  createContext,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";

const ClientContext = createContext<ParleyClient | null>(null);

export type ParleyProviderProps = { children?: ReactNode } & (
  | {
      /** A client of your own, which you connect and disconnect yourself. */
      client: ParleyClient;
      options?: never;
    }
  | {
      /** What to make a client of. Read once: to change them, give the provider another `key`. */
      options: ClientOptions;
      client?: never;
    }
);

/** Give everything below it one client, connected for as long as this is on the page. */
export function ParleyProvider({ client, options, children }: ParleyProviderProps): ReactElement {
  const made = useOwnClient(client ? null : options);
  return <ClientContext.Provider value={client ?? made}>{children}</ClientContext.Provider>;
}

/**
 * The client of the provider above.
 *
 * Null on the server, and until the page has come to life if the provider makes the client.
 */
export function useParley(): ParleyClient | null {
  return useContext(ClientContext);
}

function useOwnClient(options: ClientOptions | null): ParleyClient | null {
  const own = useRef<ParleyClient | null>(null);
  const [client, setClient] = useState<ParleyClient | null>(null);
  const isWanted = options !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: The options are read once, as promised.
  useEffect(() => {
    if (!options) return;
    // Strict mode mounts everything twice, and keeps references: one client all the same.
    own.current ??= new ParleyClient(options);
    const current = own.current;
    setClient(current);
    // Why it did not connect is in the client's state, which useConnection shows.
    current.connect().catch(() => undefined);
    return () => current.disconnect();
  }, [isWanted]);
  return client;
}
