"""The bugs that are planted, by what they would break. Those of Redis name the tests on Valkey."""

from tests.mutants.runner import Mutant

CONTRACT = "tests/contract"
SERVICES = "tests/unit/services"

EXACTLY_ONCE = (
    Mutant(
        "the marker of a send is not written",
        "adapters/dynamodb/messages.py",
        '= [{"Put": put_message}, {"Put": put_marker}]',
        '= [{"Put": put_message}]',
        (
            f"{CONTRACT}/test_message_store.py::"
            "test_a_repeated_draft_returns_the_first_message[dynamodb]",
        ),
    ),
    Mutant(
        "a message that expires does not move its room's end",
        "adapters/dynamodb/messages.py",
        "if draft.kept_days:",
        "if not draft.kept_days:",
        (
            f"{CONTRACT}/test_retention.py::"
            "test_a_room_whose_messages_are_all_gone_goes_on_where_it_was[dynamodb]",
        ),
    ),
    Mutant(
        "what retention took is shown until DynamoDB has removed it",
        "domain/retention.py",
        "return end is not None and end <= self.now",
        "return False",
        (f"{SERVICES}/test_retention.py::test_a_message_is_shown_to_the_moment_and_then_nowhere",),
    ),
    Mutant(
        "a message may take the place of another",
        "adapters/dynamodb/messages.py",
        'return {"Item": {**attributes_of(key), **attributes}, "ConditionExpression": _IF_ABSENT}',
        'return {"Item": {**attributes_of(key), **attributes}}',
        (
            f"{CONTRACT}/test_message_store.py::test_a_taken_seq_stores_nothing[dynamodb]",
            f"{CONTRACT}/test_message_store.py::"
            "test_eight_senders_racing_for_a_seq_get_one_winner[dynamodb]",
        ),
    ),
    Mutant(
        "a send that may be stored is called not stored",
        "services/commits.py",
        "if doubt.arisen:\n                raise",
        "if not doubt:\n                raise",
        (
            f"{SERVICES}/test_exactly_once.py::"
            "test_giving_up_after_doubt_is_never_called_unavailable",
        ),
    ),
    Mutant(
        "a repeat of long ago is pushed again",
        "services/messaging.py",
        "if committed.duplicate and not fresh:",
        "if committed.duplicate and not committed:",
        (
            f"{SERVICES}/test_exactly_once.py::test_a_repeat_is_pushed_again_while_the_message_is_young[300-1]",
        ),
    ),
)

ORDER = (
    Mutant(
        "whoever gives up lets all those go who wait",
        "adapters/redis/scripts/end_turn.lua",
        "if ARGV[3] and ticket > served then",
        "if ticket > served then",
        (
            f"{CONTRACT}/test_room_cache.py::"
            "test_whoever_gives_up_lets_nobody_go_who_waits_for_others[valkey]",
        ),
    ),
    Mutant(
        "a place is taken of which nobody knows that it follows the last one",
        "services/commits.py",
        "return self._await_head(draft, head)",
        "return head + 1",
        (
            f"{SERVICES}/test_order.py::"
            "test_a_room_that_stays_too_busy_is_given_up_when_the_time_is_over",
        ),
    ),
    Mutant(
        "a page with a hole is not read again",
        "adapters/dynamodb/messages.py",
        "if run == page and (not page",
        "if True or run == page and (not page",
        (
            f"{CONTRACT}/test_dynamodb_faults.py::test_a_page_with_a_hole_is_read_again",
            f"{CONTRACT}/test_dynamodb_faults.py::test_a_hole_that_stays_is_not_shown",
        ),
    ),
    Mutant(
        "items are read eventually consistent",
        "adapters/dynamodb/table.py",
        'request = {"Key": attributes_of(key), "ConsistentRead": True}',
        'request = {"Key": attributes_of(key), "ConsistentRead": False}',
        ("tests/chaos/test_dynamodb_operations.py::test_no_operation_reads_what_may_be_old",),
    ),
    Mutant(
        "heads in Redis move down",
        "adapters/redis/scripts/lib.lua",
        "if seq > known_seq or (seq == known_seq and rev > known_rev) then",
        "if true then",
        (f"{CONTRACT}/test_room_cache.py::test_heads_only_move_up[valkey]",),
    ),
)

NOTHING_MISSED = (
    Mutant(
        "a heartbeat does not look back",
        "services/presence.py",
        "beat.since - self.look_back_s",
        "beat.since + self.look_back_s",
        (
            f"{SERVICES}/test_heartbeat.py::"
            "test_a_message_whose_push_was_lost_is_noticed_at_the_next_heartbeat",
        ),
    ),
    Mutant(
        "nothing that changed is logged",
        "services/change_log.py",
        "        cache.log_changes(tenant_id, sorted(room_ids))",
        "        cache.log_changes(tenant_id, [])",
        (f"{SERVICES}/test_lost_pushes.py::test_the_stream_alone_tells_who_was_taken_from_a_room",),
    ),
    Mutant(
        "a throttled push is not tried again",
        "adapters/push/verdicts.py",
        "if throttled < len(delays_s):",
        "if throttled < 0:",
        (f"{CONTRACT}/test_push.py::test_a_throttled_post_is_tried_twice_more[memory-2]",),
    ),
)

CURSORS = (
    Mutant(
        "a cursor moves backwards",
        "domain/rooms.py",
        "read_seq = max(cursor.read_seq, min(read, end))",
        "read_seq = min(read, end)",
        (
            f"{SERVICES}/test_receipts.py::"
            "test_reading_implies_delivered_and_nothing_goes_back_or_beyond_the_end",
            f"{SERVICES}/test_receipts.py::test_six_receipts_in_any_order_end_at_the_same_cursor",
        ),
    ),
    Mutant(
        "a cursor moves past the room's end",
        "domain/rooms.py",
        "read_seq = max(cursor.read_seq, min(read, end))",
        "read_seq = max(cursor.read_seq, read)",
        (
            f"{SERVICES}/test_receipts.py::"
            "test_reading_implies_delivered_and_nothing_goes_back_or_beyond_the_end",
        ),
    ),
    Mutant(
        "what was delivered counts as read",
        "domain/rooms.py",
        "return max(0, last_seq - cursor.read_seq)",
        "return max(0, last_seq - cursor.delivered_seq)",
        ("tests/unit/domain/test_rooms.py::test_unread_is_the_distance_to_the_end",),
    ),
)

PRESENCE = (
    Mutant(
        "a closed connection leaves no tombstone",
        "adapters/redis/scripts/lib_presence.lua",
        "  redis.call('ZADD', GONE, now + TOMBSTONE_MS, connection)\n",
        "",
        (
            f"{CONTRACT}/test_presence_store.py::"
            "test_a_connection_that_was_closed_first_is_never_registered[valkey]",
        ),
    ),
    Mutant(
        "a 410 prunes connections that are not open yet",
        "adapters/redis/scripts/presence_forget.lua",
        "if at and entries[at].a + YOUNG_MS <= now then",
        "if at then",
        (
            f"{CONTRACT}/test_presence_store.py::"
            "test_a_gone_connection_is_forgotten_unless_it_is_young[valkey]",
        ),
    ),
    Mutant(
        "connections that are gone are kept",
        "services/delivery.py",
        "        if gone:\n            self.forget",
        "        if not gone:\n            self.forget",
        (
            f"{SERVICES}/test_ended_connections.py::"
            "test_a_connection_that_a_push_found_gone_is_forgotten_at_once",
        ),
    ),
    Mutant(
        "keys of presence have no end",
        "adapters/redis/scripts/lib_presence.lua",
        "  redis.call('HSET', key, field, value)\n  redis.call('EXPIRE', key, KEEP_S)\n",
        "  redis.call('HSET', key, field, value)\n",
        (f"{CONTRACT}/test_redis_scripts.py::test_every_key_has_an_end",),
    ),
    Mutant(
        "going offline has no grace",
        "adapters/redis/scripts/lib_presence.lua",
        "    due = math.max(due, tonumber(redis.call('HGET', SEEN, user) or 0) + GRACE_MS)\n",
        "",
        (
            f"{CONTRACT}/test_presence_announcements.py::"
            "test_a_quick_reconnect_is_not_announced[valkey]",
        ),
    ),
    Mutant(
        "of too many connections the newest goes",
        "adapters/redis/scripts/presence_register.lua",
        "if entry.h < kept[oldest].h then",
        "if entry.h > kept[oldest].h then",
        (
            f"{CONTRACT}/test_presence_store.py::"
            "test_the_eleventh_connection_replaces_the_one_heard_longest_ago[valkey]",
        ),
    ),
)

REDIS = (
    Mutant(
        "the breaker never opens",
        "adapters/redis/breaker.py",
        "            self._open_until = self.monotonic() + self._open_s\n\n    def _is_too_slow",
        "            self._open_until = None\n\n    def _is_too_slow",
        (
            "tests/unit/adapters/test_breaker.py::"
            "test_a_failure_refuses_the_calls_of_the_next_two_seconds",
        ),
    ),
    Mutant(
        "redis-py sends again what was not answered",
        "adapters/redis/node.py",
        '"retry": Retry(NoBackoff(), 0)',
        '"retry": Retry(NoBackoff(), 3)',
        (f"{CONTRACT}/test_redis_faults.py::test_what_timed_out_is_not_sent_again",),
    ),
    Mutant(
        "a script that Redis forgot is not sent again",
        "adapters/redis/node.py",
        "if not errors.is_missing_script(error):\n                raise",
        "raise",
        (
            "tests/chaos/test_redis_lost.py::"
            "test_no_operation_notices_that_redis_forgot_the_scripts",
        ),
    ),
)

WHO_MAY = (
    Mutant(
        "ids are not escaped in keys",
        "adapters/keys.py",
        "return part.translate(_ESCAPES)",
        "return part",
        (f"{CONTRACT}/test_dynamodb_layout.py::test_encoding_can_be_undone",),
    ),
    Mutant(
        "keys of rooms leave the tenant out",
        "adapters/dynamodb/layout.py",
        'return f"T#{encode(tenant_id)}#R#{encode(room_id)}"',
        'return f"T##R#{encode(room_id)}"',
        (f"{CONTRACT}/test_dynamodb_layout.py::test_a_partition_tells_whose_it_is",),
    ),
    Mutant(
        "keys in Redis leave the tenant out",
        "adapters/redis/keyspace.py",
        "{{t:{encode(tenant_id)}}}",
        "{{t}}",
        (
            f"{CONTRACT}/test_presence_store.py::"
            "test_tenants_with_alike_ids_do_not_see_each_other[valkey]",
        ),
    ),
    Mutant(
        "a token is good for as long as its connection",
        "edge.py",
        "if routes.now().timestamp() > connection.caller.expires_at + EXPIRY_LEEWAY_S:",
        "if routes.now().timestamp() < 0:",
        ("tests/unit/test_edge.py::test_an_ended_token_is_answered_to_the_frames_id",),
    ),
    Mutant(
        "a connection that Redis forgot is not asked whether its user was revoked",
        "services/room_access.py",
        "if probe and probe.sender_known:",
        "if probe or not probe:",
        (
            f"{SERVICES}/test_revocation.py::"
            "test_every_connection_ends_and_no_frame_is_answered_any_more",
        ),
    ),
    Mutant(
        "a ticket is good for ever",
        "adapters/dynamodb/tickets.py",
        'if items.read_number(ticket, "ttl") > now else None',
        'if items.read_number(ticket, "ttl") else None',
        (f"{CONTRACT}/test_ticket_store.py::test_an_expired_ticket_is_refused[dynamodb-0]",),
    ),
    Mutant(
        "the last owner may go",
        "services/room_revisions.py",
        "if loses_its_owner(roster, after):",
        "if not after:",
        (f"{SERVICES}/test_members.py::test_the_last_owner_cannot_leave_others_behind",),
    ),
)

DEGRADED = (
    Mutant(
        "a change without Redis leaves its author alone in the room",
        "services/revisions.py",
        "if entered is not None and not entered.degraded else None",
        "if entered is not None else None",
        (
            f"{SERVICES}/test_degraded.py::"
            "test_a_change_made_without_the_cache_makes_nobody_be_alone_in_the_room",
        ),
    ),
    Mutant(
        "a revocation is given up while Redis is away",
        "services/revocation.py",
        "if self.clock.now().timestamp() < until:",
        "if self.clock.now().timestamp() > until:",
        (
            f"{SERVICES}/test_revocation.py::"
            "test_while_redis_is_away_it_is_stored_and_carried_out_when_redis_is_back",
        ),
    ),
    Mutant(
        "a late shard goes to whoever was in the room",
        "services/fanout.py",
        "if origin is None or now - origin.at <= FRESH_S:",
        "if origin is None or now - origin.at >= 0:",
        (
            f"{SERVICES}/test_fanout.py::"
            "test_a_shard_that_waited_goes_to_those_who_are_still_in[60-False]",
        ),
    ),
)

MUTANTS = (*EXACTLY_ONCE, *ORDER, *NOTHING_MISSED, *CURSORS, *PRESENCE, *REDIS, *WHO_MAY, *DEGRADED)
