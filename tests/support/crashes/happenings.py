"""What goes before an operation in a scene, and how it is carried out where it is no frame."""

from parley.domain.policies import TenantSettings
from parley.services.identity import ConnectRequest
from tests.support.crashes.scene import Scene
from tests.support.devices import Json

DONE: Json = {"ok": True, "data": {}}
LIMITED = TenantSettings(retention_days=9)
# Beyond the end of a lease, and of a token's grace.
LONG_S = 120


# --- What goes before ---------------------------------------------------------------------------


def unseen_channel(scene: Scene) -> None:
    scene.ready()
    scene.make("<channel>", scene.ann, type="channel", spaceId="north", clientId="channel")
    scene.world.relay()


def ben_is_gone(scene: Scene) -> None:
    scene.ready()
    scene.vanish(scene.ben)


def redis_forgot(scene: Scene) -> None:
    scene.ready()
    scene.world.flush_redis()


def receipt_before(scene: Scene) -> None:
    scene.ready()
    scene.ann.ask("receipt.read", roomId=scene.names["<group>"], seq=2)


def one_connection_each(scene: Scene) -> None:
    settings = TenantSettings(connections_per_user=1)
    scene.world.app.adapters.tenants.put_tenant_settings(scene.tenant, settings)
    scene.ready()
    scene.world.restart()


def token_ends(scene: Scene) -> None:
    scene.cid.caller = scene.world.caller("cid", scene.tenant, ttl_s=30)
    scene.cid.come()
    scene.ready()
    # Whoever sits there sees nothing of it: the connection is still open.
    scene.records, scene.cid.connection = [scene.cid.connection], None
    scene.pass_time(LONG_S)


def lease_ends(scene: Scene) -> None:
    ben_is_gone(scene)
    scene.pass_time(LONG_S)


def messages_are_kept_too_long(scene: Scene) -> None:
    scene.ready()
    outside = scene.world.app.adapters
    outside.tenants.put_tenant_settings(scene.tenant, LIMITED)
    outside.clearing.note_default(30)


def two_rooms(scene: Scene) -> None:
    scene.make("<other>", scene.ann, type="group", clientId="other")
    scene.ready()


def much_is_written(scene: Scene) -> None:
    scene.ready()
    group = scene.names["<group>"]
    scene.ann.ask("message.send", roomId=group, clientId="new", body="new")
    scene.ann.ask("room.addMember", roomId=group, userId="cid")
    scene.make("<channel>", scene.ann, type="channel", spaceId="north", clientId="channel")


def change_due(scene: Scene) -> None:
    scene.ready()
    disconnect(scene)
    scene.records.clear()


def change_due_to_one_who_is_gone(scene: Scene) -> None:
    scene.cid.come()
    scene.ready()
    scene.vanish(scene.cid)
    disconnect(scene)
    scene.records.clear()


def receipt_held(scene: Scene) -> None:
    receipt_before(scene)
    scene.ann.ask("receipt.read", roomId=scene.names["<group>"], seq=3)


def revoked_without_redis(scene: Scene) -> None:
    scene.ready()
    scene.world.restart(without_redis=True)
    scene.request(scene.ann, "POST", "/users/ben/revoke")
    scene.world.restart()


def three_listen(scene: Scene) -> None:
    scene.ann.ask("room.addMember", roomId=scene.names["<group>"], userId="cid")
    scene.cid.come()
    scene.ready()


def shards_wait(scene: Scene) -> None:
    three_listen(scene)
    scene.ann.ask("message.send", roomId=scene.names["<group>"], clientId="new", body="new")


# --- What is done -------------------------------------------------------------------------------


def connect(scene: Scene) -> Json:
    return scene.cid.connect()


def connect_again(scene: Scene) -> Json:
    before = scene.ben.connection
    reply = scene.ben.connect()
    assert before is not scene.ben.connection
    return reply


def disconnect(scene: Scene) -> Json:
    connection, scene.ben.connection = scene.ben.connection or scene.records[0], None
    scene.records[:] = [connection]
    scene.world.app.presence.disconnected(connection)
    return DONE


def ticket(scene: Scene) -> Json:
    caller = scene.ann.caller
    claims: Json = {"sub": "ann", "tenantId": scene.tenant, "role": caller.role, "name": "Ann"}
    claims |= {"iat": caller.issued_at, "exp": caller.expires_at, "spaces": ["north"]}
    token = scene.world.out.verifier.issue(claims)
    request = ConnectRequest.of({"authorization": [f"Bearer {token}"]})
    identity = scene.world.app.identity
    scene.names["<ticket>"], _ = identity.issue_ticket(identity.ticket_caller(request))
    return DONE


def authorize(scene: Scene) -> Json:
    request = ConnectRequest.of({}, {"ticket": [scene.names["<ticket>"]]})
    caller = scene.world.app.identity.authenticate(request)
    return {"ok": True, "data": {"userId": str(caller.user_id)}}


def has_ticket(scene: Scene) -> None:
    scene.ready()
    ticket(scene)


def end(scene: Scene) -> Json:
    """Ask with a token that ended: the reply is pushed, and the connection ended with it."""
    scene.world.tell(scene.records[0], "room.list")
    return DONE


def sweep(scene: Scene) -> Json:
    scene.world.app.presence.sweep()
    return DONE


def clear(scene: Scene) -> Json:
    """Ask for a pass, as a shorter setting does, and do it.

    Not by `PUT /tenant/settings`: it would concern the messages of all scenes of that tenant.
    """
    clearing = scene.world.app.clearing
    clearing.ask_if_shorter(TenantSettings(), LIMITED)
    scene.world.out.clock.advance(LONG_S)
    clearing.go_on()
    return DONE


def relay(scene: Scene) -> Json:
    scene.world.relay()
    return DONE


def flush(scene: Scene) -> Json:
    """Carry out the records that wait, when they are due."""
    queue, world = scene.world.out.queue, scene.world
    scene.records += [asked.record for asked in queue.asked]
    world.out.clock.advance(max([0.0, *(asked.delay_s for asked in queue.asked)]))
    queue.asked.clear()
    while scene.records:
        world.app.flushes.carry_out(scene.records[0])
        del scene.records[0]
    return DONE


def fan_out(scene: Scene) -> Json:
    scene.records += scene.world.out.fanout.take()
    batch = scene.world.app.fan_out.batch()
    for record in scene.records:
        batch.carry_out(record)
    batch.finish()
    scene.records.clear()
    return DONE
