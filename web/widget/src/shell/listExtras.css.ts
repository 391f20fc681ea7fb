/** How those parts of the list look that are loaded later. */

import { css } from "lit";

import { stateStyles } from "./state.css.js";

export const extraStyles = css`
  ${stateStyles}

  .tools .icon-button {
    inline-size: 32px;
  }

  @media (pointer: coarse) {
    .tools .icon-button {
      inline-size: 40px;
    }
  }

  /* There the window fills the screen. */
  @media (max-width: 767px) {
    [part="toggle-size"] {
      display: none;
    }
  }

  .search > svg {
    position: absolute;
    inset-block-start: 9px;
    inset-inline-start: 10px;
    color: var(--parley-text-muted);
    pointer-events: none;
  }

  .search .field {
    padding-inline: 36px;
    border-color: transparent;
  }

  .search .icon-button {
    position: absolute;
    inset-inline-end: 0;
  }

  .more {
    margin: 2px 10px 4px;
    padding: 6px;
    color: var(--parley-accent);
    font-size: 13px;
    font-weight: 600;
  }

  .aside {
    padding: 8px 16px;
    color: var(--parley-text-muted);
    font-size: 13px;
  }

  .aside:empty {
    display: none;
  }
`;
