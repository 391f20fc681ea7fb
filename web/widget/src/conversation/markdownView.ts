/** Shows a Markdown tree with templates: what was sent only ever becomes text and `href`. */

import { html, type TemplateResult } from "lit";

import type { Inline } from "./markdown.js";

export function markdownView(nodes: readonly Inline[]): (string | TemplateResult)[] {
  return nodes.map(nodeView);
}

function nodeView(node: Inline): string | TemplateResult {
  if (typeof node === "string") return node;
  switch (node.kind) {
    case "bold":
      return html`<strong>${markdownView(node.children)}</strong>`;
    case "italic":
      return html`<em>${markdownView(node.children)}</em>`;
    case "code":
      return html`<code>${node.text}</code>`;
    case "block":
      return html`<pre><code>${node.text}</code></pre>`;
    case "mention":
      return html`<span class="mention">${node.text}</span>`;
    case "link":
      return html`<a
        href=${node.href}
        title=${node.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        >${markdownView(node.children)}</a
      >`;
  }
}
