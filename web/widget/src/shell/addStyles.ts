/** Styles that are loaded later than the element that they are for. */

import type { CSSResult, LitElement } from "lit";

export function addStyles(element: LitElement | null, { styleSheet }: CSSResult): void {
  if (styleSheet) element?.shadowRoot?.adoptedStyleSheets.push(styleSheet);
}
