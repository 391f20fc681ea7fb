"""The contract as code: every frame, reply and event of SPEC §3 and §4. No I/O, no rules."""
