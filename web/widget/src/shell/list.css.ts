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
    padding: 10px 8px 8px 14px;
  }

  :host(:dir(rtl)) header {
    padding-inline: 14px 8px;
  }

  header.compact {
    justify-content: center;
    padding: 10px 0;
  }

  .who {
    container-type: inline-size;
    flex: 1;
    min-inline-size: 0;
  }

  h2 {
    margin: 0;
    font-size: 17px;
    font-weight: 680;
    letter-spacing: -0.01em;
    line-height: 1.25;
  }

  .who p {
    margin: 0;
    color: var(--parley-text-muted);
    font-size: 12px;
    line-height: 1.3;
    white-space: nowrap;
  }

  .me {
    display: flex;
  }

  .me bdi {
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .me span {
    flex: none;
  }

  /* Where there is room for one of both, the dot says the status. */
  @container (max-width: 104px) {
    .me span {
      position: absolute;
      clip-path: inset(50%);
    }
  }

  .tools {
    display: flex;
    flex: none;
  }

  .tools .icon-button {
    inline-size: 32px;
    block-size: 36px;
  }

  @media (pointer: coarse) {
    .tools .icon-button {
      inline-size: 40px;
      block-size: 44px;
    }

    .message {
      min-block-size: 40px;
    }
  }

  .size {
    display: contents;
  }

  @media (max-width: 767px) {
    .size {
      display: none;
    }
  }

  .search {
    position: relative;
    flex: none;
    margin: 0 12px 8px;
  }

  .search > svg {
    position: absolute;
    inset-block-start: 10px;
    inset-inline-start: 11px;
    inline-size: 18px;
    block-size: 18px;
    color: var(--parley-text-muted);
    pointer-events: none;
  }

  .search .field {
    padding-inline: 36px;
    border-color: transparent;
  }

  .search .field:hover {
    border-color: var(--parley-border);
  }

  .search .field:focus-visible {
    border-color: var(--parley-accent);
  }

  .clear {
    position: absolute;
    inset-block-start: 5px;
    inset-inline-end: 5px;
    display: grid;
    place-items: center;
    inline-size: 28px;
    block-size: 28px;
    color: var(--parley-text-muted);
  }

  .clear svg {
    inline-size: 16px;
    block-size: 16px;
  }
`;

const notices = css`
  .notice-place {
    flex: none;
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

  .notice .button {
    flex: none;
    min-block-size: 30px;
    padding: 2px 12px;
    border-color: color-mix(in srgb, var(--parley-text) 24%, transparent);
  }

  .notice.busy span::before {
    display: inline-block;
    inline-size: 8px;
    block-size: 8px;
    margin-inline-end: 8px;
    border-radius: 50%;
    background: var(--parley-away);
    animation: pulse 1.2s ease-in-out infinite;
    content: "";
  }

  @keyframes pulse {
    50% {
      opacity: 0.25;
    }
  }

  :host([compact]) .notice {
    display: none;
  }
`;

const sections = css`
  .scroller {
    flex: 1;
    min-block-size: 0;
    padding-block-end: 12px;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: color-mix(in srgb, var(--parley-text) 22%, transparent) transparent;
  }

  h3 {
    position: sticky;
    inset-block-start: 0;
    z-index: 2;
    display: flex;
    gap: 8px;
    align-items: baseline;
    margin: 0;
    padding: 10px 16px 4px;
    background: var(--parley-surface);
    color: var(--parley-text-muted);
    font-size: 12px;
    font-weight: 650;
    letter-spacing: 0.02em;
  }

  .total {
    font-weight: 500;
    opacity: 0.9;
  }

  ul {
    /* In em, so that rows grow where only the text is enlarged. */
    --row: calc(60em / 14);
    position: relative;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  ul.online,
  ul.people {
    --row: calc(54em / 14);
  }

  li {
    position: absolute;
    inset-inline: 6px;
    block-size: var(--row);
    contain: layout style;
  }

  .more {
    display: block;
    margin: 2px 10px 4px;
    padding: 6px;
    color: var(--parley-accent);
    font-size: 13px;
    font-weight: 600;
  }

  .more:hover {
    text-decoration: underline;
  }

  .aside {
    margin: 0;
    padding: 8px 16px;
    color: var(--parley-text-muted);
    font-size: 13px;
  }

  .aside:empty {
    display: none;
  }

  .empty {
    padding: 36px 24px 20px;
    color: var(--parley-text-muted);
    text-align: center;
  }

  .empty svg {
    inline-size: 40px;
    block-size: 40px;
    margin: 0 auto 12px;
    stroke-width: 1.3;
    opacity: 0.7;
  }

  .empty p {
    margin: 0 0 2px;
  }

  .empty .lead {
    color: var(--parley-text);
    font-weight: 600;
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

  .row.room:active,
  .row[aria-current="true"] {
    background: color-mix(in srgb, var(--parley-accent) 12%, var(--parley-surface));
  }

  .row:focus-visible {
    outline-offset: -2px;
  }

  .text {
    display: block;
    flex: 1;
    min-inline-size: 0;
  }

  .title,
  .preview {
    display: block;
    overflow: hidden;
    /* Names in another direction than the list's stand beside their pictures all the same. */
    text-align: -webkit-match-parent;
    text-align: match-parent;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .title {
    font-weight: 560;
    line-height: 1.35;
  }

  .preview {
    color: var(--parley-text-muted);
    font-size: 13px;
    line-height: 1.4;
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
    display: flex;
    flex: none;
    flex-direction: column;
    gap: 3px;
    align-items: flex-end;
    align-self: center;
    min-block-size: 40px;
  }

  time {
    color: var(--parley-text-muted);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }

  .marks {
    display: flex;
    gap: 6px;
    align-items: center;
    color: var(--parley-text-muted);
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
    font-size: 12px;
    font-weight: 700;
    font-variant-numeric: tabular-nums;
    line-height: 20px;
    text-align: center;
  }

  .muted ~ .count {
    background: var(--parley-text-muted);
    color: var(--parley-surface);
  }

  .row.person {
    position: relative;
  }

  .message {
    display: inline-flex;
    flex: none;
    gap: 6px;
    align-items: center;
    min-block-size: 32px;
    padding: 0 12px;
    border-radius: 16px;
    background: color-mix(in srgb, var(--parley-accent) 8%, transparent);
    color: var(--parley-accent);
    font-size: 13px;
    font-weight: 600;
  }

  .message svg {
    display: none;
  }

  .message:hover:not(:disabled) {
    background: color-mix(in srgb, var(--parley-accent) 13%, transparent);
  }

  /* The whole row can be pressed. */
  .message::after {
    position: absolute;
    inset: 0;
    content: "";
  }

  @media (forced-colors: active) {
    .row[aria-current="true"],
    .count,
    .message {
      border: 1px solid ButtonText;
    }
  }
`;

const rail = css`
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

const ghosts = css`
  .ghosts {
    padding: 8px 16px;
  }

  .ghost {
    display: flex;
    gap: 12px;
    align-items: center;
    block-size: 60px;
  }

  .ghost i,
  .ghost b {
    background: var(--parley-surface-2);
    animation: pulse 1.6s ease-in-out infinite;
  }

  .ghost i {
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
  }

  .ghost b {
    flex: 1;
    block-size: 14px;
    border-radius: 7px;
  }
`;

export const listStyles = [head, notices, sections, rows, rail, ghosts];
