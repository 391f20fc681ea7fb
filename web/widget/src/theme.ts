/**
 * Styles that all parts of the widget share.
 *
 * `tokens` belongs to `<parley-chat>` alone; what is nested inherits the variables. `base` is for
 * every shadow root: the box model, focus rings, buttons, and text for screen readers only.
 */

import { css } from "lit";

export { tokens } from "./tokens.js";

const focus = css`
  :focus-visible {
    outline: 2px solid var(--parley-accent);
    outline-offset: 2px;
  }

  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

const buttons = css`
  button {
    margin: 0;
    padding: 0;
    border: 0;
    border-radius: 8px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: inherit;
    cursor: pointer;
  }

  button:disabled,
  button[aria-disabled="true"] {
    opacity: 0.55;
    cursor: default;
  }

  .icon-button {
    display: inline-grid;
    flex: none;
    place-items: center;
    inline-size: 36px;
    block-size: 36px;
    /* With forced colours, it is seen. */
    border: 1px solid transparent;
    border-radius: 10px;
    color: var(--parley-text-muted);
  }

  .button {
    display: inline-flex;
    gap: 8px;
    align-items: center;
    justify-content: center;
    min-block-size: 36px;
    padding: 6px 14px;
    border: 1px solid var(--parley-border);
    border-radius: 10px;
    font-weight: 600;
    text-align: center;
  }

  .icon-button:enabled:hover,
  .button:enabled:hover {
    background: color-mix(in srgb, var(--parley-text) 8%, transparent);
    color: var(--parley-text);
  }

  .button.primary,
  .button.primary:enabled:hover {
    border-color: transparent;
    background: var(--parley-accent);
    color: var(--parley-on-accent);
  }

  @media (pointer: coarse) {
    .icon-button {
      inline-size: 44px;
      block-size: 44px;
    }

    .button {
      min-block-size: 44px;
    }
  }
`;

export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  :host {
    color: var(--parley-text);
    font: 400 14px / 1.45 var(--parley-font);
    -webkit-text-size-adjust: 100%;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  /* Readable on every ground, bubbles of a page's own colours included. */
  ::selection {
    background: var(--parley-text);
    color: var(--parley-surface);
  }

  svg {
    display: block;
    flex: none;
  }

  ${focus}
  ${buttons}

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      transition-duration: 0.01ms !important;
    }
  }
`;
