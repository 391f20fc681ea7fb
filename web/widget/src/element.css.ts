/** Where the window is on the page, and how it comes and goes. */

import { css, unsafeCSS } from "lit";
import { LAUNCHER_CSS } from "./launcherCss.js";
import { stateStyles } from "./shell/state.css.js";

const dialog = css`
  :host([inline]) {
    display: block;
    block-size: 100%;
    min-block-size: 320px;
  }

  .window {
    margin: 0;
    padding: 0;
    border: 1px solid var(--parley-border);
    background: var(--parley-surface);
    color: var(--parley-text);
    overflow: hidden;
  }

  dialog.window {
    position: fixed;
    inset-block: auto 88px;
    inset-inline: auto 20px;
    z-index: var(--parley-z-index);
    inline-size: min(var(--parley-width), 100vw - 40px);
    block-size: min(var(--parley-height), 100dvh - 108px);
    max-inline-size: none;
    max-block-size: none;
    border-radius: var(--parley-radius);
    box-shadow: var(--parley-shadow);
    animation: slide-in 220ms cubic-bezier(0.2, 0.7, 0.2, 1);
    transition: inline-size 200ms ease, block-size 200ms ease;
  }

  :host([position="start"]) dialog.window {
    inset-inline: 20px auto;
  }

  dialog.window.large {
    inline-size: min(960px, 100vw - 40px);
    block-size: min(720px, 100dvh - 108px);
  }

  @keyframes slide-in {
    from {
      transform: translateY(24px);
      opacity: 0;
    }
  }

  section.window {
    block-size: 100%;
    border-radius: inherit;
  }

  dialog.window::backdrop {
    background: none;
  }

  /* A phone: the chat is the whole screen, also above its on-screen keyboard. */
  @media (max-width: 767px) {
    dialog.window,
    dialog.window.large,
    :host([position="start"]) dialog.window {
      inset: 0;
      inline-size: 100%;
      block-size: 100dvh;
      border: 0;
      border-radius: 0;
      box-shadow: none;
      padding-block-end: env(safe-area-inset-bottom);
    }
  }
`;

const badge = css`
  .badge {
    position: absolute;
    inset-block-start: -4px;
    inset-inline-end: -4px;
    min-inline-size: 22px;
    padding: 4px 6px;
    border: 2px solid var(--parley-surface);
    border-radius: 11px;
    background: #c62828;
    color: #fff;
    text-align: center;
  }

  @media (forced-colors: active) {
    .badge {
      border-color: ButtonText;
    }
  }

  .window > .state {
    block-size: 100%;
  }
`;

export const elementStyles = [unsafeCSS(LAUNCHER_CSS), stateStyles, dialog, badge];
