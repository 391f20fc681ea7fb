/** One column or two, and what stands in place of a view. */

import { css } from "lit";

export const panelStyles = css`
  :host {
    display: block;
    block-size: 100%;
  }

  .frame {
    display: grid;
    grid-template: minmax(0, 1fr) / var(--list,) minmax(0, 1fr);
    block-size: 100%;
    overflow: hidden;
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

  .single > * {
    position: relative;
    animation: slide 200ms cubic-bezier(0.2, 0.7, 0.2, 1);
  }

  .single > .main {
    --from: 28px;
  }

  /* Neither left nor right: it depends on where text begins. */
  @keyframes slide {
    from {
      inset-inline-start: var(--from, -28px);
      opacity: 0;
    }
  }
`;
