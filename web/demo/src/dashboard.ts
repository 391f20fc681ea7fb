/** The dashboard portal. */

import { openPortal } from "./portal.js";

openPortal("dashboard");
