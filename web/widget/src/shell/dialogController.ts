/**
 * Opens and closes the window's `<dialog>`, and minds where the focus goes.
 *
 * On a narrow screen, which it fills, the dialog is modal: the browser keeps the focus inside.
 * Elsewhere it is not, and people go on using the page beside it.
 */

import type { LitElement, ReactiveController } from "lit";

import { deepActiveElement, hasFocusWithin } from "./focus.js";
import { MediaController } from "./mediaController.js";

type Host = LitElement & { open: boolean };

export class DialogController implements ReactiveController {
  readonly #isNarrow: MediaController;
  #isModal = false;
  #isFirst = true;
  #openedFrom: Element | null = null;

  readonly #host: Host;
  readonly #focusInside: () => void;

  constructor(host: Host, focusInside: () => void) {
    this.#host = host;
    this.#focusInside = focusInside;
    this.#isNarrow = new MediaController(host, "(max-width: 767px)");
    host.addController(this);
  }

  hostUpdated(): void {
    const dialog = this.#host.renderRoot.querySelector("dialog");
    const isAtLoad = this.#isFirst;
    this.#isFirst = false;
    if (!dialog) return;
    if (!this.#host.open) return this.#hide(dialog);
    if (!dialog.open) this.#show(dialog, isAtLoad);
    else if (this.#isModal !== this.#isNarrow.matches) this.#reopen(dialog);
  }

  /** Escape closes, unless something inside has used it. */
  readonly onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    event.preventDefault();
    this.#host.open = false;
  };

  /** The browser has closed it, as upon the back gesture of a phone. */
  readonly onClose = (event: Event): void => {
    if (!(event.currentTarget as HTMLDialogElement).open) this.#host.open = false;
  };

  #show(dialog: HTMLDialogElement, isAtLoad: boolean): void {
    this.#openedFrom = deepActiveElement();
    this.#raise(dialog);
    // A page that loads with the chat open keeps its focus.
    if (!isAtLoad) this.#focusInside();
  }

  #raise(dialog: HTMLDialogElement): void {
    this.#isModal = this.#isNarrow.matches;
    // `show` would move the focus.
    if (this.#isModal) dialog.showModal();
    else dialog.open = true;
  }

  #reopen(dialog: HTMLDialogElement): void {
    const focused = deepActiveElement();
    dialog.close();
    this.#raise(dialog);
    if (focused instanceof HTMLElement) focused.focus();
  }

  #hide(dialog: HTMLDialogElement): void {
    if (!dialog.open) return;
    const hadFocus = hasFocusWithin(dialog) || document.activeElement === document.body;
    dialog.close();
    if (hadFocus) this.#giveFocusBack();
    this.#openedFrom = null;
  }

  #giveFocusBack(): void {
    const from = this.#openedFrom;
    const isThere = from instanceof HTMLElement && from.isConnected && from !== document.body;
    const launcher = this.#host.renderRoot.querySelector<HTMLElement>(".launcher");
    (isThere ? from : launcher)?.focus();
  }
}
