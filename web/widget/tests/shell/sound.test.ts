import type { ReactiveController } from "lit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { isHeard } from "../../src/shell/heard.js";
import { readPreference, writePreference } from "../../src/shell/preferences.js";
import { Sound } from "../../src/sound.js";

const arrival = {
  isMine: false,
  isLive: true,
  isMuted: false,
  isRoomMuted: false,
  isWatched: false,
};

describe("a message", () => {
  test("is heard when it comes while nobody looks", () => {
    expect(isHeard(arrival)).toBe(true);
  });

  test.each([
    { isMine: true },
    { isLive: false },
    { isMuted: true },
    { isRoomMuted: true },
    { isWatched: true },
  ])("is not heard with %o", (values) => {
    expect(isHeard({ ...arrival, ...values })).toBe(false);
  });
});

class FakeAudio {
  static made: FakeAudio[] = [];
  state = "running";
  currentTime = 0;
  destination = {};
  started: number[] = [];
  stopped: number[] = [];
  ramps: number[] = [];

  constructor() {
    FakeAudio.made.push(this);
  }

  createOscillator() {
    return {
      frequency: this.parameter(),
      connect: (node: unknown) => node,
      start: (at: number) => this.started.push(at),
      stop: (at: number) => this.stopped.push(at),
    };
  }

  createGain() {
    return { gain: this.parameter(), connect: (node: unknown) => node };
  }

  private parameter() {
    return {
      setValueAtTime: (value: number) => this.ramps.push(value),
      exponentialRampToValueAtTime: (value: number) => this.ramps.push(value),
    };
  }
}

describe("the sound", () => {
  let page: EventTarget;
  let sound: Sound;
  let controller: ReactiveController;

  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    sound = new Sound({
      addController: (added) => {
        controller = added;
      },
      removeController() {},
      requestUpdate() {},
      updateComplete: Promise.resolve(true),
    });
    controller.hostConnected?.();
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    FakeAudio.made = [];
  });

  test("is nothing where there is no audio", () => {
    page.dispatchEvent(new Event("pointerdown"));
    expect(() => sound.play()).not.toThrow();
  });

  test("is nothing before a gesture, and then falls from 880 to 440 Hz within 0.25 s", () => {
    vi.stubGlobal("AudioContext", FakeAudio);
    sound.play();
    expect(FakeAudio.made).toHaveLength(0);
    page.dispatchEvent(new Event("keydown"));
    sound.play();
    const [audio] = FakeAudio.made;
    expect(audio?.stopped).toEqual([0.25]);
    expect(audio?.ramps).toEqual(expect.arrayContaining([880, 440]));
  });

  test("is one for many messages at once", () => {
    vi.stubGlobal("AudioContext", FakeAudio);
    page.dispatchEvent(new Event("keydown"));
    for (const now of [5000, 5001, 5900, 6100]) sound.play(now);
    expect(FakeAudio.made[0]?.started).toHaveLength(2);
  });

  test("waits for gestures only while the chat is on the page", () => {
    vi.stubGlobal("AudioContext", FakeAudio);
    controller.hostDisconnected?.();
    page.dispatchEvent(new Event("keydown"));
    expect(FakeAudio.made).toHaveLength(0);
  });
});

describe("a preference", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("survives where there is storage", () => {
    const stored = new Map<string, string>();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    });
    writePreference("muted", "true");
    expect(readPreference("muted")).toBe("true");
    expect([...stored.keys()]).toEqual(["parley:muted"]);
  });

  test("is none where storage is forbidden", () => {
    const refuse = () => {
      throw new Error("The operation is insecure.");
    };
    vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
    expect(() => writePreference("muted", "true")).not.toThrow();
    expect(readPreference("muted")).toBeNull();
  });
});
