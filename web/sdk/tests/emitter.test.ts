import { expect, test, vi } from "vitest";
import { Emitter } from "../src/emitter.js";

class Bell extends Emitter<{ ring: number }> {
  ring(times: number): void {
    this.emit("ring", times);
  }
}

test("a listener that is called once is not called again", () => {
  const bell = new Bell();
  const heard = vi.fn();
  bell.once("ring", heard);
  bell.ring(1);
  bell.ring(2);
  expect(heard).toHaveBeenCalledExactlyOnceWith(1);
});

test("`off` takes away a listener that `once` added", () => {
  const bell = new Bell();
  const heard = vi.fn();
  bell.once("ring", heard);
  bell.off("ring", heard);
  bell.ring(1);
  expect(heard).not.toHaveBeenCalled();
});

test("`off` takes away a listener however it was added, and no other", () => {
  const bell = new Bell();
  const [gone, other] = [vi.fn(), vi.fn()];
  bell.on("ring", gone);
  bell.once("ring", gone);
  bell.once("ring", other);
  bell.off("ring", gone);
  bell.ring(1);
  expect(gone).not.toHaveBeenCalled();
  expect(other).toHaveBeenCalledOnce();
});
