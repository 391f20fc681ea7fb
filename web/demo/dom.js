/** Small helpers for the page. Text only ever becomes text: there is no way to HTML here. */

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Text for screen readers only. */
export function hiddenText(text) {
  return element("span", { class: "hidden-text" }, text);
}

export function icon(path, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 12");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Show a person's initial, in a colour that is theirs wherever they appear. */
export function paintAvatar(node, name, id) {
  setText(node, [...name.trim()][0]?.toUpperCase() ?? "?");
  let hash = 7;
  for (const char of id) hash = (hash * 29 + char.codePointAt(0)) % 4093;
  node.dataset.hue = String(hash % 8);
}

/** Write only what differs, so that live regions do not speak twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Make a list's children show the items, keeping the nodes of items that were there before.
 *
 * @param keyOf A string for an item, which stays the same while the item changes.
 * @param create Makes the node of a new item; `update(node, item)` fills it, now and later.
 */
export function reconcile(parent, items, keyOf, create, update) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const node = before.get(key) ?? create(item);
    before.delete(key);
    node.dataset.key = key;
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of before.values()) node.remove();
  // A node that moves loses the focus.
  if (focused?.isConnected && document.activeElement !== focused) focused.focus();
}
