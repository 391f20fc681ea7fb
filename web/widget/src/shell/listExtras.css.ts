/** How those parts of the list look that are loaded later. */

import { css } from "lit";

import { fieldStyles } from "../fieldStyles.js";
import { stateStyles } from "./state.css.js";

export const extraStyles = css`
  ${stateStyles}
  ${fieldStyles}

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

  .connecting,
  .reconnecting,
  .ghosts {
    animation: pulse 1.2s ease-in-out infinite alternate;
  }

  @keyframes pulse {
    from {
      opacity: 0.5;
    }
  }

  .ghosts {
    block-size: 240px;
    margin: 8px 16px;
    background:
      radial-gradient(circle at 20px, var(--parley-surface-2) 20px, transparent 21px) 0 0 / 40px 60px repeat-y,
      linear-gradient(var(--parley-surface-2) 14px, transparent 0) 52px 23px / 100% 60px;
    background-clip: content-box;
  }
`;
