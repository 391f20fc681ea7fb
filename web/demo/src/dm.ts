/** The dm portal. */

import { openPortal } from "./portal.js";

openPortal("dm");
