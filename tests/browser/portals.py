"""People who enter portals: all of one fresh tenant, each with a browser profile of their own."""

import contextlib
import json
import re
import uuid
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Route,
    ViewportSize,
    expect,
)

from tests.browser.widget import Widget
from tests.support.stack import Stack

# Upper bound of every wait: generous, since tests share two cores with a whole backend.
PATIENCE_MS = 15_000
LAPTOP = ViewportSize(width=1280, height=720)
TICKETS = "**/api/ticket*"


class Troubles:
    """Errors, warnings and dialogs of pages: none may be there, but for those that are expected.

    Violations of a Content-Security-Policy are among them.
    """

    def __init__(self) -> None:
        self._found: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def watch(self, page: Page) -> None:
        """Note what goes wrong in a page, from now on."""
        page.on("console", self._note_console)
        page.on("dialog", self._note_dialog)
        page.on("pageerror", lambda error: self._found.append(f"exception: {error}"))

    def expect(self, pattern: str) -> None:
        """Let something pass, such as what a browser logs of a network that is not there."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """What nobody expected."""
        return [each for each in self._found if not any(e.search(each) for e in self._expected)]

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._found.append(f"{message.type}: {message.text}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self._found.append(f"dialog: {dialog.message}")
        dialog.dismiss()


class Held:
    """Requests of a page that wait, without an error that a browser would log."""

    def __init__(self, page: Page, address: str) -> None:
        self._held: list[Route] = []
        self._is_over = False
        page.route(address, self._hold)

    def release(self) -> None:
        """Let them and all others go."""
        self._is_over = True
        for route in self._held:
            # Of a page that was loaded again since, nobody waits for it any more.
            with contextlib.suppress(Error):
                route.continue_()

    def _hold(self, route: Route) -> None:
        if self._is_over:
            route.continue_()
        else:
            self._held.append(route)


class Portals:
    """Lets people in, and out when the test is over."""

    def __init__(self, browser: Browser, stack: Stack, tenant: str) -> None:
        self.troubles = Troubles()
        self.tenant = tenant
        self.stack = stack
        # Claims to ask for in place of the portal's, by user id.
        self.claims: dict[str, dict[str, Any]] = {}
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    # --- Coming and going -----------------------------------------------------------------------

    def enter(
        self,
        user_id: str,
        portal: str = "dashboard",
        partner: str | None = None,
        size: ViewportSize | None = None,
        **address: str,
    ) -> Widget:
        """Open a portal as somebody, and wait for the connection.

        Args:
            user_id: One of the sample people.
            portal: `dashboard`, `dm` or `manage`.
            partner: The user with whom a chat is to be open.
            size: Of the window, if it matters.
            address: More of the portal's address, such as `login="cookie"`.
        """
        said = {"as": user_id, **({"with": partner} if partner else {}), **address}
        widget = self.widget(self.page(user_agent=user_id, viewport=size or LAPTOP))
        widget.at(f"/{portal}/#{urlencode(said)}")
        expect(widget.panel.or_(widget.launcher).filter(visible=True).first).to_be_visible()
        if partner:
            expect(widget.composer).to_be_visible()
        is_read = "locale" not in address and (partner or portal == "dm")
        return widget.is_connected() if is_read else widget

    def widget(self, page: Page) -> Widget:
        """The chat of a page that has one."""
        return Widget(page)

    def halves(self, page: Page) -> tuple[Widget, Widget]:
        """The chats of the start page."""
        left, right = (
            Widget(page, page.get_by_role("region", name=side).frame_locator("iframe"))
            for side in ("Left", "Right")
        )
        return left, right

    def page(self, **options: Any) -> Page:
        """An empty page of a new profile, on which whoever signs in is of the test's tenant."""
        context = self._browser.new_context(base_url=self.stack.url, **options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/dev/token", self._sign)
        context.on("page", self.troubles.watch)
        return context.new_page()

    def close(self) -> None:
        """Close everything."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _sign(self, route: Route) -> None:
        claims: dict[str, Any] = json.loads(route.request.post_data or "{}")
        if "tenantId" in claims:
            claims["tenantId"] = self.tenant
        claims |= self.claims.get(claims["sub"], {})
        route.continue_(post_data=json.dumps(claims))

    # --- What the world does --------------------------------------------------------------------

    def hold_tickets(self, page: Page) -> Held:
        """Let nobody on a page connect until it is released."""
        return Held(page, TICKETS)

    def sockets(self, context: BrowserContext) -> list[str]:
        """The connections that the pages of a profile open from now on."""
        opened: list[str] = []

        def watch(page: Page) -> None:
            page.on("websocket", lambda socket: opened.append(socket.url))

        for page in context.pages:
            watch(page)
        context.on("page", watch)
        return opened

    def cut(self, widget: Widget) -> None:
        """Drop the connection of somebody who came by `enter`."""
        agent = widget.page.evaluate("navigator.userAgent")
        self.stack.fault(verb="cut_all", user_agent=agent)

    def token(self, user_id: str, **claims: Any) -> str:
        """A token of somebody in the test's tenant."""
        said = {"tenantId": self.tenant, "name": user_id.capitalize(), **claims}
        return self.stack.token(user_id, **said)

    def say(self, user_id: str, partner: str, *texts: str) -> None:
        """Write messages in a direct room as a program would."""
        token = self.token(user_id)
        asked = {"type": "direct", "memberIds": [partner]}
        room = self.stack.post("/api/rooms", asked, token)
        for text in texts:
            message = {"clientId": uuid.uuid4().hex, "body": text}
            self.stack.post(f"/api/rooms/{room['roomId']}/messages", message, token)

    def limit(self, **limits: int) -> None:
        """Set limits of the test's tenant; at once if nobody of it has come yet."""
        token = self.token("service", role="tenant_admin")
        self.stack.call("PUT", "/api/tenant/settings", limits, token)
