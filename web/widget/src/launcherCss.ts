/**
 * The floating button as CSS text, without Lit: the loader is too small to bring it.
 *
 * It has its own tokens, which all others join later.
 */

/** By this name the build knows what it can make smaller. */
const css = String.raw;

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
