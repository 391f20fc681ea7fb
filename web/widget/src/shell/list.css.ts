/** How the list looks. */

import { css } from "lit";

const head = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--parley-surface);
  }

  header {
    display: flex;
    flex: none;
    gap: 10px;
    align-items: center;
    min-block-size: 60px;
    padding-block: 10px 8px;
    padding-inline: 14px 8px;
  }

  .who {
    flex: 1;
    min-inline-size: 0;
  }

  h2 {
    margin: 0;
    font-size: 17px;
    font-weight: 680;
    line-height: 1.25;
  }

  p,
  .title,
  .preview {
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .who p {
    color: var(--parley-text-muted);
    font-size: 12px;
    line-height: 1.3;
    white-space: nowrap;
  }

  .tools {
    display: flex;
    flex: none;
  }

  @media (pointer: coarse) {
    .message {
      min-block-size: 40px;
    }
  }

  /* Its field is loaded later: nothing moves then. */
  .search {
    position: relative;
    flex: none;
    min-block-size: 38px;
    margin: 0 12px 8px;
  }

  .notice {
    display: flex;
    gap: 10px;
    align-items: center;
    justify-content: space-between;
    margin: 0 12px 8px;
    padding: 8px 12px;
    border-radius: 10px;
    background: color-mix(in srgb, var(--parley-away) 16%, var(--parley-surface));
    font-size: 13px;
  }
`;

const sections = css`
  .scroller {
    flex: 1;
    min-block-size: 0;
    padding-block-end: 12px;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scroll-padding-block-start: 36px;
    scrollbar-width: thin;
  }

  h3 {
    position: sticky;
    inset-block-start: 0;
    z-index: 2;
    margin: 0;
    padding: 10px 16px 4px;
    background: var(--parley-surface);
    color: var(--parley-text-muted);
    font-size: 12px;
    font-weight: 650;
  }

  .total {
    margin-inline-start: 4px;
    font-weight: 500;
  }

  ul {
    /* In em, so that rows grow where only the text is enlarged. */
    --row: calc(60em / 14);
    position: relative;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .online,
  .people {
    --row: calc(54em / 14);
  }

  li {
    position: absolute;
    inset-inline: 6px;
    block-size: var(--row);
    contain: layout style;
  }

`;

const rows = css`
  .row {
    display: flex;
    gap: 12px;
    align-items: center;
    inline-size: 100%;
    block-size: 100%;
    padding: 0 10px;
    border-radius: 12px;
  }

  .row:hover {
    background: var(--parley-surface-2);
  }

  .row[aria-current] {
    background: color-mix(in srgb, var(--parley-accent) 12%, var(--parley-surface));
  }

  .row:focus-visible {
    outline-offset: -2px;
  }

  .text {
    flex: 1;
    min-inline-size: 0;
  }

  .title,
  .preview {
    display: block;
    /* Names in another direction than the list's stand beside their pictures all the same. */
    text-align: -webkit-match-parent;
    text-align: match-parent;
    white-space: nowrap;
  }

  .title {
    font-weight: 560;
  }

  .preview {
    color: var(--parley-text-muted);
    font-size: 13px;
  }

  .has-unread .title {
    font-weight: 700;
  }

  .has-unread .preview {
    color: var(--parley-text);
  }

  .preview.typing {
    color: var(--parley-accent);
  }

  .preview.trouble {
    color: var(--parley-danger);
  }

  .facts {
    display: grid;
    flex: none;
    gap: 3px;
    justify-items: end;
    min-block-size: 40px;
    color: var(--parley-text-muted);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }

  .marks {
    display: flex;
    gap: 6px;
    align-items: center;
  }

  .muted svg {
    inline-size: 15px;
    block-size: 15px;
  }

  .count {
    min-inline-size: 20px;
    padding: 0 6px;
    border-radius: 10px;
    background: var(--parley-accent);
    color: var(--parley-on-accent);
    font-weight: 700;
    line-height: 20px;
    text-align: center;
  }

  .muted ~ .count {
    background: var(--parley-text-muted);
    color: var(--parley-surface);
  }

  .person {
    position: relative;
  }

  .message {
    flex: none;
    min-block-size: 32px;
    padding: 0 12px;
    border: 1px solid transparent;
    border-radius: 16px;
    background: color-mix(in srgb, var(--parley-accent) 8%, transparent);
    color: var(--parley-accent);
    font-size: 13px;
    font-weight: 600;
  }

  /* The whole row can be pressed. */
  .message::after {
    position: absolute;
    inset: 0;
    content: "";
  }

  @media (forced-colors: active) {
    .row[aria-current],
    .count {
      border: 1px solid ButtonText;
    }
  }
`;

export const listStyles = [head, sections, rows];
