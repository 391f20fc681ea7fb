/**
 * `<parley-panel>`: the views of the chat window, side by side where there is room for two.
 *
 * What a view needs is loaded when it is first shown. If that fails, or a view cannot be drawn, a
 * sentence and a button stand in its place: nothing of it reaches the host page.
 */

import type { ParleyClient, Room } from "@parley/client";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";

import { ENGLISH, type Strings } from "../i18n.js";
import { icons } from "../icons.js";
import { base } from "../theme.js";
import { Chunk } from "./chunk.js";
import { ClientController } from "./clientController.js";
import { define, guardUpdates } from "./define.js";
import type { ShellEvent } from "./emit.js";
import { hasFocusWithin } from "./focus.js";
import { type Layout, LayoutController } from "./layout.js";
import "./list.js";
import type { ParleyList } from "./list.js";
import { panelStyles } from "./panel.css.js";

export type View =
  | { readonly name: "list" }
  | { readonly name: "room" | "details"; readonly roomId: string }
  | { readonly name: "group" };

const GUARDED = ["parley-conversation", "parley-log", "parley-composer"];
/** A view that is there, or the button of one that could not be loaded. */
const MAIN_VIEW = ".main > :not(.state), .main .button.primary";
const LIST: View = { name: "list" };

export class ParleyPanel extends LitElement {
  static override styles = [base, panelStyles];

  static override properties = {
    client: { attribute: false },
    strings: { attribute: false },
    locale: {},
    isOpen: { attribute: false },
    isSoundOn: { attribute: false },
    size: { attribute: false },
    view: { state: true },
    isRail: { state: true },
  };

  declare client: ParleyClient | null;
  declare strings: Strings;
  declare locale: string;
  declare isOpen: boolean;
  declare isSoundOn: boolean;
  declare size: "small" | "large" | "fixed";
  declare view: View;
  /** What somebody chose for the list beside the conversation; null while nobody has. */
  declare isRail: boolean | null;

  private readonly layout = new LayoutController(this);
  private readonly conversation = new Chunk(this, async () => {
    await import("../conversation/conversation.js");
    for (const name of GUARDED) {
      const element = customElements.get(name);
      if (element) guardUpdates(element);
    }
  });
  private readonly groupForm = new Chunk(this, () => import("./groupForm.js"));
  private readonly details = new Chunk(this, () => import("./roomDetails.js"));

  private isFocusDue = false;

  constructor() {
    super();
    this.client = null;
    this.strings = ENGLISH;
    this.locale = "en";
    this.isOpen = false;
    this.isSoundOn = true;
    this.size = "small";
    this.view = LIST;
    this.isRail = null;
    new ClientController(this);
  }

  /** The room whose conversation is on the screen. */
  get shownRoomId(): string | null {
    return this.isOpen && this.view.name === "room" ? this.view.roomId : null;
  }

  show(view: View): void {
    this.view = view;
  }

  /** Fetch what is likely to be needed next, while nobody waits for it. */
  preload(): void {
    void this.conversation.ensure();
  }

  /** Give the focus to what is shown, as soon as it is there: the composer, a form, or the list. */
  focusView(): void {
    this.isFocusDue = true;
    this.requestUpdate();
  }

  private get list(): ParleyList | null {
    return this.renderRoot.querySelector("parley-list");
  }

  protected override shouldUpdate(changed: PropertyValues): boolean {
    return this.isOpen || changed.has("isOpen");
  }

  protected override willUpdate(): void {
    const { client, view } = this;
    const isGone = "roomId" in view && client?.connected && !client.rooms.get(view.roomId);
    if (isGone) this.view = LIST;
  }

  protected override updated(changed: PropertyValues): void {
    const hasSwitched = changed.get("view") !== undefined && this.isOpen;
    if (hasSwitched && (hasFocusWithin(this) || isFocusLost())) this.isFocusDue = true;
    if (this.isFocusDue) void this.giveFocus();
  }

  private async giveFocus(): Promise<void> {
    const isList = this.view.name === "list";
    const shown = isList ? this.list : this.renderRoot.querySelector<LitElement>(MAIN_VIEW);
    if (!shown) return;
    this.isFocusDue = false;
    await shown.updateComplete;
    shown.focus();
  }

  protected override render(): TemplateResult {
    const { view, layout } = this;
    const isSingle = layout.value === "single";
    return html`<div class="frame ${layout.value} ${this.isCompact ? "rail" : ""}" part="frame">
      <parley-list
        part="sidebar"
        exportparts="header,list,room,person,count,message-button,avatar,dot,notice"
        ?hidden=${isSingle && view.name !== "list"}
        .client=${this.client}
        .strings=${this.strings}
        .locale=${this.locale}
        .isActive=${this.isOpen && !(isSingle && view.name !== "list")}
        .isCompact=${this.isCompact}
        .isSoundOn=${this.isSoundOn}
        .size=${this.size}
        .hasSidebarToggle=${!isSingle}
        .currentRoomId=${"roomId" in view ? view.roomId : null}
        @open-room=${(event: ShellEvent<"open-room">) =>
          this.show({ name: "room", roomId: event.detail.roomId })}
        @new-group=${() => this.show({ name: "group" })}
        @toggle-sidebar=${this.toggleRail}
        @close-panel=${this.forward}
        @toggle-size=${this.forward}
        @toggle-sound=${this.forward}
        @failure=${this.forward}
      ></parley-list>
      <div class="main" ?hidden=${isSingle && view.name === "list"}>${this.main()}</div>
    </div>`;
  }

  private readonly toggleRail = async (): Promise<void> => {
    this.isRail = !this.isCompact;
    await this.updateComplete;
    await this.list?.focusToggle();
  };

  /** Between the widths of one column and two, the list is a rail unless somebody opens it. */
  private get isCompact(): boolean {
    if (this.layout.value === "single") return false;
    return this.isRail ?? (this.layout.value === "medium" && this.view.name !== "list");
  }

  private main(): TemplateResult | typeof nothing {
    const { view, client } = this;
    if (!this.isOpen || !client) return nothing;
    if (view.name === "list") return this.placeholder();
    if (view.name === "group") return this.loaded(this.groupForm, () => this.groupView());
    const room = client.rooms.get(view.roomId);
    if (!room) return this.state(this.strings.loading);
    return view.name === "room"
      ? this.loaded(this.conversation, () => this.conversationView(room))
      : this.loaded(this.details, () => this.detailsView(room));
  }

  private placeholder(): TemplateResult {
    const { strings } = this;
    return html`<div class="state">
      ${icons.chat}
      <p class="lead">${strings.pickChat}</p>
      <p>${strings.pickChatHint}</p>
    </div>`;
  }

  private conversationView(room: Room): TemplateResult {
    return html`<parley-conversation
      part="conversation"
      exportparts="header,log,message,bubble,composer,send,typing,notice"
      .client=${this.client}
      .room=${room}
      .strings=${this.strings.conversation}
      .locale=${this.locale}
      .showBack=${this.layout.value === "single"}
      @back=${() => this.show(LIST)}
      @details=${() => this.show({ name: "details", roomId: room.roomId })}
      @failure=${(event: Event) => this.fail(this.conversation, event)}
    ></parley-conversation>`;
  }

  private groupView(): TemplateResult {
    return html`<parley-group-form
      part="form"
      .client=${this.client}
      .strings=${this.strings}
      .locale=${this.locale}
      @open-room=${(event: ShellEvent<"open-room">) =>
        this.show({ name: "room", roomId: event.detail.roomId })}
      @done=${() => this.show(LIST)}
      @failure=${(event: Event) => this.fail(this.groupForm, event)}
    ></parley-group-form>`;
  }

  private detailsView(room: Room): TemplateResult {
    return html`<parley-room-details
      part="details"
      .client=${this.client}
      .room=${room}
      .strings=${this.strings}
      .locale=${this.locale}
      @done=${() => this.show({ name: "room", roomId: room.roomId })}
      @failure=${(event: Event) => this.fail(this.details, event)}
    ></parley-room-details>`;
  }

  private loaded(chunk: Chunk, view: () => TemplateResult): TemplateResult {
    if (chunk.state === "ready") return view();
    if (chunk.state !== "failed") {
      void chunk.ensure();
      return this.state(this.strings.loading);
    }
    const { strings } = this;
    return html`<div class="state" role="alert">
      ${icons.warning}
      <p class="lead">${strings.failedToLoad}</p>
      <div class="choices">
        <button class="button" @click=${() => this.show(LIST)}>${strings.back}</button>
        <button class="button primary" @click=${() => this.retry(chunk)}>${strings.retry}</button>
      </div>
    </div>`;
  }

  private retry(chunk: Chunk): void {
    void chunk.ensure();
    this.focusView();
  }

  private state(text: string): TemplateResult {
    return html`<p class="state" role="status">${text}</p>`;
  }

  /** What failed to be drawn is replaced by a sentence; nobody further up needs to know. */
  private fail(chunk: Chunk, event: Event): void {
    event.stopPropagation();
    chunk.fail();
  }

  private readonly forward = (event: Event): void => {
    event.stopPropagation();
    this.dispatchEvent(new CustomEvent(event.type, { detail: (event as CustomEvent).detail }));
  };
}

/** What had the focus was taken away by the change of view. */
function isFocusLost(): boolean {
  return document.activeElement === document.body;
}

export type { Layout };

define("parley-panel", ParleyPanel);
