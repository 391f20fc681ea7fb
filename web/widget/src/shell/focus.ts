/** Focus across nested shadow roots. */

/** The element that has the focus, however deep it is nested. */
export function deepActiveElement(): Element | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}

/** True if the focus is inside, in the element's own tree or any shadow tree within. */
export function hasFocusWithin(element: Element): boolean {
  let node: Node | null = deepActiveElement();
  while (node) {
    if (node === element) return true;
    node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
  }
  return false;
}
