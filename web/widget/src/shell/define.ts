/** Defines the widget's elements, once each, so that what throws while rendering stays inside. */

import type { LitElement, PropertyValues } from "lit";

/** The event of an element that could not be rendered. */
export interface FailureDetail {
  error: unknown;
}

interface Updatable {
  update(changed: PropertyValues): void;
}

const guarded = new WeakSet<object>();

/** Define an element unless another copy of the widget on this page has. */
export function define(name: string, element: typeof LitElement & CustomElementConstructor): void {
  guardUpdates(element);
  if (!customElements.get(name)) customElements.define(name, element);
}

/**
 * Turn an exception of rendering into the event `failure`, for whoever holds the element, however deep.
 *
 * Lit would reject a promise that nobody waits for, and leave half of what was drawn.
 */
export function guardUpdates(element: CustomElementConstructor): void {
  const prototype = element.prototype as Updatable & HTMLElement;
  if (guarded.has(prototype)) return;
  guarded.add(prototype);
  const update = prototype.update;
  prototype.update = function (this: HTMLElement, changed: PropertyValues): void {
    try {
      update.call(this, changed);
    } catch (error) {
      const how = { detail: { error }, bubbles: true, composed: true };
      this.dispatchEvent(new CustomEvent<FailureDetail>("failure", how));
    }
  };
}
