/**
 * The widget's colours and sizes; those of the floating button are beside it.
 *
 * Every one can be set by the host page on the element itself (`parley-chat { --parley-accent: … }`),
 * because rules of the page win over `:host`. All pairs of text and ground reach a contrast of 4.5.
 */

import { css } from "lit";

export const tokens = css`
:host {
  --parley-surface: #fff;
  --parley-surface-2: #f4f5f9;
  --parley-text: #191c27;
  --parley-text-muted: #5b6072;
  --parley-border: #e2e4ec;
  --parley-bubble: #eff1f6;
  --parley-bubble-text: var(--parley-text);
  --parley-own-bubble: #dfe5fe;
  --parley-own-bubble-text: var(--parley-text);
  --parley-online: #1f9d57;
  --parley-away: #e5a90a;
  --parley-offline: #8a90a2;
  --parley-read: #1d5fe0;
  --parley-danger: #b3261e;
  --parley-radius: 16px;
  --parley-width: 320px;
  --parley-height: 480px;
  color-scheme: light;
}
:host([data-theme="dark"]) {
  --parley-surface: #15171f;
  --parley-surface-2: #1e212b;
  --parley-text: #e9ebf2;
  --parley-text-muted: #a4a9ba;
  --parley-border: #2d313d;
  --parley-bubble: #252935;
  --parley-own-bubble: #333a6e;
  --parley-online: #3cc47c;
  --parley-away: #f2c037;
  --parley-offline: #7d8394;
  --parley-read: #84c5ff;
  --parley-danger: #ff9a92;
  color-scheme: dark;
}
`;
