/** The REST routes that clients use, as the `fetch` of one device. */

import type { Fetch, FetchOptions, FetchResponse } from "../src/ports.js";
import type { FakeServer } from "./fakeServer.js";
import type { Cable } from "./fakeSocket.js";
import { type Profile, Refusal } from "./fakeState.js";

export const API = "https://api.test";

const STATUSES: Record<string, number> = {
  VALIDATION_ERROR: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
};

const REFUSED: Record<number, Refusal> = {
  401: new Refusal("UNAUTHORIZED"),
  403: new Refusal("FORBIDDEN"),
  429: new Refusal("RATE_LIMITED", { retryAfter: 2 }),
  503: new Refusal("UNAVAILABLE", { retryAfter: 2 }),
};

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly options: FetchOptions;
}

/** The `fetch` of a device; `cookie` is the token that its pages send along, if any. */
export class FakeRest {
  readonly asked: Asked[] = [];
  cookie: string | null = null;

  constructor(
    private readonly server: FakeServer,
    private readonly cable: Cable,
  ) {}

  readonly fetch: Fetch = (url, options) => {
    const { pathname: path, searchParams } = new URL(url);
    const { method } = options;
    this.asked.push({ method, path, options });
    const fate = this.server.faults.restFate(method, path);
    const roundTripMs = 2 * this.server.latencyMs;
    return new Promise((resolve, reject) => {
      const signal = options.signal as AbortSignal | undefined;
      signal?.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")));
      if (fate === "silence") {
        return;
      }
      const isUnreachable = fate === "unreachable" || this.cable.isOut;
      this.cable.clock.setTimeout(() => {
        if (isUnreachable) {
          reject(new TypeError("Failed to fetch"));
        } else if (typeof fate === "number") {
          resolve(refused(fate));
        } else {
          resolve(this.#answer(method, path, searchParams, options));
        }
      }, roundTripMs);
    });
  };

  #answer(
    method: string,
    path: string,
    query: URLSearchParams,
    options: FetchOptions,
  ): FetchResponse {
    try {
      return response(200, this.#data(method, path, query, options));
    } catch (error) {
      if (error instanceof Refusal) {
        return response(STATUSES[error.code] ?? 500, error.body);
      }
      throw error;
    }
  }

  #data(method: string, path: string, query: URLSearchParams, options: FetchOptions): unknown {
    const { tokens } = this.server;
    const token = this.#token(path, options);
    const scope = query.get("scope");
    if (method === "POST" && path === "/ticket") {
      return tokens.ticket(token, scope);
    }
    const { profile } = tokens.verified(token, scope);
    if (path === "/users" && method === "GET") {
      return { users: this.#found(profile, query.get("q") ?? ""), cursor: null };
    }
    if (path === "/me" && (method === "GET" || method === "PATCH")) {
      return this.#me(profile, options.body);
    }
    const room = /^\/rooms\/([\w-]+)\/messages$/.exec(path);
    if (room?.[1] && method === "GET") {
      return this.#messages(profile, room[1], query);
    }
    if (room?.[1] && method === "POST") {
      return this.server.sendByRest(profile, {
        ...JSON.parse(options.body ?? ""),
        roomId: room[1],
      });
    }
    throw new Refusal("NOT_FOUND");
  }

  /** Cookies count for tickets only. */
  #token(path: string, options: FetchOptions): string | null {
    const names = Object.entries(options.headers);
    const header = names.find(([name]) => name.toLowerCase() === "authorization")?.[1];
    if (header !== undefined) {
      return header.replace(/^Bearer /, "");
    }
    return path === "/ticket" && options.credentials === "include" ? this.cookie : null;
  }

  #found(viewer: Profile, text: string): object[] {
    const isMeant = (person: Profile) =>
      person.tenantId === viewer.tenantId &&
      person.name.split(" ").some((word) => word.toLowerCase().startsWith(text.toLowerCase()));
    const found = this.server.state.people().filter(isMeant);
    return found.map(({ userId, tenantId, name, picture, role }) => {
      return { userId, tenantId, name, picture, role };
    });
  }

  #me(profile: Profile, body: string | undefined): object {
    if (body !== undefined) {
      profile.readReceipts = JSON.parse(body).readReceipts;
    }
    const { userId, tenantId, name, role, scope, readReceipts } = profile;
    return { userId, tenantId, name, role, scope, readReceipts };
  }

  #messages(profile: Profile, roomId: string, query: URLSearchParams): object {
    const room = this.server.state.enter(profile, roomId);
    const limit = Number(query.get("limit") ?? 50);
    const after = query.get("after");
    const before = Number(query.get("before") ?? Number.POSITIVE_INFINITY);
    const isMeant = (seq: number) => (after === null ? seq < before : seq > Number(after));
    const found = room.messages.filter((each) => isMeant(each.seq));
    const messages = after === null ? found.slice(-limit) : found.slice(0, limit);
    return { messages, hasMore: messages.length < found.length };
  }
}

function refused(status: number): FetchResponse {
  return response(status, REFUSED[status]?.body ?? { message: "Internal Server Error" });
}

function response(status: number, data: unknown): FetchResponse {
  const text = JSON.stringify(data);
  return { ok: status < 400, status, json: async () => JSON.parse(text) };
}
