-- Put the messages of an answered turn back, behind those of a turn in the air and before all others, to be a turn of their own; what
-- was its context is context again. Once for each edition. The last of ARGV are the entries: first the context, then the messages.
-- uses queue
local edition_key, waiting_key, context_key, turn_key, state_key = unpack(KEYS)
local claim_seconds, thread_seconds, most_context, context_count = unpack(ARGV, 1, 4)
local first_message = 5 + tonumber(context_count)

if not redis.call('SET', edition_key, '1', 'NX', 'EX', claim_seconds) then return 0 end
for place = first_message - 1, 5, -1 do redis.call('LPUSH', context_key, ARGV[place]) end
redis.call('LTRIM', context_key, -tonumber(most_context), -1)
local messages = {}
for place = first_message, #ARGV do messages[#messages + 1] = ARGV[place] end
put_back(messages, waiting_key, turn_key)
local sizes = turn_sizes(state_key)
table.insert(sizes, 1, #messages)
set_turn_sizes(state_key, sizes)
note_activity(state_key)
for _, key in ipairs({waiting_key, context_key, state_key}) do redis.call('EXPIRE', key, thread_seconds) end
return 1
