/** Icons of what is loaded later. */

import { icon } from "../icons.js";

export const formIcons = {
  leave: icon("M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H9.5"),
  star: icon("m12 4 2.5 5.1 5.6.8-4 4 .9 5.6-5-2.7-5 2.7.9-5.6-4-4 5.6-.8z", 16),
  sidebar: icon(
    "M3.5 7a2.5 2.5 0 0 1 2.5-2.5h12a2.5 2.5 0 0 1 2.5 2.5v10a2.5 2.5 0 0 1-2.5 2.5h-12a2.5 2.5 0 0 1-2.5-2.5zM9.5 4.5v15",
  ),
} as const;
