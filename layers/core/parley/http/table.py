"""Every route of the REST API (SPEC §7).

What all may answer beside their reply is not repeated: 400, 401, 403, 429, 500, 503, and with a
body 413.
"""

from parley.errors import ErrorCode
from parley.http import access, docs, people, rooms
from parley.http.routes import Route
from parley.protocol import rest, views
from parley.protocol.commands import CreateRoom
from parley.protocol.queries import GetMessages, GetPage, GetPresence, GetUsers, InTenant

_ABSENT = (ErrorCode.NOT_FOUND,)
_CLASHES = (ErrorCode.NOT_FOUND, ErrorCode.CONFLICT)

OPEN = (
    Route("POST", "/ticket", access.issue_ticket, views.TicketReply, is_open=True),
    Route("GET", "/healthz", access.health, views.Health, is_open=True),
    Route("GET", "/openapi.json", docs.openapi, None, is_open=True),
    Route("GET", "/docs", docs.page, None, is_open=True),
    Route("GET", "/docs/start.js", docs.start_script, None, is_open=True),
    Route("GET", "/docs/swagger-ui.js", docs.swagger_script, None, is_open=True),
    Route("GET", "/docs/swagger-ui.css", docs.swagger_style, None, is_open=True),
)
ROOMS = (
    Route("GET", "/rooms", rooms.list_rooms, views.RoomListReply, GetPage),
    Route("POST", "/rooms", rooms.create_room, views.RoomView, body=CreateRoom, refusals=_CLASHES),
    Route("GET", "/rooms/{roomId}", rooms.get_room, views.RoomView, refusals=_ABSENT),
    Route(
        "PATCH",
        "/rooms/{roomId}",
        rooms.patch_room,
        views.RoomView,
        body=rest.PatchRoom,
        refusals=_CLASHES,
    ),
    Route(
        "GET",
        "/rooms/{roomId}/messages",
        rooms.get_messages,
        views.HistoryReply,
        GetMessages,
        refusals=_ABSENT,
    ),
    Route(
        "POST",
        "/rooms/{roomId}/messages",
        rooms.send_message,
        views.SendReply,
        body=rest.PostMessage,
        refusals=_CLASHES,
    ),
    Route(
        "POST",
        "/rooms/{roomId}/read",
        rooms.mark_read,
        views.CursorReply,
        body=rest.PostRead,
        refusals=_ABSENT,
    ),
    Route(
        "GET",
        "/rooms/{roomId}/members",
        rooms.list_members,
        rest.MembersReply,
        GetPage,
        refusals=_ABSENT,
    ),
    Route(
        "POST",
        "/rooms/{roomId}/members",
        rooms.add_members,
        views.RoomView,
        body=rest.PostMembers,
        refusals=_CLASHES,
    ),
    Route(
        "DELETE",
        "/rooms/{roomId}/members/{userId}",
        rooms.remove_member,
        views.RoomView,
        refusals=_CLASHES,
    ),
    Route("GET", "/unread", rooms.unread, rest.UnreadReply),
)
PEOPLE = (
    Route(
        "GET",
        "/presence",
        people.list_presence,
        views.PresenceReply,
        GetPresence,
        refusals=_ABSENT,
    ),
    Route("GET", "/me", people.get_me, rest.MyProfileView),
    Route("PATCH", "/me", people.patch_me, rest.MyProfileView, body=rest.PatchMe),
    Route("GET", "/users", people.search_users, rest.UserListReply, GetUsers, refusals=_ABSENT),
    # Before the user itself, whose id may hold a slash.
    Route(
        "POST",
        "/users/{userId}/revoke",
        people.revoke_user,
        rest.RevokedReply,
        InTenant,
        refusals=_ABSENT,
    ),
    Route("GET", "/users/{userId}", people.get_user, rest.UserView, InTenant, refusals=_ABSENT),
    Route(
        "PUT",
        "/users/{userId}",
        people.put_user,
        rest.UserView,
        InTenant,
        rest.PutUser,
        refusals=_ABSENT,
    ),
    Route(
        "GET",
        "/tenant/settings",
        people.get_settings,
        rest.TenantSettingsView,
        InTenant,
        refusals=_ABSENT,
    ),
    Route(
        "PUT",
        "/tenant/settings",
        people.put_settings,
        rest.TenantSettingsView,
        InTenant,
        rest.PutTenantSettings,
        refusals=_ABSENT,
    ),
)
ROUTES = OPEN + ROOMS + PEOPLE
