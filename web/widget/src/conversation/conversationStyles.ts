/** How the conversation is laid out. */

import { css } from "lit";

const frame = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    min-inline-size: 0;
    min-block-size: 0;
    block-size: 100%;
    background: var(--parley-surface);
    overflow: hidden;
  }

  header {
    display: flex;
    flex: none;
    gap: 10px;
    align-items: center;
    min-block-size: 56px;
    padding: 7px 12px;
    border-block-end: 1px solid var(--parley-border);
  }

  header .back {
    margin-inline: -6px -4px;
  }

  :host(:dir(rtl)) .back svg {
    transform: scaleX(-1);
  }

  .names {
    flex: 1;
    min-inline-size: 0;
  }

  .names h2,
  .names p {
    inline-size: fit-content;
    max-inline-size: 100%;
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .names h2 {
    font-size: 15px;
    font-weight: 650;
    line-height: 1.35;
  }

  .names p {
    color: var(--parley-text-muted);
    font-size: 12px;
    line-height: 1.35;
  }

  parley-log {
    flex: 1;
  }

  parley-composer {
    flex: none;
  }
`;

const typing = css`
  .typing {
    flex: none;
    block-size: 20px;
    padding-inline: 16px;
    color: var(--parley-text-muted);
    font-size: 12px;
    line-height: 20px;
  }

  .typing .line {
    display: flex;
    gap: 6px;
    align-items: center;
    overflow: hidden;
    white-space: nowrap;
  }

  .dots {
    display: flex;
    gap: 3px;
  }

  .dots i {
    inline-size: 5px;
    block-size: 5px;
    border-radius: 50%;
    background: currentcolor;
    opacity: 0.3;
    animation: beat 1.2s ease-in-out infinite;
  }

  .dots i:nth-child(2) {
    animation-delay: 150ms;
  }

  .dots i:nth-child(3) {
    animation-delay: 300ms;
  }

  @keyframes beat {
    30% {
      opacity: 1;
    }
  }
`;

const overlays = css`
  .notice {
    display: flex;
    flex: none;
    gap: 8px;
    align-items: center;
    margin: 0 8px 6px;
    padding-inline: 12px 2px;
    border-radius: 10px;
    background: color-mix(in srgb, var(--parley-danger) 10%, var(--parley-surface));
    color: var(--parley-danger);
    font-size: 13px;
  }

  .notice span {
    flex: 1;
    padding-block: 6px;
    overflow-wrap: anywhere;
  }

  @media (forced-colors: active) {
    .notice {
      border: 1px solid CanvasText;
    }
  }
`;

export const conversationStyles = [frame, typing, overlays];
