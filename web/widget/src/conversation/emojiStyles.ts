/** How the emoji picker looks. */

import { css } from "lit";

export const emojiStyles = css`
  /* It takes no room: what it shows stands above where it is. */
  :host {
    position: relative;
    z-index: 3;
    display: block;
    flex: none;
    block-size: 0;
  }

  .picker {
    position: absolute;
    inset-block-end: 4px;
    inset-inline-start: 8px;
    display: flex;
    flex-direction: column;
    gap: 4px;
    inline-size: min(352px, calc(100% - 16px));
    block-size: min(320px, 60vh);
    padding: 8px;
    border: 1px solid var(--parley-border);
    border-radius: 14px;
    background: var(--parley-surface);
    box-shadow: 0 4px 22px rgb(16 20 40 / 22%);
    overflow: hidden;
  }

  .search {
    position: relative;
    flex: none;
  }

  .search svg {
    position: absolute;
    inset-block-start: 9px;
    inset-inline-start: 10px;
    color: var(--parley-text-muted);
  }

  .search .field {
    padding-inline-start: 36px;
  }

  .tabs {
    display: flex;
    flex: none;
    justify-content: space-between;
  }

  .tab,
  .emoji {
    display: grid;
    place-items: center;
    min-inline-size: 0;
    block-size: 32px;
    border-radius: 8px;
    font-family: "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif;
    line-height: 1;
  }

  .tab {
    flex: 1;
    font-size: 17px;
    filter: grayscale(1);
    opacity: 0.75;
  }

  .tab:hover,
  .tab:focus-visible {
    filter: none;
    opacity: 1;
  }

  .emoji {
    font-size: 22px;
  }

  .tab:hover,
  .emoji:hover,
  .emoji:focus-visible {
    background: color-mix(in srgb, var(--parley-text) 10%, transparent);
  }

  .emoji:focus-visible {
    outline-offset: -2px;
  }

  .grids {
    flex: 1;
    min-block-size: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
  }

  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(32px, 1fr));
  }

  /* Only what is on the screen is laid out. */
  section {
    content-visibility: auto;
    contain-intrinsic-block-size: auto 700px;
  }

  h3 {
    margin: 0;
    padding: 8px 4px 4px;
    color: var(--parley-text-muted);
    font-size: 12px;
    font-weight: 600;
  }

  .none {
    margin: 24px 0;
    color: var(--parley-text-muted);
    text-align: center;
  }

  @media (forced-colors: active) {
    .picker {
      border-color: CanvasText;
    }
  }

  @media (pointer: coarse) {
    .tab,
    .emoji {
      block-size: 44px;
    }

    .grid {
      grid-template-columns: repeat(auto-fill, minmax(44px, 1fr));
    }
  }
`;
