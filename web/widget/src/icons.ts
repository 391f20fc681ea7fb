/** Line icons on a grid of 24, drawn in the colour of the text around them; never spoken. */

import { html, type TemplateResult } from "lit";

/** What is drawn is one path: circles are two arcs. */
export function icon(path: string, size = 20): TemplateResult {
  return html`<svg
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d=${path} />
  </svg>`;
}

export const icons = {
  /** Points to where text starts; `flip` in right-to-left is the stylesheet's. */
  back: icon("m15 5-7 7 7 7"),
  bellOff: icon(
    "M8.6 4A6 6 0 0 1 18 9c0 2 .3 3.5.7 4.6M6.3 7.5A6 6 0 0 0 6 9c0 6-2.5 7-2.5 7H16M10 20a2.2 2.2 0 0 0 4 0M3 3l18 18",
  ),
  chat: icon("M20.5 11.7a8.3 8.3 0 0 1-12 7.4L3.5 20.5l1.4-4.8a8.3 8.3 0 1 1 15.6-4"),
  close: icon("m6 6 12 12M18 6 6 18"),
  group: icon(
    "M5.5 8.5a3.5 3.5 0 1 0 7 0 3.5 3.5 0 1 0-7 0M2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.3",
  ),
  hash: icon("M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16"),
  search: icon("M4.5 11a6.5 6.5 0 1 0 13 0 6.5 6.5 0 1 0-13 0M16 16l4.5 4.5"),
  send: icon("M4.5 12 3 4.5 21 12 3 19.5zM4.5 12H12"),
  smile: icon(
    "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 1 0-17 0M8.5 14.3a4.3 4.3 0 0 0 7 0M9.2 9.7v.1M14.8 9.7v.1",
  ),
  warning: icon("M12 4.5 2.8 20h18.4zM12 10v4.5M12 17.3v.1", 16),
} as const;
