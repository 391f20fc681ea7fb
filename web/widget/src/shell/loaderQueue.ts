/**
 * The command queue `window.ParleyChat` of the script tag, apart from the page it is on.
 *
 * Pages push commands before and after the script has loaded, as they know it from other chats:
 * `ParleyChat.push(["open"])`. They are carried out in order. All but `init` and `on` need the
 * element, which is loaded upon the first of them, or when the page is idle.
 */

export type Command = readonly [name: string, ...values: unknown[]];

export interface Options {
  url?: string;
  api?: string;
  tokenUrl?: string;
  cookies?: boolean;
  scope?: string;
  theme?: string;
  locale?: string;
  position?: string;
  inline?: boolean;
  muted?: boolean;
  open?: boolean;
  launcherTitle?: string;
  token?: unknown;
  strings?: unknown;
  client?: unknown;
}

/** What the element offers once it is loaded. */
export interface LoadedChat {
  openPanel(): void;
  close(): void;
  toggle(): void;
  openRoom(roomId: string): Promise<void>;
  openPerson(ref: string): Promise<void>;
  connect(): void;
  logout(): Promise<void>;
}

/** The page, as far as the queue needs it. */
export interface Page {
  /** Make the chat, or change the options of the one there is. */
  apply(options: Options): void;
  listen(name: string, heard: (detail: unknown) => void): void;
  /** Load the element, which then is there; rejects if that fails. */
  load(): Promise<LoadedChat>;
  whenIdle(work: () => void): void;
  /** Say that it could not be loaded, where somebody waits for it. */
  showFailure(): void;
}

const METHODS = ["openPanel", "close", "toggle", "openRoom", "openPerson", "connect", "logout"];

export class LoaderQueue {
  /** By this a second script on the page knows that it has nothing to do. */
  readonly isLoaded = true;
  readonly #page: Page;
  #hasBegun = false;
  #held: Command[] = [];
  #loading: Promise<LoadedChat> | null = null;

  constructor(page: Page) {
    this.#page = page;
  }

  /** As of an array: what a page calls before there is a script must work after it, too. */
  push(...commands: Command[]): number {
    for (const command of commands) this.#run(command);
    return this.#held.length;
  }

  #run(command: Command): void {
    const [name, value, heard] = command;
    if (name === "init") this.#init((value ?? {}) as Options);
    else if (!this.#hasBegun) this.#held.push(command);
    else if (name === "on") this.#listen(value, heard);
    else void this.#carryOut(name === "open" ? "openPanel" : name, value as string);
  }

  #init(options: Options): void {
    this.#page.apply(options);
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#page.whenIdle(() => void this.#load());
    this.push(...this.#held.splice(0));
  }

  #listen(name: unknown, heard: unknown): void {
    if (typeof name === "string" && typeof heard === "function") {
      this.#page.listen(name, (detail) => heard(detail));
    }
  }

  async #carryOut(method: string, value: string): Promise<void> {
    const chat = await this.#load();
    if (METHODS.includes(method)) await chat?.[method as keyof LoadedChat](value);
  }

  /** Null if that failed; the next command tries again. */
  async #load(): Promise<LoadedChat | null> {
    this.#loading ??= this.#page.load();
    try {
      return await this.#loading;
    } catch {
      // The browser has logged the request that failed.
      this.#loading = null;
      this.#page.showFailure();
      return null;
    }
  }
}

const FLAGS = ["cookies", "inline", "muted", "open"];
const TEXTS = ["url", "api", "tokenUrl", "scope", "theme", "locale", "position", "launcherTitle"];

type Receiver = Pick<Element, "setAttribute" | "toggleAttribute">;

/** Hand options to the element, as attributes where they can be: it may not be upgraded yet. */
export function applyOptions(element: Receiver, options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (TEXTS.includes(name)) element.setAttribute(kebab(name), value);
    else if (FLAGS.includes(name)) element.toggleAttribute(name, value);
    else Object.assign(element, { [name]: value });
  }
}

/** The options among a script's `data-` attributes; null if there is none that begins a chat. */
export function optionsOf(dataset: Readonly<Record<string, string | undefined>>): Options | null {
  if (!dataset.url) return null;
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(dataset)) {
    if (TEXTS.includes(name)) options[name] = value;
    if (FLAGS.includes(name)) options[name] = value !== "false";
  }
  return options;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
