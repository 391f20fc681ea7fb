/**
 * A portal of the demo: a page of some product, which embeds the chat.
 *
 * Addresses: `/dashboard/#as=alice&with=bob`; `login=cookie` signs in with the portal's cookie, as a
 * portal on the API's own domain would; `locale=ar` chooses the chat's language.
 */

import type { PersonRef } from "@parley/client";
import { ParleyChat } from "@parley/widget";

import { readVisit, type Visit } from "./address.js";
import { followAppearance } from "./appearance.js";
import { clearCookie, setCookie, tokenFor } from "./login.js";
import { type Portal, type PortalName, portalNamed, type SamplePerson } from "./people.js";

/** Sign in whom the address names, and put the chat on the page. */
export async function openPortal(name: PortalName): Promise<void> {
  const portal = portalNamed(name);
  if (!portal) throw new Error(`There is no portal ${name}.`);
  const visit = readVisit(portal, location.hash);
  const who = document.querySelector("[data-who]");
  if (who) who.textContent = visit.person.name;
  // Somebody else, or somewhere else: what was loaded for the last visitor is not kept.
  addEventListener("hashchange", () => location.reload());
  if (visit.usesCookie) await setCookie(portal, visit.person);
  else clearCookie(portal);
  const chat = chatFor(portal, visit);
  followAppearance((appearance) => {
    chat.theme = appearance;
  });
  (document.querySelector("[data-chat]") ?? document.body).append(chat);
}

function chatFor(portal: Portal, { person, partner, usesCookie, locale }: Visit): ParleyChat {
  const chat = new ParleyChat();
  chat.url = `${location.origin.replace(/^http/, "ws")}/v1`;
  chat.api = `${location.origin}/api`;
  chat.scope = portal.scope;
  chat.locale = locale;
  chat.inline = document.querySelector("[data-chat]") !== null;
  if (usesCookie) chat.cookies = true;
  else chat.token = () => tokenFor(person);
  // Where that does not work, the list is there all the same.
  if (partner) chat.openPerson(refOf(portal, partner)).catch(() => chat.openPanel());
  return chat;
}

/** In manage scope ids are unique within a tenant only. */
function refOf(portal: Portal, { userId, tenantId }: SamplePerson): PersonRef {
  return portal.scope === "manage" && tenantId ? { userId, tenantId } : userId;
}
