"""What the deployment's settings say, in the words of the services."""

from parley.services.commits import CommitRules
from parley.services.policies import Policy
from parley.settings import Settings


def default_policy(settings: Settings) -> Policy:
    """Return the limits of tenants that set none of their own (SPEC §6)."""
    return Policy(
        body_max_chars=settings.body_max_chars,
        messages_per_10s=settings.messages_per_10s,
        messages_per_minute=settings.messages_per_minute,
        typing_per_minute=settings.typing_per_minute,
        receipts_per_minute=settings.receipts_per_minute,
        requests_per_minute=settings.requests_per_minute,
        connects_per_minute=settings.connects_per_minute,
        connections_per_user=settings.connections_per_user,
        rooms_per_user=settings.rooms_per_user,
        open_rooms_max=settings.open_rooms_max,
        group_members_max=settings.group_members_max,
        retention_days=settings.retention_days,
    )


def commit_rules(settings: Settings) -> CommitRules:
    """Return how long a write into a busy room is tried."""
    return CommitRules(settings.commit_tries, settings.commit_budget_ms / 1000)
