/** Icons of what can be done with a message. */

import { icon } from "../icons.js";

export const toolIcons = {
  check: icon("m5 12.5 4.5 4.5L19 7.5", 16),
  copy: icon(
    "M9 11a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2zM15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3",
  ),
  down: icon("M12 5v14m-6-6 6 6 6-6"),
  edit: icon("m4 20 1-4L16.5 4.5a2 2 0 0 1 3 3L8 19zM14.5 6.5l3 3"),
  reply: icon("M9 7 4 12l5 5M4 12h9a7 7 0 0 1 7 6.5"),
  trash: icon("M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5"),
} as const;
