import { ParleyError } from "@parley/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { PeopleSearch } from "../../src/shell/peopleSearch.js";
import { FakeClient, fakePerson } from "../support/fakeClient.js";

function searching(client: FakeClient): PeopleSearch {
  return new PeopleSearch({
    client: client.asClient,
    addController() {},
    removeController() {},
    requestUpdate() {},
    updateComplete: Promise.resolve(true),
  });
}

describe("the search for people", () => {
  let client: FakeClient;
  let search: PeopleSearch;
  let asked: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    client = new FakeClient();
    client.people.search = async (text) => {
      asked.push(text);
      return [fakePerson(1, "offline")];
    };
    search = searching(client);
  });

  afterEach(() => void vi.useRealTimers());

  test("asks the server once typing pauses", async () => {
    for (const text of ["a", "ad", "ada "]) {
      search.set(text);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toEqual(["ada"]);
    expect(search.found).toHaveLength(1);
    expect(search.isSearching).toBe(false);
  });

  test("drops an answer that comes when something else is asked", async () => {
    search.set("ada");
    await vi.advanceTimersByTimeAsync(299);
    client.people.search = async () => {
      search.set("ben");
      return [fakePerson(1, "offline")];
    };
    await vi.advanceTimersByTimeAsync(1);
    expect(search.found).toEqual([]);
    expect(search.isSearching).toBe(true);
  });

  test("asks nobody for nothing, and not without a connection", async () => {
    search.set("  ");
    client.state = "reconnecting";
    search.set("ada");
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toEqual([]);
    expect(search.isSearching).toBe(false);
  });

  test.each([
    ["RATE_LIMITED", true],
    ["VALIDATION_ERROR", false],
  ] as const)("that is answered %s has failed: %s", async (code, hasFailed) => {
    client.people.search = async () => {
      throw new ParleyError(code, "No.");
    };
    search.set("ada");
    await vi.advanceTimersByTimeAsync(300);
    expect(search.hasFailed).toBe(hasFailed);
    expect(search.isSearching).toBe(false);
  });
});
