/**
 * Rows that stay with their keys, as those of Lit's `repeat`, in much less code.
 *
 * What is out of its place is moved before what stands there. That is little where rows come, go
 * or rise to the top, and more where they sink, which those of a chat seldom do.
 */

import { render } from "lit";
import { type ChildPart, Directive, directive, type PartInfo } from "lit/directive.js";

interface Drawn {
  readonly first: Node;
  readonly last: Node;
}

type Keys = [
  items: Iterable<unknown>,
  keyOf: (item: unknown) => unknown,
  template: (item: unknown) => unknown,
];

class Keyed extends Directive {
  /** Given to Lit each time: it puts it in once, and takes all away when something else is given. */
  readonly #rows = new DocumentFragment();
  readonly #start = new Comment();
  #drawn = new Map<unknown, Drawn>();

  constructor(part: PartInfo) {
    super(part);
    this.#rows.append(this.#start);
  }

  render(..._keys: Keys): DocumentFragment {
    return this.#rows;
  }

  override update({ options }: ChildPart, [items, keyOf, template]: Keys): DocumentFragment {
    const parent = this.#start.parentNode as HTMLElement;
    const wanted = new Map(Array.from(items, (item) => [keyOf(item), item]));
    const before = this.#drawn;
    for (const [key, drawn] of before) if (!wanted.has(key)) take(drawn);
    this.#drawn = new Map();
    let next = this.#start.nextSibling;
    for (const [key, item] of wanted) {
      const known = before.get(key);
      const last = known?.last ?? parent.insertBefore(new Comment(), next);
      const renderBefore = last as ChildNode;
      const { startNode } = render(template(item), parent, { ...options, renderBefore });
      if (known && known.first !== next) parent.insertBefore(take(known), next);
      else next = last.nextSibling;
      this.#drawn.set(key, known ?? { first: startNode as Node, last });
    }
    return this.#rows;
  }
}

/** The nodes of a row, taken out of the page. */
function take({ first, last }: Drawn): Node {
  const range = new Range();
  range.setStartBefore(first);
  range.setEndAfter(last);
  return range.extractContents();
}

type Repeat = <T>(
  items: Iterable<T>,
  keyOf: (item: T) => unknown,
  template: (item: T) => unknown,
) => unknown;

export const repeat = directive(Keyed) as unknown as Repeat;
