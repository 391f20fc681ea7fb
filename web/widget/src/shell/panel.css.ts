/** One column or two, and what stands in place of a view. */

import { css } from "lit";

export const panelStyles = css`
  :host {
    display: block;
    block-size: 100%;
    min-block-size: 0;
    background: var(--parley-surface);
  }

  .frame {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    block-size: 100%;
    overflow: hidden;
  }

  .frame.medium,
  .frame.wide {
    grid-template-columns: 300px minmax(0, 1fr);
  }

  .frame.medium {
    grid-template-columns: 260px minmax(0, 1fr);
  }

  @media (pointer: coarse) {
    .frame.wide {
      grid-template-columns: 340px minmax(0, 1fr);
    }
  }

  .frame.rail {
    grid-template-columns: 72px minmax(0, 1fr);
  }

  .frame:not(.single) > parley-list {
    border-inline-end: 1px solid var(--parley-border);
  }

  .main {
    display: flex;
    flex-direction: column;
    min-inline-size: 0;
    min-block-size: 0;
  }

  .main > * {
    flex: 1;
    min-block-size: 0;
  }

  .single > .main:not([hidden]) {
    animation: from-end 200ms cubic-bezier(0.2, 0.7, 0.2, 1);
  }

  .single > parley-list:not([hidden]) {
    animation: from-start 200ms cubic-bezier(0.2, 0.7, 0.2, 1);
  }

  :host(:dir(rtl)) .single > .main:not([hidden]) {
    animation-name: from-start;
  }

  :host(:dir(rtl)) .single > parley-list:not([hidden]) {
    animation-name: from-end;
  }

  @keyframes from-end {
    from {
      transform: translateX(28px);
      opacity: 0;
    }
  }

  @keyframes from-start {
    from {
      transform: translateX(-28px);
      opacity: 0;
    }
  }

  .state {
    display: flex;
    flex-direction: column;
    gap: 4px;
    align-items: center;
    justify-content: center;
    margin: 0;
    padding: 24px;
    color: var(--parley-text-muted);
    text-align: center;
  }

  .frame:not(.single) .state {
    background: var(--parley-surface-2);
  }

  .state svg {
    inline-size: 44px;
    block-size: 44px;
    margin-block-end: 10px;
    stroke-width: 1.3;
    opacity: 0.7;
  }

  .state p {
    margin: 0;
  }

  .state .lead {
    color: var(--parley-text);
    font-weight: 600;
  }

  .choices {
    display: flex;
    gap: 8px;
    margin-block-start: 14px;
  }
`;
