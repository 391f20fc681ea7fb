/** What addresses say, and what is made of those that make no sense. */

import { describe, expect, it } from "vitest";

import { portalAddress, readPlaces, readVisit, writePlaces } from "../src/address.js";
import { PORTALS, portalNamed } from "../src/people.js";

const brief = (hash: string) => {
  const { left, right } = readPlaces(hash);
  return [left, right].map(({ portal, person, partner }) => [portal.name, person.userId, partner]);
};

describe("the start page", () => {
  it("begins with Alice and Bob, who face each other", () => {
    expect(brief("")).toEqual([
      ["dashboard", "alice", "bob"],
      ["dm", "bob", "alice"],
    ]);
  });

  it("remembers who is where", () => {
    const hash = "#left=manage:root&right=dm:carol:bob";
    expect(brief(hash)).toEqual([
      ["manage", "root", null],
      ["dm", "carol", "bob"],
    ]);
    expect(writePlaces(readPlaces(hash))).toBe(hash);
  });

  it("takes an unknown portal for none, and lets nobody in who may not enter", () => {
    expect(brief("#left=<b>:alice&right=dm:root")).toEqual([
      ["dashboard", "alice", "bob"],
      ["dm", "alice", null],
    ]);
  });

  it("hands on what else its own address says", () => {
    const { left } = readPlaces("");
    const extra = new URLSearchParams("left=dm:bob&login=cookie");
    expect(portalAddress(left, extra)).toBe("/dashboard/#login=cookie&as=alice&with=bob");
  });
});

describe("a portal", () => {
  it("reads who comes, whom they want to talk to, and how", () => {
    const dm = portalNamed("dm") ?? PORTALS[0]!;
    const visit = readVisit(dm, "#as=erin&with=dave&login=cookie&locale=ar");
    expect(visit).toMatchObject({ usesCookie: true, locale: "ar" });
    expect([visit.person.name, visit.partner?.name]).toEqual(["Erin", "Dave"]);
    expect(readVisit(dm, "#as=root&with=nobody")).toMatchObject({
      person: { userId: "alice" },
      partner: null,
      usesCookie: false,
      locale: null,
    });
  });
});
