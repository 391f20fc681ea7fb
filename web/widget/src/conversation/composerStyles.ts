/** How the composer looks. */

import { css } from "lit";

import { avatarStyles } from "../avatar.js";

const field = css`
  :host {
    position: relative;
    display: block;
    border-block-start: 1px solid var(--parley-border);
    background: var(--parley-surface);
  }

  .composer {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 4px;
    align-items: end;
    margin: 0;
    padding: 8px;
  }

  textarea {
    display: block;
    inline-size: 100%;
    max-block-size: 136px;
    margin: 0;
    padding: 8px 12px;
    border: 1px solid transparent;
    border-radius: 18px;
    background: var(--parley-surface-2);
    color: var(--parley-text);
    font: inherit;
    line-height: 20px;
    overflow: hidden auto;
    overflow-wrap: anywhere;
    resize: none;
    scrollbar-width: thin;
  }

  textarea::placeholder {
    color: var(--parley-text-muted);
    opacity: 1;
  }

  textarea:focus-visible {
    border-color: var(--parley-accent);
    outline: 1px solid var(--parley-accent);
    outline-offset: 0;
  }

  .send {
    border-radius: 50%;
    background: var(--parley-accent);
    color: var(--parley-on-accent);
  }

  .send:hover:not([aria-disabled="true"]) {
    background: var(--parley-accent);
    color: var(--parley-on-accent);
    filter: brightness(1.08);
  }

  .send[aria-disabled="true"],
  .send[aria-disabled="true"]:hover {
    background: none;
    color: var(--parley-text-muted);
    opacity: 1;
  }

  :host(:dir(rtl)) .send svg {
    transform: scaleX(-1);
  }

  .counter {
    grid-row: 2;
    grid-column: 1 / -1;
    padding-inline: 12px;
    color: var(--parley-text-muted);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }

  .counter.over {
    color: var(--parley-danger);
    font-weight: 600;
  }

  /* Below 16 px, iOS zooms the whole page into a field. */
  @media (pointer: coarse) {
    textarea {
      padding-block: 11px;
      border-radius: 22px;
      font-size: 16px;
    }
  }

  @media (forced-colors: active) {
    textarea {
      border-color: FieldText;
    }
  }
`;

const banner = css`
  .banner {
    display: flex;
    gap: 10px;
    align-items: center;
    padding-block: 6px 0;
    padding-inline: 16px 8px;
    color: var(--parley-accent);
    font-size: 13px;
  }

  .about {
    flex: 1;
    min-inline-size: 0;
  }

  .about span {
    display: block;
    overflow: hidden;
    text-align: start;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .about .title {
    font-weight: 600;
  }

  .about .excerpt {
    color: var(--parley-text-muted);
  }
`;

const suggestions = css`
  .suggestions {
    position: absolute;
    inset-block-end: 100%;
    inset-inline: 8px;
    z-index: 3;
    margin: 0 0 4px;
    padding: 4px;
    border: 1px solid var(--parley-border);
    border-radius: 12px;
    background: var(--parley-surface);
    box-shadow: 0 2px 14px rgb(16 20 40 / 18%);
    list-style: none;
  }

  .suggestions li {
    display: flex;
    gap: 10px;
    align-items: center;
    min-block-size: 44px;
    padding: 4px 8px;
    border-radius: 9px;
    cursor: pointer;
  }

  .suggestions li span:last-child {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .suggestions li:hover,
  .suggestions li[aria-selected="true"] {
    background: color-mix(in srgb, var(--parley-text) 8%, transparent);
  }

  @media (forced-colors: active) {
    .suggestions li[aria-selected="true"] {
      outline: 2px solid Highlight;
    }
  }
`;

export const composerStyles = [avatarStyles, field, banner, suggestions];
