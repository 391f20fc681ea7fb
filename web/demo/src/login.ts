/**
 * Signing in, as a portal's own backend would do it. Here `POST /dev/token` gives a token for
 * whoever asks, which exists on a developer's machine only.
 */

import type { Portal, SamplePerson } from "./people.js";

/** A fresh token for somebody. */
export async function tokenFor(person: SamplePerson): Promise<string> {
  const { userId: sub, name, role, tenantId, spaces } = person;
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      sub,
      name,
      role,
      ...(tenantId && { tenantId }),
      ...(spaces && { spaces }),
    }),
  });
  if (!response.ok) throw new Error(`There is no token for ${name}: ${response.status}.`);
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** Log somebody in with the portal's cookie, which Parley then reads by itself. */
export async function setCookie(portal: Portal, person: SamplePerson): Promise<void> {
  const token = await tokenFor(person);
  // A real portal's server sets it, with HttpOnly and Secure beside these.
  // biome-ignore lint/suspicious/noDocumentCookie: Chromium's cookieStore is not in all browsers.
  document.cookie = `${portal.cookie}=${token}; Path=/; SameSite=Strict`;
}

/** Log out: the cookie is gone. */
export function clearCookie(portal: Portal): void {
  // biome-ignore lint/suspicious/noDocumentCookie: As above.
  document.cookie = `${portal.cookie}=; Path=/; SameSite=Strict; Max-Age=0`;
}
