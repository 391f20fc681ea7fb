"""Redis or Valkey behind `RoomCache` and `PresenceStore`; every transition is one Lua script."""
