/** A button that shows an icon, and is called something. */

import { html, type TemplateResult } from "lit";

export function iconButton(
  part: string,
  name: string,
  icon: TemplateResult,
  clicked: () => void,
): TemplateResult {
  return html`<button
    class="icon-button"
    part=${part}
    aria-label=${name}
    title=${name}
    @click=${clicked}
  >
    ${icon}
  </button>`;
}
