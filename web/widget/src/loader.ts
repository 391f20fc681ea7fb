/**
 * The script tag: shows the button at once, and loads the rest when the page is idle or somebody
 * clicks.
 *
 *     <script src="…/parley-chat.js" data-url="wss://…" data-token-url="/chat-token" async></script>
 */

import { whenIdle } from "./shell/idle.js";
import {
  applyOptions,
  type Command,
  type LoadedChat,
  LoaderQueue,
  type Options,
  optionsOf,
  type Page,
} from "./shell/loaderQueue.js";
import { directionOf, validLocale } from "./shell/locale.js";
import { LAUNCHER_CSS, TOKENS_CSS } from "./tokens.js";

declare global {
  interface Window {
    ParleyChat?: Command[] | LoaderQueue;
  }
}

const ELEMENT = "parley-chat";
const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = "M20.5 11.7a8.3 8.3 0 0 1-12 7.4L3.5 20.5l1.4-4.8a8.3 8.3 0 1 1 15.6-4";
const FAILED = "Chat could not be loaded. Try again.";

class LoaderPage implements Page {
  private readonly element = document.createElement(ELEMENT);
  private button: HTMLButtonElement | null = null;

  constructor(private readonly clicked: () => void) {}

  apply(options: Options): void {
    applyOptions(this.element, options);
    if (this.element.isConnected) return;
    if (!this.element.hasAttribute("inline")) this.drawButton();
    this.attach();
  }

  listen(name: string, heard: (detail: unknown) => void): void {
    this.element.addEventListener(name, (event) => heard((event as CustomEvent).detail));
  }

  async load(): Promise<LoadedChat> {
    await import("./index.js");
    await customElements.whenDefined(ELEMENT);
    return this.element as unknown as LoadedChat;
  }

  whenIdle(work: () => void): void {
    whenIdle(work);
  }

  showFailure(): void {
    if (!this.button?.isConnected) return;
    this.button.title = FAILED;
    this.button.setAttribute("aria-label", FAILED);
  }

  /** A script in the head may run before there is a body. */
  private attach(): void {
    if (document.body) document.body.append(this.element);
    else document.addEventListener("DOMContentLoaded", () => this.attach(), { once: true });
  }

  /** The same button as the element's, in its own shadow root, so that nothing moves later. */
  private drawButton(): void {
    if (customElements.get(ELEMENT) || !("adoptedStyleSheets" in document)) return;
    const { element } = this;
    const locale = validLocale(element.getAttribute("locale") ?? navigator.language);
    element.dataset.theme = isDark(element.getAttribute("theme")) ? "dark" : "light";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(TOKENS_CSS + LAUNCHER_CSS);
    const root = element.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.button = makeButton(element.getAttribute("launcher-title") ?? "Chat");
    this.button.dir = directionOf(locale);
    this.button.addEventListener("click", () => this.clicked());
    root.append(this.button);
  }
}

function makeButton(name: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.className = "launcher";
  button.part.add("button");
  button.setAttribute("aria-label", name);
  button.setAttribute("aria-expanded", "false");
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const drawing = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor" };
  const line = { "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries({ ...drawing, ...line, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", BUBBLE);
  svg.append(path);
  button.append(svg);
  return button;
}

function isDark(theme: string | null): boolean {
  if (theme === "dark" || theme === "light") return theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function start(script: HTMLOrSVGScriptElement | null): void {
  const waiting = window.ParleyChat;
  if (waiting && "isLoaded" in waiting) return;
  const queue = new LoaderQueue(new LoaderPage(() => queue.push(["open"])));
  window.ParleyChat = queue;
  const options = script ? optionsOf({ ...script.dataset }) : null;
  if (options) queue.push(["init", options]);
  queue.push(...(waiting ?? []));
}

start(document.currentScript);
