/** Builds the package as one ES module that needs nothing else, for browsers and Node. */

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    // Readable: whoever bundles it makes it small.
    minify: false,
    license: { fileName: "licenses.md" },
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
  },
});
