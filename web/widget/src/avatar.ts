/** A round picture or initials, with a presence dot that screen readers hear as a word. */

import { css, html, nothing, type TemplateResult } from "lit";

export type Status = "online" | "away" | "offline";

export interface AvatarOptions {
  name: string;
  picture?: string | null | undefined;
  /** Without one there is no dot: a group has none, and whose presence is not known neither. */
  status?: Status | null | undefined;
  /** What the dot says, such as "Away". */
  statusText?: string | undefined;
  /** 32 or 40 px, with a dot of 10 or 14. */
  size?: "small" | "large";
  /** Shown instead of initials. */
  icon?: TemplateResult;
}

const TONES = 24;

export function avatar(options: AvatarOptions): TemplateResult {
  const { name, size = "large", picture, icon } = options;
  const hue = (toneOf(name) * 360) / TONES;
  return html`<span class="avatar ${size} ${icon ? "plain" : ""}" part="avatar" .style=${`--hue: ${hue}`}>
    <span class="initials" aria-hidden="true">${icon ?? initialsOf(name)}</span>
    ${isLoadable(picture) ? portrait(picture) : nothing} ${statusDot(options)}
  </span>`;
}

function statusDot({ status, statusText }: AvatarOptions): TemplateResult | typeof nothing {
  if (!status) return nothing;
  return html`<span class="dot ${status}" part="dot dot-${status}"></span
    >${statusText ? html`<span class="visually-hidden">${statusText}</span>` : nothing}`;
}

function portrait(picture: string): TemplateResult {
  return html`<img
    src=${picture}
    alt=""
    loading="lazy"
    decoding="async"
    draggable="false"
    referrerpolicy="no-referrer"
    @load=${hideUnlessLoaded}
    @error=${hideUnlessLoaded}
  />`;
}

/** The initials are below: what does not load leaves them. */
function hideUnlessLoaded(event: Event): void {
  const image = event.currentTarget as HTMLImageElement;
  image.hidden = event.type === "error";
}

function isLoadable(picture: string | null | undefined): picture is string {
  return typeof picture === "string" && /^(https?:)?\/\/?[^\s]/i.test(picture);
}

/** The first letters of the first and the last word, or one letter. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/u).flatMap((word) => word.match(/[\p{L}\p{N}]/u) ?? []);
  const first = words[0];
  if (first === undefined) return "?";
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return (first + last).toLocaleUpperCase();
}

/** The same name has the same colour everywhere. */
export function toneOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % TONES;
}

export const avatarStyles = css`
  .avatar {
    position: relative;
    display: inline-block;
    flex: none;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    font-size: 14px;
    font-weight: 600;
    letter-spacing: 0.02em;
  }

  .avatar.small {
    inline-size: 32px;
    block-size: 32px;
    font-size: 12px;
  }

  .initials,
  .avatar img {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    inline-size: 100%;
    block-size: 100%;
    border-radius: 50%;
    overflow: hidden;
  }

  .avatar img {
    object-fit: cover;
  }

  .initials {
    /* All are equally dark, so that white can be read on them. */
    background: oklch(48% 0.09 var(--hue));
    color: #fff;
  }

  .plain .initials {
    background: color-mix(in srgb, var(--parley-accent) 16%, var(--parley-surface));
    color: var(--parley-accent);
  }

  .dot {
    position: absolute;
    inset-block-end: -1px;
    inset-inline-end: -1px;
    box-sizing: content-box;
    inline-size: 10px;
    block-size: 10px;
    border: 2px solid var(--parley-surface);
    border-radius: 50%;
    background: var(--parley-offline);
  }

  .avatar.large .dot {
    inset-block-end: -3px;
    inset-inline-end: -3px;
    inline-size: 14px;
    block-size: 14px;
  }

  .dot.online { background: var(--parley-online); }
  .dot.away { background: var(--parley-away); }

  @media (forced-colors: active) {
    .dot {
      border-color: Canvas;
      forced-color-adjust: none;
    }
  }
`;
