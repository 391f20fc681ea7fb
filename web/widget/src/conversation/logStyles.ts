/** How the log looks; what is in a bubble is in `messageStyles.ts`. */

import { css } from "lit";

import { messageStyles } from "./messageStyles.js";

const frame = css`
  :host {
    position: relative;
    display: block;
    min-block-size: 0;
    overflow: hidden;
  }

  .log {
    display: flex;
    flex-direction: column;
    block-size: 100%;
    overflow: hidden auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
    scrollbar-width: thin;
  }

  .log:focus-visible {
    outline-offset: -2px;
  }

  /* The room to scroll in; a short conversation stands at the bottom. */
  .sizer {
    position: relative;
    flex: none;
    margin-block-start: auto;
    contain: layout style;
  }

  /* Heights are whole pixels: what is measured is rounded, and would move by the rest. */
  .rows {
    position: absolute;
    inset-block-start: 0;
    inset-inline: 0;
  }

  .row {
    position: relative;
    padding: 0 12px 2px;
  }

  /* Out of sight, but it has the focus. */
  .row.apart {
    position: absolute;
    inset-inline: 0;
  }

  .row.spaced {
    padding-block-end: 10px;
  }

  .row.raised {
    z-index: 1;
  }

  .head {
    display: flex;
    gap: 8px;
    align-items: center;
    justify-content: center;
    block-size: 48px;
    padding: 0 16px;
    overflow: hidden;
    color: var(--parley-text-muted);
    font-size: 12px;
    line-height: 1.3;
    text-align: center;
  }

  .spinner {
    inline-size: 18px;
    block-size: 18px;
    border: 2px solid var(--parley-border);
    border-block-start-color: var(--parley-accent);
    border-radius: 50%;
    animation: turn 800ms linear infinite;
  }

  .link {
    min-block-size: 24px;
    color: var(--parley-accent);
    font-size: 12px;
    font-weight: 600;
    line-height: 18px;
  }

  .link:hover {
    text-decoration: underline;
  }

  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
`;

const separators = css`
  .separator {
    display: flex;
    gap: 10px;
    align-items: center;
    justify-content: center;
    padding-block: 8px 10px;
    color: var(--parley-text-muted);
    font-size: 12px;
    font-weight: 600;
    line-height: 20px;
  }

  .separator.day span {
    padding: 0 10px;
    border-radius: 10px;
    background: var(--parley-surface-2);
  }

  .separator.new {
    color: var(--parley-danger);
  }

  .separator.new::before,
  .separator.new::after {
    flex: 1;
    block-size: 1px;
    background: currentcolor;
    content: "";
    opacity: 0.45;
  }

  .system {
    padding: 2px 16px 4px;
    border-radius: 10px;
    color: var(--parley-text-muted);
    font-size: 12px;
    line-height: 18px;
    text-align: center;
    overflow-wrap: anywhere;
  }
`;

export const logStyles = [frame, separators, messageStyles];
