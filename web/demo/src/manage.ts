/** The manage portal. */

import { openPortal } from "./portal.js";

openPortal("manage");
