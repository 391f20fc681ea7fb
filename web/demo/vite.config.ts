/** Builds the portals, each a page of its own, from the packages as they are published. */

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    // The pages allow no inline script, style or picture: see local/pages.py.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "dashboard/index.html", "dm/index.html", "manage/index.html"],
    },
  },
});
