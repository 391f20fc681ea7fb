/** How forms, pickers and details look. */

import { css } from "lit";

import { fieldStyles } from "../fieldStyles.js";

const texts = css`
  .text {
    display: block;
    flex: 1;
    min-inline-size: 0;
  }

  .title,
  .preview {
    display: block;
    overflow: hidden;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    text-overflow: ellipsis;
  }

  .title {
    font-weight: 560;
    line-height: 1.35;
  }

  .preview,
  .aside {
    color: var(--parley-text-muted);
    font-size: 13px;
    font-weight: 400;
  }

  .aside:empty {
    display: none;
  }
`;

export const formStyles = [
  fieldStyles,
  texts,
  css`
    :host {
      /* Lines stay as long as can be read. */
      --margin: max(16px, calc((100% - 560px) / 2));
      display: flex;
      flex-direction: column;
      min-block-size: 0;
      background: var(--parley-surface);
    }

    header {
      display: flex;
      flex: none;
      gap: 4px;
      align-items: center;
      min-block-size: 56px;
      padding: 8px;
      border-block-end: 1px solid var(--parley-border);
    }

    h2 {
      margin: 0;
      font-size: 16px;
      font-weight: 650;
    }

    h3 {
      margin: 18px 0 8px;
      color: var(--parley-text-muted);
      font-size: 12px;
      font-weight: 650;
      letter-spacing: 0.02em;
    }

    :host(:dir(rtl)) .back svg {
      transform: scaleX(-1);
    }

    form:not(.block) {
      display: flex;
      flex: 1;
      flex-direction: column;
      min-block-size: 0;
    }

    .scroller {
      flex: 1;
      min-block-size: 0;
      padding-block: 14px;
      padding-inline: var(--margin);
      overflow: hidden auto;
      overscroll-behavior: contain;
      scrollbar-width: thin;
    }

    .labelled {
      display: block;
      margin-block-end: 6px;
      font-size: 13px;
      font-weight: 600;
    }

    .optional {
      color: var(--parley-text-muted);
      font-weight: 400;
    }

    .foot {
      flex: none;
      padding-block: 12px;
      padding-inline: var(--margin);
      border-block-start: 1px solid var(--parley-border);
    }

    .wide {
      inline-size: 100%;
    }

    .button.danger {
      color: var(--parley-danger);
    }

    .trouble {
      margin: 6px 0 10px;
      color: var(--parley-danger);
      font-size: 13px;
    }

    .line {
      display: flex;
      gap: 10px;
      align-items: center;
      min-block-size: 40px;
    }

    .room-title {
      flex: 1;
      min-inline-size: 0;
      margin: 0;
      overflow-wrap: anywhere;
      text-align: -webkit-match-parent;
      text-align: match-parent;
      font-size: 18px;
      font-weight: 680;
      letter-spacing: -0.01em;
    }

    .switch-line {
      margin-block-start: 8px;
    }

    .switch {
      position: relative;
      flex: none;
      inline-size: 42px;
      block-size: 24px;
      border-radius: 12px;
      background: color-mix(in srgb, var(--parley-text) 46%, var(--parley-surface));
      transition: background-color 140ms ease;
    }

    .switch::after {
      position: absolute;
      inset-block-start: 3px;
      inset-inline-start: 3px;
      inline-size: 18px;
      block-size: 18px;
      border-radius: 50%;
      background: var(--parley-surface);
      transition: inset-inline-start 140ms ease;
      content: "";
    }

    .switch[aria-checked="true"] {
      background: var(--parley-accent);
    }

    .switch[aria-checked="true"]::after {
      inset-inline-start: 21px;
    }

    .block {
      display: block;
      padding-block: 4px;
    }

    .choices {
      display: flex;
      gap: 8px;
      justify-content: flex-end;
      margin-block-start: 10px;
    }

    .question {
      padding: 12px;
      border-radius: 12px;
      background: var(--parley-surface-2);
    }

    .question p {
      margin: 0 0 2px;
      overflow-wrap: anywhere;
    }

    .block.question {
      margin-block-start: 14px;
    }

    .action {
      display: flex;
      gap: 12px;
      align-items: center;
      inline-size: 100%;
      min-block-size: 44px;
      padding: 4px 6px;
      margin-inline: -6px;
      border-radius: 10px;
      color: var(--parley-accent);
      font-weight: 600;
    }

    .action:hover {
      background: var(--parley-surface-2);
    }

    .action.danger {
      margin-block-start: 14px;
      color: var(--parley-danger);
    }

    .round {
      display: grid;
      place-items: center;
      inline-size: 32px;
      block-size: 32px;
      border-radius: 50%;
      background: color-mix(in srgb, currentcolor 12%, transparent);
    }

    .round svg {
      inline-size: 18px;
      block-size: 18px;
    }

    .members {
      margin: 0;
      padding: 0;
      list-style: none;
    }

    .member {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 12px;
      align-items: center;
      min-block-size: 52px;
      content-visibility: auto;
      contain-intrinsic-block-size: 52px;
    }

    .member .title {
      white-space: nowrap;
    }

    .member .question {
      flex-basis: 100%;
      margin-block-end: 8px;
    }

    .tools {
      display: flex;
      flex: none;
    }

    .tag {
      display: inline-flex;
      flex: none;
      gap: 4px;
      align-items: center;
      color: var(--parley-text-muted);
      font-size: 12px;
    }

    .tag svg {
      inline-size: 13px;
      block-size: 13px;
    }

    @media (forced-colors: active) {
      .switch {
        border: 1px solid ButtonText;
      }

      .switch::after {
        background: ButtonText;
      }
    }
  `,
];

export const pickerStyles = [
  fieldStyles,
  texts,
  css`
    :host {
      display: block;
    }

    .search {
      position: relative;
      display: block;
    }

    .search svg {
      position: absolute;
      inset-block-start: 10px;
      inset-inline-start: 11px;
      inline-size: 18px;
      block-size: 18px;
      color: var(--parley-text-muted);
      pointer-events: none;
    }

    .search .field {
      padding-inline-start: 36px;
    }

    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
      max-block-size: 104px;
      margin-block-end: 10px;
      overflow: hidden auto;
    }

    .chip {
      display: inline-flex;
      gap: 4px;
      align-items: center;
      max-inline-size: 100%;
      min-block-size: 28px;
      padding: 2px 8px 2px 12px;
      border-radius: 14px;
      background: color-mix(in srgb, var(--parley-accent) 14%, var(--parley-surface));
      font-size: 13px;
      font-weight: 560;
    }

    .chip span {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }

    .chip svg {
      inline-size: 14px;
      block-size: 14px;
    }

    ul {
      margin: 8px 0 0;
      padding: 0;
      list-style: none;
    }

    .option {
      display: flex;
      gap: 12px;
      align-items: center;
      min-block-size: 48px;
      padding: 4px 8px;
      margin-inline: -8px;
      border-radius: 10px;
      cursor: pointer;
    }

    .option:hover {
      background: var(--parley-surface-2);
    }

    .option:has(:focus-visible) {
      outline: 2px solid var(--parley-accent);
      outline-offset: -2px;
    }

    .option input {
      position: absolute;
      opacity: 0;
      pointer-events: none;
    }

    .option .title,
    .option .preview {
      white-space: nowrap;
    }

    .tick {
      display: grid;
      flex: none;
      place-items: center;
      inline-size: 20px;
      block-size: 20px;
      border: 2px solid var(--parley-text-muted);
      border-radius: 6px;
    }

    .chosen .tick {
      border-color: var(--parley-accent);
      background: var(--parley-accent);
      color: var(--parley-on-accent);
    }

    .tick svg {
      stroke-width: 3;
    }

    @media (forced-colors: active) {
      .chosen .tick {
        border-color: Highlight;
        background: Highlight;
      }
    }
  `,
];
