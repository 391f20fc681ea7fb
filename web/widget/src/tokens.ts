/**
 * The widget's colours and sizes as CSS text, without Lit: the loader is too small to bring it.
 *
 * Every one can be set by the host page on the element itself (`parley-chat { --parley-accent: … }`),
 * because rules of the page win over `:host`. All pairs of text and ground reach a contrast of 4.5.
 */

/** By this name the build knows what it can make smaller. */
const css = String.raw;

/** The floating button, with its own tokens: the loader shows it before anything else is there. */
export const LAUNCHER_CSS = css`
:host {
  display: contents;
  --parley-accent: #3552d4;
  --parley-on-accent: #fff;
  --parley-shadow: 0 1px 2px rgb(16 20 40 / 10%), 0 12px 40px rgb(16 20 40 / 18%);
  --parley-font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --parley-z-index: 2147483000;
}
:host([data-theme="dark"]) {
  --parley-accent: #93a6ff;
  --parley-on-accent: #0f1220;
  --parley-shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 12px 40px rgb(0 0 0 / 55%);
}
:host([hidden]) { display: none; }
.launcher {
  position: fixed;
  inset-block-end: 20px;
  inset-inline-end: 20px;
  z-index: var(--parley-z-index);
  display: grid;
  place-items: center;
  inline-size: 56px;
  block-size: 56px;
  margin: 0;
  padding: 0;
  border: 1px solid transparent;
  border-radius: 50%;
  background: var(--parley-accent);
  color: var(--parley-on-accent);
  box-shadow: var(--parley-shadow);
  font: 600 12px/1 var(--parley-font);
  cursor: pointer;
  transition: filter 160ms;
}
:host([position="start"]) .launcher { inset-inline: 20px auto; }
.launcher:hover { filter: brightness(1.08); }
.launcher:focus-visible {
  outline: 3px solid var(--parley-accent);
  outline-offset: 3px;
}
.launcher svg {
  inline-size: 26px;
  block-size: 26px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.8;
  stroke-linecap: round;
  stroke-linejoin: round;
}
`;

/** All other tokens. */
export const TOKENS_CSS = css`
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
