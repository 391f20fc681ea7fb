/**
 * `<parley-panel>`: the views of the chat window, side by side where there is room for two.
 *
 * What a view needs is loaded when it is first shown. If that fails, or a view cannot be drawn, a
 * sentence and a button stand in its place: nothing of it reaches the host page.
 */

import type { Room } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";

import { icons } from "../icons.js";
import { base } from "../theme.js";
import { addStyles } from "./addStyles.js";
import { Chunk } from "./chunk.js";
import type { Context } from "./context.js";
import { define, guardUpdates } from "./define.js";
import type { ShellEvent } from "./emit.js";
import { hasFocusWithin } from "./focus.js";
import "./list.js";
import type { ParleyList } from "./list.js";
import { listHeader } from "./listHeader.js";
import { layoutOf, Measured } from "./measured.js";
import { panelStyles } from "./panel.css.js";
import { stateStyles } from "./state.css.js";
import { LIST, type View } from "./views.js";

const GUARDED = ["parley-conversation", "parley-log", "parley-composer"];
/** A view that is there, or the button of one that could not be loaded. */
const MAIN_VIEW = ".main > :not(.state), .main .button.primary";

type Draw = (panel: ParleyPanel, room: Room) => TemplateResult;

export class ParleyPanel extends LitElement {
  static override styles = [base, stateStyles, panelStyles];

  static override properties = {
    context: { attribute: false },
    view: { state: true },
    isRail: { state: true },
  };

  declare context: Context;
  declare view: View;
  /** What somebody chose for the list beside the conversation; null while nobody has. */
  declare isRail: boolean | null;

  readonly #layout = new Measured(this, layoutOf);
  readonly #chunks = {
    room: new Chunk<Draw>(this, async () => {
      await import("../conversation/conversation.js");
      for (const name of GUARDED) {
        const element = customElements.get(name);
        if (element) guardUpdates(element);
      }
      return conversationView;
    }),
    group: new Chunk<Draw>(this, async () => (await import("./groupForm.js")).view),
    details: new Chunk<Draw>(this, async () => (await import("./roomDetails.js")).view),
  };
  readonly #extras = new Chunk(this, () => import("./listExtras.js"));
  /** Until it is there, one column has all the room. */
  readonly #wide = new Chunk(this, async () => {
    const wide = await import("./wide.js");
    addStyles(this, wide.columnStyles);
    addStyles(this.#list, wide.railStyles);
    return wide;
  });

  #isFocusDue = false;

  constructor() {
    super();
    this.view = LIST;
    this.isRail = null;
  }

  /** The room whose conversation is on the screen. */
  get shownRoomId(): string | null {
    return this.context.isOpen && this.view.name === "room" ? this.view.roomId : null;
  }

  get isSingle(): boolean {
    return this.#layout.value === "single" || !this.#wide.value;
  }

  show(view: View): void {
    this.view = view;
  }

  /** Fetch what is likely to be needed next, while nobody waits for it. */
  async preload(): Promise<void> {
    await this.#chunks.room.ensure();
    await this.#extras.ensure();
  }

  /** Give the focus to what is shown, as soon as it is there: the composer, a form, or the list. */
  focusView(): void {
    this.#isFocusDue = true;
    this.requestUpdate();
  }

  get #list(): ParleyList | null {
    return this.renderRoot.querySelector("parley-list");
  }

  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    return this.context.isOpen || Boolean(changed.get("context")?.isOpen);
  }

  protected override willUpdate(): void {
    const { view } = this;
    const { client } = this.context;
    const isGone = "roomId" in view && client?.connected && !client.rooms.get(view.roomId);
    if (isGone) this.view = LIST;
    this.#extras.want();
    if (this.#layout.value !== "single") this.#wide.want();
  }

  protected override updated(changed: PropertyValues): void {
    const hasSwitched = changed.get("view") !== undefined && this.context.isOpen;
    if (hasSwitched && (hasFocusWithin(this) || isFocusLost())) this.#isFocusDue = true;
    if (this.#isFocusDue) void this.#giveFocus();
  }

  async #giveFocus(): Promise<void> {
    const isList = this.view.name === "list";
    const shown = isList ? this.#list : this.renderRoot.querySelector<LitElement>(MAIN_VIEW);
    if (!shown) return;
    this.#isFocusDue = false;
    await shown.updateComplete;
    shown.focus();
  }

  protected override render(): TemplateResult {
    const { view, context, isSingle } = this;
    const isListHidden = isSingle && view.name !== "list";
    const isCompact = this.#isCompact();
    const columns = isSingle ? "single" : this.#layout.value;
    const newGroup = () => this.show({ name: "group" });
    const extras = this.#extras.value;
    const wide = isSingle ? null : this.#wide.value;
    const fold = wide?.foldButton(context.strings, isCompact, this.#toggleRail);
    const header =
      isCompact && wide && fold
        ? wide.foldedHeader(context.strings, fold)
        : listHeader(context, extras?.listTools(context, newGroup, fold));
    return html`<div class="frame ${columns} ${isCompact ? "rail" : ""}" part="frame">
      <parley-list
        part="sidebar"
        exportparts="header,list,room,person,count,message-button,avatar,dot,notice"
        ?hidden=${isListHidden}
        ?compact=${isCompact}
        .context=${context}
        .header=${header}
        .extras=${extras}
        .isActive=${context.isOpen && !isListHidden}
        .currentRoomId=${"roomId" in view ? view.roomId : null}
        @open-room=${(event: ShellEvent<"open-room">) =>
          this.show({ name: "room", roomId: event.detail.roomId })}
      ></parley-list>
      <div class="main" ?hidden=${isSingle && !isListHidden} @failure=${this.#onFailure}>
        ${this.#main()}
      </div>
    </div>`;
  }

  readonly #toggleRail = async (): Promise<void> => {
    this.isRail = !this.#isCompact();
    await this.updateComplete;
    await this.#list?.focusToggle();
  };

  /** Between the widths of one column and two, the list is a rail unless somebody opens it. */
  #isCompact(): boolean {
    if (this.isSingle) return false;
    return this.isRail ?? (this.#layout.value === "medium" && this.view.name !== "list");
  }

  #main(): TemplateResult | typeof nothing {
    const { view } = this;
    const { isOpen, client, strings } = this.context;
    if (!isOpen || !client) return nothing;
    if (view.name === "list") return this.#wide.value?.placeholder(strings) ?? nothing;
    const room = "roomId" in view && client.rooms.get(view.roomId);
    const chunk = this.#chunks[view.name];
    if (chunk.hasFailed) return this.#failed(chunk);
    void chunk.ensure();
    const isKnown = room || view.name === "group";
    if (chunk.value && isKnown) return chunk.value(this, room as Room);
    return html`<p class="state" role="status">${strings.loading}</p>`;
  }

  #failed(chunk: Chunk): TemplateResult {
    const { strings } = this.context;
    return html`<div class="state" role="alert">
      ${icons.warning}
      <p class="lead">${strings.failedToLoad}</p>
      <div class="choices">
        <button class="button" @click=${() => this.show(LIST)}>${strings.conversation.back}</button>
        <button class="button primary" @click=${() => this.#retry(chunk)}>${strings.retry}</button>
      </div>
    </div>`;
  }

  #retry(chunk: Chunk): void {
    void chunk.ensure();
    this.focusView();
  }

  /** What failed to be drawn is replaced by a sentence; nobody further up needs to know. */
  #onFailure(event: Event): void {
    event.stopPropagation();
    if (this.view.name !== "list") this.#chunks[this.view.name].fail();
  }
}

function conversationView(panel: ParleyPanel, room: Room): TemplateResult {
  const { client, strings, locale } = panel.context;
  return html`<parley-conversation
    part="conversation"
    exportparts="header,log,message,bubble,composer,send,typing,notice"
    .client=${client}
    .room=${room}
    .strings=${strings.conversation}
    .locale=${locale}
    .showBack=${panel.isSingle}
    @back=${() => panel.show(LIST)}
    @details=${() => panel.show({ name: "details", roomId: room.roomId })}
  ></parley-conversation>`;
}

/** What had the focus was taken away by the change of view. */
function isFocusLost(): boolean {
  return document.activeElement === document.body;
}

define("parley-panel", ParleyPanel);
