/** What the panel can show, and what it offers to the views that are loaded later. */

import type { Context } from "./context.js";

export type View =
  | { readonly name: "list" }
  | { readonly name: "room" | "details"; readonly roomId: string }
  | { readonly name: "group" };

export const LIST: View = { name: "list" };

export interface ViewHost {
  readonly context: Context;
  show(view: View): void;
}
