/** How the extras of the log look: what is in and below a bubble, the toolbar, and the way back. */

import { css } from "lit";

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

const jump = css`
  .jump {
    position: absolute;
    inset-block-end: 10px;
    inset-inline-end: 14px;
    z-index: 2;
    display: flex;
    gap: 6px;
    align-items: center;
    min-inline-size: 36px;
    min-block-size: 36px;
    padding: 0 8px;
    border: 1px solid var(--parley-border);
    border-radius: 18px;
    background: var(--parley-surface);
    box-shadow: 0 2px 10px rgb(16 20 40 / 16%);
    color: var(--parley-text);
    font-size: 13px;
    font-weight: 600;
    animation: rise 140ms ease-out;
  }

  .jump:hover {
    background: var(--parley-surface-2);
  }

  .jump span {
    padding-inline-start: 6px;
    color: var(--parley-accent);
  }

  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(6px);
    }
  }

  @media (pointer: coarse) {
    .jump {
      min-inline-size: 44px;
      min-block-size: 44px;
      border-radius: 22px;
    }
  }
`;

const toolbar = css`
  /* Between two messages of one line: the middle of neither is below it. */
  .toolbar {
    position: absolute;
    inset-block-start: -17px;
    inset-inline-end: 0;
    z-index: 1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    max-inline-size: 100%;
    padding: 2px;
    border: 1px solid var(--parley-border);
    border-radius: 12px;
    background: var(--parley-surface);
    box-shadow: 0 2px 12px rgb(16 20 40 / 18%);
    animation: appear 100ms ease-out;
  }

  .toolbar.below {
    inset-block: auto -15px;
  }

  /* In wide panels, beside the widest bubble. */
  .message.other .toolbar {
    inset-inline: auto max(0px, 100% - 640px);
  }

  .tool {
    display: grid;
    place-items: center;
    inline-size: 29px;
    block-size: 26px;
    border-radius: 9px;
    color: var(--parley-text-muted);
  }

  .tool svg {
    inline-size: 18px;
    block-size: 18px;
  }

  .tool.emoji {
    font-size: 17px;
    font-family: var(--emoji-font);
    line-height: 1;
  }

  .tool:hover {
    background: color-mix(in srgb, var(--parley-text) 9%, transparent);
    color: var(--parley-text);
  }

  .tool.delete:hover,
  .tool.danger {
    color: var(--parley-danger);
  }

  .tool.wide {
    inline-size: auto;
    padding: 0 10px;
    font-size: 13px;
    font-weight: 600;
  }

  .question {
    padding-inline: 8px 4px;
    font-size: 13px;
  }

  @keyframes appear {
    from {
      opacity: 0;
    }
  }

  @media (pointer: coarse) {
    .tool {
      inline-size: 44px;
      block-size: 44px;
    }
  }

  @media (forced-colors: active) {
    .toolbar,
    .jump {
      border-color: CanvasText;
    }
  }
`;

export const extraStyles = [text, quote, below, jump, toolbar];
