/** A sentence in the middle of a part that has nothing else to show. */

import { css } from "lit";

export const stateStyles = css`
  .state {
    display: grid;
    gap: 4px;
    place-content: center;
    justify-items: center;
    margin: 0;
    padding: 24px;
    color: var(--parley-text-muted);
    text-align: center;
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
