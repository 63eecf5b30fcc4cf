-- Put a failed turn's messages back, once: in front, but behind those of a turn in the air.
-- uses queue
local failed_key, waiting_key, context_key, turn_key, state_key = unpack(KEYS)
local thread_seconds = ARGV[1]

return retry(failed_key, waiting_key, context_key, turn_key, state_key, thread_seconds) and 1 or 0
