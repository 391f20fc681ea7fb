/** How one message looks: its bubble, its text, and what is said about it. */

import { css } from "lit";

const layout = css`
  .message {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    border-radius: 14px;
    scroll-margin: 8px;
  }

  .message.with-sender {
    grid-template-columns: auto minmax(0, 1fr);
    column-gap: 8px;
  }

  .message:focus-visible,
  .system:focus-visible {
    outline-offset: 1px;
  }

  .gutter {
    inline-size: 32px;
  }

  .first .gutter {
    grid-row: 2;
  }

  .sender {
    grid-column: 2;
    justify-self: start;
    max-inline-size: 100%;
    padding: 0 12px 2px;
    overflow: hidden;
    color: var(--parley-text-muted);
    font-size: 12px;
    font-weight: 600;
    line-height: 16px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .stack {
    grid-column: -2 / -1;
    display: flex;
    flex-direction: column;
    gap: 3px;
    align-items: flex-start;
    min-inline-size: 0;
  }

  .own .stack {
    align-items: flex-end;
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
`;

const bubble = css`
  .bubble {
    max-inline-size: min(84%, 560px);
    min-inline-size: 0;
    padding: 7px 11px 6px;
    border-radius: 16px;
    background: var(--parley-bubble);
    color: var(--parley-bubble-text);
    contain: paint;
  }

  .own .bubble {
    background: var(--parley-own-bubble);
    color: var(--parley-own-bubble-text);
  }

  .other:not(.first) .bubble {
    border-start-start-radius: 6px;
  }

  .other:not(.last) .bubble {
    border-end-start-radius: 6px;
  }

  .own:not(.first) .bubble {
    border-start-end-radius: 6px;
  }

  .own:not(.last) .bubble {
    border-end-end-radius: 6px;
  }

  .bubble.gone {
    border: 1px solid var(--parley-border);
    background: none;
    color: var(--parley-text-muted);
    font-style: italic;
  }

  .bubble.jumbo .text {
    font-size: 32px;
    line-height: 40px;
  }

  .bubble.jumbo .meta {
    margin-block-start: 22px;
  }

  .text {
    display: flow-root;
    line-height: 20px;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    unicode-bidi: isolate;
  }

  .meta {
    float: inline-end;
    display: inline-flex;
    gap: 4px;
    align-items: center;
    margin-block-start: 5px;
    margin-inline-start: 10px;
    color: color-mix(in srgb, currentcolor 74%, transparent);
    font-size: 11px;
    font-style: normal;
    line-height: 16px;
    white-space: nowrap;
    unicode-bidi: isolate;
  }

  .gone .meta {
    color: inherit;
  }

  .tick {
    display: inline-flex;
  }

  .tick.read {
    color: var(--parley-read);
  }

  .tick.failed {
    color: var(--parley-danger);
  }
`;

const text = css`
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

  .link {
    min-block-size: 24px;
    color: var(--parley-accent);
    font-size: 12px;
    font-weight: 600;
    line-height: 18px;
  }

  .bubble .link {
    color: inherit;
  }

  .link:hover {
    text-decoration: underline;
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
    .bubble {
      border: 1px solid CanvasText;
    }

    .reaction.mine {
      border-color: Highlight;
    }
  }
`;

export const messageStyles = [layout, bubble, text, quote, below];
