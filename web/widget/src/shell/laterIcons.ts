/** Icons of what is loaded later. */

import { icon } from "../icons.js";

export const laterIcons = {
  leave: icon("M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H9.5"),
  star: icon("m12 4 2.5 5.1 5.6.8-4 4 .9 5.6-5-2.7-5 2.7.9-5.6-4-4 5.6-.8z", 16),
  sidebar: icon(
    "M3.5 7a2.5 2.5 0 0 1 2.5-2.5h12a2.5 2.5 0 0 1 2.5 2.5v10a2.5 2.5 0 0 1-2.5 2.5h-12a2.5 2.5 0 0 1-2.5-2.5zM9.5 4.5v15",
  ),
  collapse: icon("M4 14h6v6M20 10h-6V4M14 10l6-6M4 20l6-6"),
  expand: icon("M14 4h6v6M10 20H4v-6M20 4l-7 7M4 20l7-7"),
  groupAdd: icon(
    "M5.5 8.5a3.5 3.5 0 1 0 7 0 3.5 3.5 0 1 0-7 0M2.5 19.5a6.5 6.5 0 0 1 13 0M19 7.5v6M16 10.5h6",
  ),
  soundOff: icon("M11 5.5 6.5 9H3.5v6h3l4.5 3.5zM16 9.5l5 5M21 9.5l-5 5"),
  soundOn: icon("M11 5.5 6.5 9H3.5v6h3l4.5 3.5zM15.3 9a4 4 0 0 1 0 6M18 6.3a8 8 0 0 1 0 11.4"),
  check: icon("m5 12.5 4.5 4.5L19 7.5", 16),
  edit: icon("m4 20 1-4L16.5 4.5a2 2 0 0 1 3 3L8 19zM14.5 6.5l3 3"),
} as const;
