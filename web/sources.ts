/** The packages of this repository as they are written, for builds and tests that bundle them. */

import { fileURLToPath } from "node:url";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const sources = {
  "@parley/client": source("sdk/src/index.ts"),
  "@parley/widget": source("widget/src/index.ts"),
  "@parley/react": source("react/src/index.ts"),
};
