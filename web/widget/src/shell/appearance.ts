/** Light or dark, the language, and the direction in which it is written. */

import type { LitElement, ReactiveController } from "lit";

import {
  ENGLISH,
  loadStrings,
  type StringOverrides,
  type Strings,
  withOverrides,
} from "../i18n.js";
import { directionOf, validLocale } from "./locale.js";
import { MediaController } from "./mediaController.js";

type Host = LitElement & {
  theme: "auto" | "light" | "dark";
  locale: string | null;
  strings: StringOverrides | null;
};

export class Appearance implements ReactiveController {
  /** What to say: of the language, with what the host page says otherwise. */
  strings: Strings = ENGLISH;
  locale = "en";
  #language: Strings = ENGLISH;
  #overrides: StringOverrides | null = null;
  #wanted = "";
  /** True while the direction is ours: one that the page sets stays. */
  #ownsDirection = false;
  readonly #prefersDark: MediaController;

  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    this.#prefersDark = new MediaController(host, "(prefers-color-scheme: dark)");
    host.addController(this);
  }

  hostConnected(): void {
    this.#ownsDirection ||= !this.#host.hasAttribute("dir");
  }

  hostUpdate(): void {
    const { theme, locale } = this.#host;
    const isDark = theme === "dark" || (theme !== "light" && this.#prefersDark.matches);
    this.#host.dataset.theme = isDark ? "dark" : "light";
    this.locale = validLocale(locale ?? globalThis.navigator?.language);
    if (this.#ownsDirection) this.#host.dir = directionOf(this.locale);
    this.#speak();
  }

  #speak(): void {
    if (this.#wanted !== this.locale) void this.#learn(this.locale);
    if (this.#overrides === this.#host.strings) return;
    this.#overrides = this.#host.strings;
    this.strings = withOverrides(this.#language, this.#overrides);
  }

  async #learn(locale: string): Promise<void> {
    this.#wanted = locale;
    let language = ENGLISH;
    try {
      language = await loadStrings(locale);
    } catch {
      // The browser has logged the request that failed. English is better than nothing.
    }
    if (this.#wanted !== locale) return;
    this.#language = language;
    this.strings = withOverrides(language, this.#overrides);
    this.#host.requestUpdate();
  }
}
