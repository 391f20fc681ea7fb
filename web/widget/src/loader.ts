/**
 * The script tag: shows the button at once, and loads the rest when the page is idle or somebody
 * clicks.
 *
 *     <script src="…/parley-chat.js" data-url="wss://…" data-token-url="/chat-token" async></script>
 */

import { LAUNCHER_CSS } from "./launcherCss.js";
import { whenIdle } from "./shell/idle.js";
import {
  applyOptions,
  type Command,
  type LoadedChat,
  LoaderQueue,
  optionsOf,
  type Page,
} from "./shell/loaderQueue.js";
import { directionOf } from "./shell/locale.js";

declare global {
  interface Window {
    ParleyChat?: Command[] | LoaderQueue;
  }
}

const ELEMENT = "parley-chat";
const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = "M20.5 11.7a8.3 8.3 0 0 1-12 7.4L3.5 20.5l1.4-4.8a8.3 8.3 0 1 1 15.6-4";
const FAILED = "Chat could not be loaded. Try again.";

/** The page that the script is on. */
function thisPage(clicked: () => void): Page {
  const element = document.createElement(ELEMENT);
  let button: HTMLButtonElement | undefined;
  return {
    whenIdle,
    apply(options) {
      applyOptions(element, options);
      if (element.isConnected) return;
      if (!element.hasAttribute("inline")) button = drawButton(element, clicked);
      attach(element);
    },
    listen(name, heard) {
      element.addEventListener(name, (event) => heard((event as CustomEvent).detail));
    },
    async load() {
      await import("./element.js");
      await customElements.whenDefined(ELEMENT);
      return element as unknown as LoadedChat;
    },
    showFailure() {
      if (!button?.isConnected) return;
      button.title = FAILED;
      button.setAttribute("aria-label", FAILED);
    },
  };
}

/** A script in the head may run before there is a body. */
function attach(element: HTMLElement): void {
  if (document.body) document.body.append(element);
  else document.addEventListener("DOMContentLoaded", () => attach(element), { once: true });
}

/** The same button as the element's, in its own shadow root, so that nothing moves later. */
function drawButton(element: HTMLElement, clicked: () => void): HTMLButtonElement | undefined {
  if (customElements.get(ELEMENT) || !("adoptedStyleSheets" in document)) return;
  const button = document.createElement("button");
  button.className = "launcher";
  button.part.add("button");
  button.setAttribute("aria-label", element.getAttribute("launcher-title") ?? "Chat");
  button.setAttribute("aria-expanded", "false");
  button.dir = directionOf(element.getAttribute("locale") ?? navigator.language);
  button.onclick = clicked;
  button.append(drawBubble());
  element.dataset.theme = isDark(element.getAttribute("theme")) ? "dark" : "light";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LAUNCHER_CSS);
  const root = element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(button);
  return button;
}

function drawBubble(): Element {
  const bubble = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  bubble.setAttribute("viewBox", "0 0 24 24");
  bubble.setAttribute("aria-hidden", "true");
  path.setAttribute("d", BUBBLE);
  bubble.append(path);
  return bubble;
}

function isDark(theme: string | null): boolean {
  if (theme === "dark" || theme === "light") return theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function start(script: HTMLOrSVGScriptElement | null): void {
  const waiting = window.ParleyChat;
  if (waiting && "isLoaded" in waiting) return;
  const queue = new LoaderQueue(thisPage(() => queue.push(["open"])));
  window.ParleyChat = queue;
  const options = script ? optionsOf({ ...script.dataset }) : null;
  if (options) queue.push(["init", options]);
  queue.push(...(waiting ?? []));
}

start(document.currentScript);
