/**
 * Which message is active in the log: by arrow keys, by pointer, or by touch.
 *
 * The active one has the focus (a roving one: the log itself is the only tab stop), and it or the
 * one below the pointer has the toolbar.
 */

import type { ReactiveControllerHost } from "lit";

import { moveInLog } from "./keys.js";
import type { Conversation } from "./ports.js";
import type { VirtualRows } from "./virtual.js";

export interface FocusScope extends ReactiveControllerHost {
  readonly renderRoot: HTMLElement | DocumentFragment;
  readonly scroller: HTMLElement | null;
  readonly keys: readonly string[];
  readonly virtual: Pick<VirtualRows, "goTo" | "startOf" | "top" | "height">;
  readonly host: Pick<Conversation, "focus">;
}

export class LogFocus {
  readonly #scope: FocusScope;
  #active: string | null = null;
  #hovered: string | null = null;
  #tapped: string | null = null;

  constructor(scope: FocusScope) {
    this.#scope = scope;
    const log = scope.scroller;
    log?.addEventListener("keydown", this.#keyDown);
    log?.addEventListener("focusin", this.#focusIn);
    log?.addEventListener("focusout", this.#focusOut);
    log?.addEventListener("pointerover", this.#pointerOver);
    log?.addEventListener("pointerleave", this.#pointerLeave);
    log?.addEventListener("click", (event) => this.tap(event, event.target));
    this.#begin(log);
  }

  /** What had the focus, or was pointed at, before this was loaded. */
  #begin(log: HTMLElement | null): void {
    const focused = log?.querySelector(".row:focus-within") ?? null;
    // After a tap, browsers take what was tapped as pointed at.
    const hovered = matchMedia("(hover)").matches ? log?.querySelector(".row:hover") : null;
    this.#set(this.#keyOf(focused), this.#keyOf(hovered ?? null), null);
  }

  /** The message that has the focus, or something in it. */
  get active(): string | null {
    return this.#active;
  }

  get toolbarKey(): string | null {
    return this.#tapped ?? this.#hovered ?? this.#active;
  }

  reset(): void {
    this.#active = this.#hovered = this.#tapped = null;
  }

  /** Close the toolbar of a tap, such as after an action. */
  untap(): void {
    this.#set(this.#active, this.#hovered, null);
  }

  async focusRow(index: number): Promise<void> {
    const key = this.#scope.keys[index];
    if (key === undefined) return;
    this.#set(key, null, null);
    await this.#scope.updateComplete;
    this.#bringIn(index);
    await this.#scope.updateComplete;
    this.#rowElement(key)?.focus({ preventScroll: true });
  }

  /** Scroll no further than it takes. */
  #bringIn(index: number): void {
    const { virtual } = this.#scope;
    const [start, end] = [virtual.startOf(index), virtual.startOf(index + 1)];
    if (start < virtual.top) virtual.goTo(start);
    else if (end > virtual.top + virtual.height) virtual.goTo(end - virtual.height);
  }

  /** Put the focus on the toolbar of a row, or on its message. */
  focusTools(key: string, isInToolbar: boolean): void {
    const row = this.#rowElement(key);
    const button = isInToolbar ? row?.querySelector<HTMLElement>(".toolbar button") : null;
    (button ?? row)?.focus({ preventScroll: true });
  }

  readonly #keyDown = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const isInner = target.closest("button, a") !== null;
    if (isInner && event.key === "Escape") return this.#escapeInner(event);
    if (isInner && (event.key === "Enter" || target.closest(".toolbar") !== null)) return;
    if (event.key === "Escape" && this.#active !== null) return this.#escape(event);
    if (event.key === "Enter" && this.#active !== null) return this.#enterToolbar(event);
    const { keys } = this.#scope;
    const at = this.#active === null ? -1 : keys.indexOf(this.#active);
    const next = moveInLog(event.key, at < 0 ? null : at, keys.length);
    if (next === null) return;
    event.preventDefault();
    void this.focusRow(next);
  };

  readonly #focusIn = (event: FocusEvent): void => {
    const key = this.#keyOf(event.target);
    if (key !== this.#active) this.#set(key, this.#hovered, this.#tapped);
  };

  readonly #focusOut = (event: FocusEvent): void => {
    const log = event.currentTarget as HTMLElement;
    const isInside = event.relatedTarget instanceof Node && log.contains(event.relatedTarget);
    if (!isInside) this.#set(null, this.#hovered, null);
  };

  readonly #pointerOver = (event: PointerEvent): void => {
    if (event.pointerType !== "mouse") return;
    const key = this.#keyOf(event.target);
    if (key !== this.#hovered) this.#set(this.#active, key, this.#tapped);
  };

  readonly #pointerLeave = (): void => {
    if (this.#hovered !== null) this.#set(this.#active, null, this.#tapped);
  };

  /** Where nothing hovers, a tap shows the toolbar, and another one hides it. */
  tap(event: Event, target: EventTarget | null): void {
    const isTap = event instanceof PointerEvent && event.pointerType === "touch";
    const isOther =
      event.type !== "click" || (target as HTMLElement).closest("button, a, .toolbar");
    if (!isTap || isOther) return;
    const key = this.#keyOf(target);
    this.#set(this.#active, null, key === this.#tapped ? null : key);
  }

  #set(active: string | null, hovered: string | null, tapped: string | null): void {
    this.#active = active;
    this.#hovered = hovered;
    this.#tapped = tapped;
    this.#scope.requestUpdate();
  }

  #escapeInner(event: KeyboardEvent): void {
    event.stopPropagation();
    const key = this.#keyOf(event.target);
    if (key !== null) this.#rowElement(key)?.focus({ preventScroll: true });
  }

  #escape(event: KeyboardEvent): void {
    event.stopPropagation();
    this.#set(null, this.#hovered, null);
    this.#scope.host.focus();
  }

  #enterToolbar(event: KeyboardEvent): void {
    const key = this.#active;
    if (key === null) return;
    event.preventDefault();
    this.focusTools(key, true);
  }

  #keyOf(target: EventTarget | null): string | null {
    const row = (target as HTMLElement | null)?.closest<HTMLElement>(".row");
    return this.#scope.keys[Number(row?.dataset.index)] ?? null;
  }

  /** What has the focus of a row: its message. */
  #rowElement(key: string): HTMLElement | null {
    const index = this.#scope.keys.indexOf(key);
    return this.#scope.renderRoot.querySelector(`.row[data-index="${index}"] [role="article"]`);
  }
}
