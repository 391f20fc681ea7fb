/** How the log looks; what is in a bubble is in `messageStyles.ts`. */

import { css } from "lit";

import { messageStyles } from "./messageStyles.js";

const frame = css`
  :host {
    --emoji-font: "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif;

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
    scrollbar-color: color-mix(in srgb, var(--parley-text-muted) 45%, transparent) transparent;
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

const jump = css`
  .jump {
    position: absolute;
    inset-block-end: 10px;
    inset-inline-end: 14px;
    z-index: 2;
    display: flex;
    gap: 6px;
    align-items: center;
    min-inline-size: 36px;
    min-block-size: 36px;
    padding: 0 8px;
    border: 1px solid var(--parley-border);
    border-radius: 18px;
    background: var(--parley-surface);
    box-shadow: 0 2px 10px rgb(16 20 40 / 16%);
    color: var(--parley-text);
    font-size: 13px;
    font-weight: 600;
    animation: rise 140ms ease-out;
  }

  .jump:hover {
    background: var(--parley-surface-2);
  }

  .jump span {
    padding-inline-start: 6px;
    color: var(--parley-accent);
  }

  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(6px);
    }
  }

  @media (pointer: coarse) {
    .jump {
      min-inline-size: 44px;
      min-block-size: 44px;
      border-radius: 22px;
    }
  }
`;

const toolbar = css`
  /* Between two messages of one line: the middle of neither is below it. */
  .toolbar {
    position: absolute;
    inset-block-start: -17px;
    inset-inline-end: 0;
    z-index: 1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    max-inline-size: 100%;
    padding: 2px;
    border: 1px solid var(--parley-border);
    border-radius: 12px;
    background: var(--parley-surface);
    box-shadow: 0 2px 12px rgb(16 20 40 / 18%);
    animation: appear 100ms ease-out;
  }

  .toolbar.below {
    inset-block: auto -15px;
  }

  .message.other .toolbar {
    inset-inline: auto 0;
  }

  .tool {
    display: grid;
    place-items: center;
    inline-size: 29px;
    block-size: 26px;
    border-radius: 9px;
    color: var(--parley-text-muted);
  }

  .tool svg {
    inline-size: 18px;
    block-size: 18px;
  }

  .tool.emoji {
    font-size: 17px;
    font-family: var(--emoji-font);
    line-height: 1;
  }

  .tool:hover {
    background: color-mix(in srgb, var(--parley-text) 9%, transparent);
    color: var(--parley-text);
  }

  .tool.delete:hover,
  .tool.danger {
    color: var(--parley-danger);
  }

  .tool.wide {
    inline-size: auto;
    padding: 0 10px;
    font-size: 13px;
    font-weight: 600;
  }

  .question {
    padding-inline: 8px 4px;
    font-size: 13px;
  }

  @keyframes appear {
    from {
      opacity: 0;
    }
  }

  @media (pointer: coarse) {
    .tool {
      inline-size: 44px;
      block-size: 44px;
    }
  }

  @media (forced-colors: active) {
    .toolbar,
    .jump {
      border-color: CanvasText;
    }
  }
`;

export const logStyles = [frame, separators, jump, toolbar, messageStyles];
