import type { Entry, Message } from "@parley/client";
import { describe, expect, it } from "vitest";
import { freshCount } from "../../src/conversation/logExtras.js";
import { LogModel } from "../../src/conversation/logModel.js";
import { firstNewOf, rowAt } from "../../src/conversation/rows.js";
import { entryOf, FakeClient, FakeRoom, ME } from "../support/fakeRoom.js";

const NOON = new Date(2026, 10, 30, 12).getTime();

function entry(seq: number, minute: number, senderId = "ana", changes: Partial<Message> = {}) {
  const room = new FakeRoom(new FakeClient());
  const createdAt = new Date(NOON + minute * 60_000).toISOString();
  return entryOf(
    { ...room.receive("text", senderId), seq, createdAt, clientId: `${seq}`, ...changes },
    "sent",
  );
}

function toRows(entries: readonly Entry[], readSeq: number | null, hasOlder: boolean) {
  const firstNew = firstNewOf(entries, readSeq);
  return entries.flatMap((_, index) => rowAt(entries, index, firstNew, hasOlder) ?? []);
}

function rowsOf(model: LogModel) {
  return model.keys.flatMap((_, index) => model.row(index) ?? []);
}

describe("the rows of the log", () => {
  it("begin a run with another sender or after five minutes", () => {
    const entries = [
      entry(1, 0),
      entry(2, 4),
      entry(3, 9.1),
      entry(4, 10, "ben"),
      entry(5, 11, "ben"),
    ];
    const rows = toRows(entries, null, false);
    expect(rows.map(({ startsRun }) => startsRun)).toEqual([true, false, true, true, false]);
    expect(rows.map(({ endsRun }) => endsRun)).toEqual([false, true, true, false, true]);
  });

  it("begin a day at midnight where the reader is", () => {
    const rows = toRows([entry(1, 0), entry(2, 11.9 * 60), entry(3, 12 * 60)], null, false);
    expect(rows.map(({ startsDay }) => startsDay)).toEqual([true, false, true]);
  });

  it("do not say that a day begins while what was before is not known", () => {
    expect(toRows([entry(1, 0)], null, true)[0]?.startsDay).toBe(false);
  });

  it("have the divider before the first that others wrote and one has not read", () => {
    const entries = [entry(1, 0), entry(2, 1, ME.userId), entry(3, 2), entry(4, 3)];
    expect(toRows(entries, 1, false).map(({ startsNew }) => startsNew)).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(toRows(entries, null, false).some(({ startsNew }) => startsNew)).toBe(false);
  });

  it("leave system messages out of runs", () => {
    const entries = [entry(1, 0), entry(2, 0, "ana", { type: "system" }), entry(3, 0)];
    expect(toRows(entries, null, false).every(({ startsRun }) => startsRun)).toBe(true);
  });
});

describe("the model of the log", () => {
  async function opened(count: number, unread = 0) {
    const room = new FakeRoom(new FakeClient(), { count, unread });
    const model = new LogModel();
    model.enter(room);
    await room.open();
    model.update(room);
    return { room, model };
  }

  it("keeps its keys while only what is said changes", async () => {
    const { room, model } = await opened(10);
    const { keys } = model;
    room.update("m10", { body: "another" });
    model.update(room);
    expect(model.keys).toBe(keys);
    expect(rowsOf(model).at(-1)?.entry.message.body).toBe("another");
  });

  it("keeps the key of a message from before it is stored", async () => {
    const { room, model } = await opened(3);
    const sent = room.send("hello");
    expect(model.update(room)).toBe(true);
    const { keys } = model;
    await sent;
    expect(model.update(room)).toBe(false);
    expect(model.keys).toBe(keys);
  });

  it("counts what others wrote since the end was seen", async () => {
    const { room, model } = await opened(5);
    model.reachEnd();
    expect(freshCount(model)).toBe(0);
    room.receive("one");
    room.receive("mine", ME.userId);
    room.receive("two");
    room.receive("gone", "ana", { deletedAt: new Date().toISOString() });
    model.update(room);
    expect(freshCount(model)).toBe(2);
    model.reachEnd();
    expect(freshCount(model)).toBe(0);
  });

  it("keeps the divider where it was when the room was opened", async () => {
    const { room, model } = await opened(12, 3);
    const start = rowsOf(model).findIndex(({ startsNew }) => startsNew);
    room.watch(true);
    room.receive("more");
    model.update(room);
    expect(rowsOf(model).findIndex(({ startsNew }) => startsNew)).toBe(start);
    expect(start).toBeGreaterThan(0);
  });
});
