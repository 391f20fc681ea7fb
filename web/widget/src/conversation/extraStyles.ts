/** How the extras of the log look: what is in and below a bubble. */

import { css } from "lit";

import { toolStyles } from "./toolStyles.js";

const text = css`
  :host {
    --emoji-font: "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif;
  }

  .bubble.jumbo .text {
    font-size: 32px;
    line-height: 40px;
  }

  .bubble.jumbo .meta {
    margin-block-start: 22px;
  }

  .highlighted .bubble {
    animation: point 2s ease-out;
  }

  @keyframes point {
    0%,
    50% {
      box-shadow: 0 0 0 3px var(--parley-accent);
    }
  }

  .text a {
    color: inherit;
    font-weight: 500;
    text-decoration: underline;
    text-underline-offset: 2px;
  }

  .text code {
    padding: 1px 4px;
    border-radius: 5px;
    background: color-mix(in srgb, currentcolor 10%, transparent);
    font: 12.5px/18px ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  }

  .text pre {
    margin: 4px 0;
    padding: 8px 10px;
    border-radius: 9px;
    background: color-mix(in srgb, currentcolor 9%, transparent);
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }

  .text pre code {
    padding: 0;
    background: none;
  }

  .mention {
    font-weight: 600;
  }

  .attachments {
    display: block;
    font-style: italic;
  }
`;

const quote = css`
  .quote {
    display: block;
    inline-size: 100%;
    margin-block-end: 4px;
    padding: 4px 9px;
    border-inline-start: 3px solid var(--parley-accent);
    border-radius: 7px;
    background: color-mix(in srgb, currentcolor 8%, transparent);
    font-size: 12.5px;
    line-height: 18px;
  }

  .quote:hover {
    background: color-mix(in srgb, currentcolor 13%, transparent);
  }

  .quoted-name,
  .excerpt {
    display: block;
    overflow: hidden;
    text-align: start;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .quoted-name {
    font-weight: 600;
  }
`;

const below = css`
  .reactions {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    max-inline-size: min(84%, 560px);
    margin-block-end: 5px;
  }

  .own .reactions {
    justify-content: flex-end;
  }

  .reaction {
    display: inline-flex;
    gap: 5px;
    align-items: center;
    min-block-size: 26px;
    padding: 0 8px;
    border: 1px solid var(--parley-border);
    border-radius: 13px;
    background: var(--parley-surface);
    color: var(--parley-text);
    font-size: 12px;
    line-height: 20px;
    font-variant-numeric: tabular-nums;
  }

  .reaction:hover {
    border-color: var(--parley-text-muted);
  }

  .reaction.mine {
    border-color: var(--parley-accent);
    background: color-mix(in srgb, var(--parley-accent) 14%, var(--parley-surface));
    font-weight: 600;
  }

  .reaction span:first-child {
    font-size: 14px;
    font-family: var(--emoji-font);
  }

  .failure,
  .waiting {
    max-inline-size: min(90%, 560px);
    margin: 0;
    font-size: 12px;
    line-height: 18px;
  }

  .waiting {
    color: var(--parley-text-muted);
    font-variant-numeric: tabular-nums;
  }

  .failure p {
    display: flex;
    gap: 5px;
    margin: 0;
    color: var(--parley-danger);
    overflow-wrap: anywhere;
  }

  .failure svg {
    margin-block-start: 1px;
  }

  .choices {
    display: flex;
    gap: 14px;
  }

  .own .choices {
    justify-content: flex-end;
  }

  .bubble .link {
    color: inherit;
  }

  @media (pointer: coarse) {
    .link,
    .reaction {
      min-block-size: 44px;
    }

    .reaction {
      border-radius: 22px;
    }
  }

  @media (forced-colors: active) {
    .reaction.mine {
      border-color: Highlight;
    }
  }
`;

export const extraStyles = [text, quote, below, ...toolStyles];
