/** How fields look that text is typed into, apart from the composer's. */

import { css } from "lit";

export const fieldStyles = css`
  .field {
    inline-size: 100%;
    min-block-size: 38px;
    padding: 8px 12px;
    border: 1px solid var(--parley-border);
    border-radius: 10px;
    background: var(--parley-surface-2);
    color: var(--parley-text);
    font: inherit;
  }

  .field::placeholder {
    color: var(--parley-text-muted);
    opacity: 1;
  }

  /* Nothing is written yet that could say a direction. */
  :host(:dir(rtl)) .field:placeholder-shown {
    direction: rtl;
  }

  .field:focus-visible {
    border-color: var(--parley-accent);
    outline-offset: -1px;
  }

  /* Below 16 px, iOS zooms the whole page into a field. */
  @media (pointer: coarse) {
    .field {
      font-size: 16px;
    }
  }
`;
