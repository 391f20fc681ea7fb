/** How two columns look, and the list as a narrow rail in the first. */

import { css } from "lit";

export const columnStyles = css`
  .medium {
    --list: 260px;
  }

  .wide {
    --list: 320px;
  }

  .rail {
    --list: 72px;
  }

  .frame:not(.single) > parley-list {
    border-inline-end: 1px solid var(--parley-border);
  }

  .frame:not(.single) .state {
    background: var(--parley-surface-2);
  }
`;

export const railStyles = css`
  :host([compact]) header {
    justify-content: center;
    padding: 10px 0;
  }

  :host([compact]) .notice {
    display: none;
  }

  :host([compact]) .text,
  :host([compact]) time,
  :host([compact]) .label {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }

  :host([compact]) h3 {
    position: static;
    display: block;
    block-size: 17px;
    padding: 8px 0;
    overflow: hidden;
    color: transparent;
    white-space: nowrap;
  }

  :host([compact]) h3::before {
    display: block;
    margin: 0 16px;
    border-block-start: 1px solid var(--parley-border);
    content: "";
  }

  :host([compact]) .row {
    position: relative;
    justify-content: center;
    padding: 0;
  }

  :host([compact]) .facts {
    position: absolute;
    inset-block-start: 4px;
    inset-inline-end: 4px;
    min-block-size: 0;
  }

  :host([compact]) .muted {
    display: none;
  }

  :host([compact]) .message {
    position: absolute;
    inset: 0;
    border-radius: 12px;
    background: none;
  }
`;
