/** Line icons on a grid of 24, drawn in the colour of the text around them; never spoken. */

import { html, svg, type TemplateResult } from "lit";

function icon(paths: TemplateResult, size = 20): TemplateResult {
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
    ${paths}
  </svg>`;
}

export const icons = {
  add: icon(svg`<path d="M12 5v14M5 12h14"/>`),
  arrowDown: icon(svg`<path d="M12 5v14m-6-6 6 6 6-6"/>`),
  /** Points to where text starts; `flip` in right-to-left is the stylesheet's. */
  back: icon(svg`<path d="m15 5-7 7 7 7"/>`),
  bell: icon(
    svg`<path d="M18 9a6 6 0 1 0-12 0c0 6-2.5 7-2.5 7h17S18 15 18 9M10 20a2.2 2.2 0 0 0 4 0"/>`,
  ),
  bellOff: icon(
    svg`<path d="M8.6 4A6 6 0 0 1 18 9c0 2 .3 3.5.7 4.6M6.3 7.5A6 6 0 0 0 6 9c0 6-2.5 7-2.5 7H16M10 20a2.2 2.2 0 0 0 4 0M3 3l18 18"/>`,
  ),
  chat: icon(
    svg`<path d="M20.5 11.7a8.3 8.3 0 0 1-12 7.4L3.5 20.5l1.4-4.8a8.3 8.3 0 1 1 15.6-4"/>`,
  ),
  check: icon(svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`, 16),
  checks: icon(svg`<path d="m2 12.5 4.5 4.5L15 7.5M12 16l1.5 1L22 7.5"/>`, 16),
  chevron: icon(svg`<path d="m9 6 6 6-6 6"/>`, 16),
  clock: icon(svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>`, 16),
  close: icon(svg`<path d="m6 6 12 12M18 6 6 18"/>`),
  collapse: icon(svg`<path d="M4 14h6v6M20 10h-6V4M14 10l6-6M4 20l6-6"/>`),
  copy: icon(
    svg`<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3"/>`,
  ),
  edit: icon(svg`<path d="m4 20 1-4L16.5 4.5a2 2 0 0 1 3 3L8 19zM14.5 6.5l3 3"/>`),
  expand: icon(svg`<path d="M14 4h6v6M10 20H4v-6M20 4l-7 7M4 20l7-7"/>`),
  group: icon(
    svg`<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.3"/>`,
  ),
  groupAdd: icon(
    svg`<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M19 7.5v6M16 10.5h6"/>`,
  ),
  hash: icon(svg`<path d="M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16"/>`),
  info: icon(svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 7.8v.1"/>`),
  leave: icon(svg`<path d="M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H9.5"/>`),
  more: icon(svg`<path d="M5.5 12h.01M12 12h.01M18.5 12h.01" stroke-width="2.6"/>`),
  reply: icon(svg`<path d="M9 7 4 12l5 5M4 12h9a7 7 0 0 1 7 6.5"/>`),
  retry: icon(svg`<path d="M20 12a8 8 0 1 1-2.4-5.7L20 8.5M20 4v4.5h-4.5"/>`),
  search: icon(svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`),
  send: icon(svg`<path d="M4.5 12 3 4.5 21 12 3 19.5zM4.5 12H12"/>`),
  sidebar: icon(
    svg`<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><path d="M9.5 4.5v15"/>`,
  ),
  smile: icon(
    svg`<circle cx="12" cy="12" r="8.5"/><path d="M8.5 14.3a4.3 4.3 0 0 0 7 0M9.2 9.7v.1M14.8 9.7v.1"/>`,
  ),
  soundOff: icon(svg`<path d="M11 5.5 6.5 9H3.5v6h3l4.5 3.5zM16 9.5l5 5M21 9.5l-5 5"/>`),
  soundOn: icon(
    svg`<path d="M11 5.5 6.5 9H3.5v6h3l4.5 3.5zM15.3 9a4 4 0 0 1 0 6M18 6.3a8 8 0 0 1 0 11.4"/>`,
  ),
  star: icon(svg`<path d="m12 4 2.5 5.1 5.6.8-4 4 .9 5.6-5-2.7-5 2.7.9-5.6-4-4 5.6-.8z"/>`, 16),
  trash: icon(svg`<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5"/>`),
  warning: icon(svg`<path d="M12 4.5 2.8 20h18.4zM12 10v4.5M12 17.3v.1"/>`, 16),
} as const;
