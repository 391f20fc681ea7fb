/** What a conversation of a thousand messages costs: time until it is painted, and jumps. */

import type { FakeRoom } from "../tests/support/fakeRoom.js";
import type { ShowOptions } from "./page.js";

type Show = (options: ShowOptions) => {
  panel: HTMLElement & { updateComplete: Promise<unknown> };
  room: FakeRoom;
};

export interface Figures {
  openMs: number;
  appendMs: number;
  prependJumpPx: number;
  endGapPx: number;
  rowsShown: number;
}

const MESSAGES = 1_000;

export async function measure(show: Show): Promise<Figures> {
  const { openMs, room, log } = await open(show);
  const endGapPx = gapOf(log);
  const appendMs = await append(room, log);
  const rowsShown = rowsOf(log).length;
  return { openMs, appendMs, prependJumpPx: await prepend(show), endGapPx, rowsShown };
}

async function open(show: Show) {
  const began = performance.now();
  const { panel, room } = show({ type: "group", count: MESSAGES, page: MESSAGES });
  await until(() => rowsOf(logIn(panel)).length > 5);
  await painted();
  return { openMs: performance.now() - began, room, log: logIn(panel) };
}

/** A hundred messages, each shown before the next comes. */
async function append(room: FakeRoom, log: ParentNode | null): Promise<number> {
  const began = performance.now();
  for (let at = 0; at < 100; at += 1) {
    room.receive(`message ${at} of a hundred`, at % 2 === 0 ? "ana" : "ben");
    await updated(log);
  }
  await painted();
  const took = performance.now() - began;
  if (!textOf(log).includes("message 99 of")) throw new Error("The last message is not shown.");
  return took;
}

/** How far what is read moves when older messages come above it: the furthest of ten pages. */
async function prepend(show: Show): Promise<number> {
  const { panel, room } = show({ type: "group", count: 550, page: 50, latencyMs: 500 });
  await until(() => rowsOf(logIn(panel)).length > 5);
  await painted();
  let furthest = 0;
  for (let page = 0; page < 10; page += 1) {
    furthest = Math.max(furthest, await jumpOf(logIn(panel), room, page * 20));
  }
  return furthest;
}

/** Scroll near the start, note where a message is, and look again when the page has come. */
async function jumpOf(log: ParentNode | null, room: FakeRoom, top: number): Promise<number> {
  const held = room.entries.length;
  const scroller = log?.querySelector(".log");
  if (!scroller) throw new Error("There is no log.");
  scroller.scrollTop = top;
  await painted();
  await painted();
  const bubble = firstVisible(log, scroller);
  const before = bubble.getBoundingClientRect().top;
  if (room.entries.length !== held) throw new Error("The page came before it was waited for.");
  await until(() => room.entries.length > held);
  await settled();
  return bubble.isConnected ? Math.abs(bubble.getBoundingClientRect().top - before) : Infinity;
}

function firstVisible(log: ParentNode | null, scroller: Element): Element {
  const { top } = scroller.getBoundingClientRect();
  const bubbles = [...(log?.querySelectorAll(".bubble") ?? [])];
  const found = bubbles
    .filter((bubble) => bubble.getBoundingClientRect().bottom > top)
    .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top)[0];
  if (found === undefined) throw new Error("Nothing is shown.");
  return found;
}

function logIn(panel: HTMLElement): ParentNode | null {
  const conversation = panel.shadowRoot?.querySelector("parley-conversation");
  return conversation?.shadowRoot?.querySelector("parley-log")?.shadowRoot ?? null;
}

function rowsOf(log: ParentNode | null): Element[] {
  return [...(log?.querySelectorAll(".row") ?? [])];
}

function textOf(log: ParentNode | null): string {
  return rowsOf(log)
    .map((row) => row.textContent)
    .join("\n");
}

function gapOf(log: ParentNode | null): number {
  const scroller = log?.querySelector(".log");
  if (!scroller) return Number.NaN;
  return scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
}

/** The conversation draws itself anew, and then its log. */
async function updated(log: ParentNode | null): Promise<void> {
  await Promise.resolve();
  const element = (log as ShadowRoot | null)?.host;
  await drawn((element?.getRootNode() as ShadowRoot | undefined)?.host);
  await drawn(element);
}

function drawn(element: Element | undefined): Promise<unknown> | undefined {
  return (element as { updateComplete?: Promise<unknown> } | undefined)?.updateComplete;
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** After the next frame was drawn. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}

async function settled(): Promise<void> {
  for (let frame = 0; frame < 8; frame += 1) await painted();
}
