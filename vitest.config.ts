/** Unit tests of the packages, in Node. What needs a browser is in tests/browser. */

import { defineConfig } from "vitest/config";
import { sources } from "./web/sources.js";

export default defineConfig({
  resolve: { alias: sources },
  test: { include: ["web/*/tests/**/*.test.{ts,tsx}"] },
});
