/**
 * A page with a conversation of a fake room, to be looked at and to be measured: see `measure.py`.
 *
 * `window.bench` is what a script in the browser has to work with.
 */

import { html, LitElement, type TemplateResult, unsafeCSS } from "lit";
import "../src/conversation/conversation.js";
import type { ParleyConversation } from "../src/conversation/conversation.js";
import { LAUNCHER_CSS } from "../src/launcherCss.js";
import { tokens } from "../src/theme.js";
import { FakeClient, type FakeOptions, FakeRoom } from "../tests/support/fakeRoom.js";
import { measure } from "./measures.js";

/** Stands for the widget's panel: it has the colours. */
class BenchPanel extends LitElement {
  static override properties = { room: { attribute: false }, locale: { attribute: false } };
  static override styles = [unsafeCSS(LAUNCHER_CSS), tokens];

  declare room: FakeRoom | null;
  declare locale: string;

  constructor() {
    super();
    this.room = null;
    this.locale = "en";
  }

  get conversation(): ParleyConversation | null {
    return this.renderRoot.querySelector("parley-conversation");
  }

  protected override render(): TemplateResult {
    return html`<parley-conversation
      .client=${this.room?.client ?? null}
      .room=${this.room}
      .locale=${this.locale}
      .showBack=${true}
    ></parley-conversation>`;
  }
}

customElements.define("bench-panel", BenchPanel);

export interface ShowOptions extends FakeOptions {
  theme?: "light" | "dark";
  locale?: string;
  width?: number;
  height?: number;
}

function show(options: ShowOptions = {}): { panel: BenchPanel; room: FakeRoom } {
  const { theme = "light", locale = "en", width = 320, height = 480 } = options;
  const panel = document.createElement("bench-panel") as BenchPanel;
  const room = new FakeRoom(new FakeClient(), options);
  panel.dataset.theme = theme;
  panel.style.inlineSize = `${width}px`;
  panel.style.blockSize = `${height}px`;
  panel.locale = locale;
  panel.room = room;
  document.querySelector("main")?.replaceChildren(panel);
  return { panel, room };
}

const bench = { show, measure: () => measure(show) };

declare global {
  interface Window {
    bench: typeof bench;
  }
}

window.bench = bench;
