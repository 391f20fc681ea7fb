/** Who the caller is: tokens of the host page, tickets for the handshake, the REST API. */

import { ParleyError } from "./errors.js";
import type { Clock, Environment, FetchResponse } from "./ports.js";
import type { ErrorBody, ErrorCode } from "./protocol.gen.js";
import type { ClientOptions, TokenSource } from "./types.js";

const ANSWER_MS = 10_000;
/** Long enough for a page that asks somebody for a password. */
const TOKEN_MS = 60_000;
const FINAL: Readonly<Record<number, ErrorCode>> = {
  400: "VALIDATION_ERROR",
  413: "PAYLOAD_TOO_LARGE",
};
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/** Where to open a WebSocket, once. */
export interface Address {
  readonly url: string;
  readonly protocols: string[];
}

export class Credentials {
  readonly #options: ClientOptions;
  readonly #environment: Environment;
  readonly #source: TokenSource | null;
  #token: string | null = null;
  // A token that nobody has seen yet is as good as a new one.
  #isUnused = false;
  #isRefused = false;
  #isSuspected = false;
  // Counts how often it was forgotten: what was asked for before is not for whoever is here now.
  #age = 0;

  constructor(options: ClientOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    this.#source = sourceOf(options.token);
  }

  /** Say that the server would not have the last token any more: the next one must be new. */
  refuse(): void {
    this.#isRefused = true;
  }

  /** Forget the token: the next one may be somebody else's. */
  forget(): void {
    this.#age += 1;
    this.#token = null;
    this.#isUnused = this.#isRefused = false;
  }

  /** A handshake failed. Without tickets nobody says why: the token may be the reason. */
  failed(): void {
    if (this.#options.api || this.#isSuspected) return;
    // Once in an outage: a server that is down is no reason to ask the host page again and again.
    this.#isSuspected = true;
    this.refuse();
  }

  /** A connection was made: the token is good. */
  worked(): void {
    this.#isSuspected = false;
  }

  /**
   * The token, for who must know whose it is; null where cookies are used.
   *
   * Rejects with `UNAUTHORIZED` when the host page has none, and with its own error when it failed.
   */
  async token(): Promise<string | null> {
    if (!this.#source) return null;
    if (!this.#isUnused || this.#isRefused) await this.#next(this.#source);
    this.#isUnused = false;
    return this.#token;
  }

  async #next(source: TokenSource): Promise<void> {
    const refresh = this.#isRefused;
    const age = this.#age;
    // A host page's request may hang for ever, as after a sleep.
    const token = await within(
      this.#environment.clock,
      Promise.resolve(source({ refresh })),
      TOKEN_MS,
    );
    if (age !== this.#age) throw ParleyError.lost("Nobody waits for this token any more.");
    if (!token) throw new ParleyError("UNAUTHORIZED", "There is no token.");
    this.#isRefused = this.#isRefused && !refresh;
    this.#token = token;
  }

  /** Whose token it is, without using it up; null where that cannot be known. */
  async subject(): Promise<string | null> {
    const token = await this.token();
    this.#isUnused = true;
    return subjectOf(token);
  }

  /**
   * The address of the next attempt. A ticket keeps the token out of it, and is good for one attempt.
   *
   * Rejects with `UNAUTHORIZED` or `FORBIDDEN` when there is no use in another attempt.
   */
  async address(): Promise<Address> {
    const { url: base, api } = this.#options;
    const url = this.#isManage ? withQuery(base, "scope", "manage") : base;
    if (api) return { url: withQuery(url, "ticket", await this.#ticket()), protocols: [] };
    const token = await this.token();
    return { url, protocols: token ? ["parley.v1", `bearer.${token}`] : [] };
  }

  async #ticket(): Promise<string> {
    const { ticket } = (await this.call("POST", "/ticket", undefined, true)) as { ticket: string };
    return ticket;
  }

  get #isManage(): boolean {
    return this.#options.scope === "manage";
  }

  /**
   * Call the REST API; gives the body of its answer.
   *
   * @param isFresh Ask the host page for the token, rather than use the one that was good before.
   */
  async call(method: string, path: string, body?: unknown, isFresh = false): Promise<unknown> {
    const wasRefused = this.#isRefused;
    if (isFresh || wasRefused || !this.#token) await this.token();
    try {
      return await this.#ask(method, path, body);
    } catch (error) {
      // A host page that gives the same bad token again is not asked in a loop.
      if (!isUnauthorized(error) || wasRefused || !this.#canRefresh) throw error;
      this.refuse();
      await this.token();
      return this.#ask(method, path, body);
    }
  }

  /** A token that does not come from a function stays as it is. */
  get #canRefresh(): boolean {
    return typeof this.#options.token === "function";
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    const { api } = this.#options;
    if (!api) throw new ParleyError("VALIDATION_ERROR", "There is no REST API: `api` was not set.");
    const route = this.#isManage ? withQuery(path, "scope", "manage") : path;
    const response = await within(
      this.#environment.clock,
      this.#environment.fetch(api.replace(/\/$/, "") + route, {
        method,
        headers: this.#headers(body),
        ...(body !== undefined && { body: JSON.stringify(body) }),
        credentials: this.#token ? "omit" : "include",
        cache: "no-store",
      }),
    );
    return answerOf(response);
  }

  #headers(body: unknown): Record<string, string> {
    return {
      ...(this.#token && { Authorization: `Bearer ${this.#token}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    };
  }
}

function sourceOf(token: ClientOptions["token"]): TokenSource | null {
  if (token === undefined) return null;
  return typeof token === "string" ? () => token : token;
}

async function answerOf(response: FetchResponse): Promise<unknown> {
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  // A proxy's or API Gateway's own words have no code of ours.
  const known = body as Partial<ErrorBody> | null;
  if (known?.error) throw ParleyError.of(known);
  if (REFUSED.has(response.status)) {
    const code = response.status === 401 ? "UNAUTHORIZED" : "FORBIDDEN";
    throw new ParleyError(code, "The server refused this.");
  }
  // The same would be refused again; everything else may pass.
  const code = FINAL[response.status];
  if (code) throw new ParleyError(code, `The server answered ${response.status}.`);
  throw ParleyError.lost(`The server answered ${response.status}.`);
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ParleyError && error.code === "UNAUTHORIZED";
}

/** Give up waiting for an answer; what comes later is ignored. */
function within<T>(clock: Clock, answer: Promise<T>, ms = ANSWER_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(ParleyError.lost("There was no answer."));
    const timer = clock.setTimeout(lost, ms);
    answer.then(resolve, lost).finally(() => clock.clearTimeout(timer));
  });
}

function withQuery(url: string, name: string, value: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
}

/** Claims that each token of the same person may have another value of. */
const PASSING: ReadonlySet<string> = new Set("exp iat nbf jti auth_time nonce at_hash".split(" "));

/** Whose token this is, as far as it says so; not verified, and only for names of things in a store. */
function subjectOf(token: string | null): string | null {
  const parts = token?.split(".") ?? [];
  if (parts.length !== 3) return null;
  try {
    const base64 = (parts[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(atob(base64)) as Record<string, unknown>;
    // All that may tell people apart: what the tenant's claim is called is up to the deployment.
    const lasting = Object.entries(claims).filter(([name]) => !PASSING.has(name));
    return claims.sub ? JSON.stringify(lasting.sort()) : null;
  } catch {
    // An opaque token may have dots, too.
    return null;
  }
}

// Browsers and Node have it; the types of neither are loaded here.
declare function atob(base64: string): string;
