/**
 * Which row of the list is in the tab order. Pure.
 *
 * It is known by its key, so that it stays with its chat when the order changes.
 */

import type { Section, SectionKind } from "./sections.js";

export interface Place {
  readonly kind: SectionKind;
  readonly row: number;
}

type Listed = Pick<Section, "kind"> & { readonly items: readonly { readonly key: string }[] };

export class TabStop {
  /** Null where there are no rows. */
  place: Place | null = null;
  private key: string | null = null;
  private sections: readonly Listed[] = [];

  /** Find the row again in what is shown now; the first one, where it is gone. */
  update(sections: readonly Listed[]): void {
    const { place } = this;
    this.sections = sections;
    const section = sections.find(({ kind }) => kind === place?.kind);
    const row = section?.items.findIndex(({ key }) => key === this.key) ?? -1;
    if (section && row >= 0) this.place = { kind: section.kind, row };
    else this.at(0);
  }

  set(place: Place): void {
    const section = this.sections.find(({ kind }) => kind === place.kind);
    this.place = place;
    this.key = section?.items[place.row]?.key ?? null;
  }

  /** Go on by so many rows, across sections, and stop at either end. */
  move(step: number): void {
    let before = 0;
    for (const { kind, items } of this.sections) {
      if (kind === this.place?.kind) break;
      before += items.length;
    }
    const total = this.sections.reduce((sum, { items }) => sum + items.length, 0);
    this.at(Math.min(Math.max(before + (this.place?.row ?? 0) + step, 0), total - 1));
  }

  private at(index: number): void {
    let row = index;
    for (const { kind, items } of this.sections) {
      if (row < items.length) return this.set({ kind, row });
      row -= items.length;
    }
    this.place = null;
    this.key = null;
  }
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
  PageDown: 8,
  PageUp: -8,
};

/** By how many rows a key goes on; null for one that does not. */
export function stepOf(event: KeyboardEvent): number | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  return STEPS[event.key] ?? null;
}
