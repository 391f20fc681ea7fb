/** How the extras of the composer look: the banner of a reply or an edit, suggestions, the counter. */

import { css } from "lit";

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

const counter = css`
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
`;

export const composerExtraStyles = [banner, suggestions, counter];
