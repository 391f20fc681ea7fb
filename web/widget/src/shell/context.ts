/** What the element hands down to the parts of its window: made anew whenever anything changes. */

import type { ParleyClient } from "@parley/client";

import type { Strings } from "../i18n.js";

export interface Context {
  readonly client: ParleyClient | null;
  readonly strings: Strings;
  readonly locale: string;
  readonly isOpen: boolean;
  readonly isSoundOn: boolean;
  /** `fixed` where neither a larger size nor closing makes sense. */
  readonly size: "small" | "large" | "fixed";
  toggleSound(): void;
  toggleSize(): void;
  close(): void;
}
