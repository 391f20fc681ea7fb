/** How the toolbar of a message looks, and the button that leads back to the newest. */

import { css } from "lit";

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

export const toolStyles = [jump, toolbar];
