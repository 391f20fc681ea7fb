/** How the composer looks. */

import { css } from "lit";

export const composerStyles = css`
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

  .icon-button.send,
  .icon-button.send:hover:enabled {
    border-radius: 50%;
    background: var(--parley-accent);
    color: var(--parley-on-accent);
    opacity: 1;
  }

  .icon-button.send[aria-disabled="true"]:enabled {
    background: none;
    color: var(--parley-text-muted);
  }

  :host(:dir(rtl)) .send svg {
    transform: scaleX(-1);
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
