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

  .tick svg {
    stroke-width: 2.2;
  }

  .tick.read {
    color: var(--parley-read);
  }

  .tick.failed {
    color: var(--parley-danger);
  }

  @media (forced-colors: active) {
    .bubble {
      border: 1px solid CanvasText;
    }
  }
`;

export const messageStyles = [layout, bubble];
