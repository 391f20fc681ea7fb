"""Who somebody is, by their token and by the directory."""

from dataclasses import replace

from parley.domain.people import Caller, Connection, Profile


def profile_of(caller: Caller) -> Profile:
    """Return what a caller's token said of them; without a name in it they go by their id."""
    return Profile(
        tenant_id=caller.tenant_id,
        user_id=caller.user_id,
        name=None if caller.name == caller.user_id else caller.name,
        picture=caller.picture,
        role=caller.role,
        email=caller.email,
    )


def introduced(connection: Connection, known: Profile | None) -> Connection:
    """Return the connection of somebody as the directory knows them where the token is silent."""
    if known is None:
        return connection
    caller, said = connection.caller, profile_of(connection.caller)
    name, picture = said.name or known.name or caller.name, said.picture or known.picture
    return replace(connection, caller=replace(caller, name=name, picture=picture))
