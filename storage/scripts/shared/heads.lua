-- What a script knows of a message: the head of its entry (storage/entries.py). The body is never decoded here, so it may be sealed.

-- Ids and editions: the shorter one is the earlier. By bytes: Lua's own `<` follows the server's locale. As `order` of bot/editions.py.
local function is_before(one, other)
  if #one ~= #other then return #one < #other end
  for place = 1, #one do
    local left, right = string.byte(one, place), string.byte(other, place)
    if left ~= right then return left < right end
  end
  return false
end

-- Releases before heads wrote the whole message as one JSON. Such entries last as long as their threads do.
local function head_of_an_older_release(said)
  if type(said) ~= 'table' then return nil end
  local digests = {redis.sha1hex(tostring(said.text))}
  for _, file in ipairs(type(said.attachments) == 'table' and said.attachments or {}) do
    digests[#digests + 1] = redis.sha1hex(type(file) == 'table' and tostring(file.id) or '')
  end
  return {
    id = said.id, edition = said.edition, addressed = said.addressed, withdrawn = said.withdrawn,
    digest = redis.sha1hex(table.concat(digests)),
  }
end

-- The head of an entry; nothing for what is not ours to read.
local function head_of(entry)
  local line = string.match(entry, '^([^\n]*),\n')
  local is_json, decoded = pcall(cjson.decode, line and line .. '}' or entry)
  if not is_json or type(decoded) ~= 'table' then return nil end
  local head = decoded.head
  if not line then head = head_of_an_older_release(decoded.data) end
  if type(head) ~= 'table' or type(head.id) ~= 'string' then return nil end
  return {
    id = head.id,
    edition = type(head.edition) == 'string' and head.edition or '',
    is_addressed = head.addressed == true,
    is_withdrawn = head.withdrawn == true,
    asks = head.asks ~= false,
    digest = head.digest,
  }
end

-- The place of a message in a list, from 0, its head, and its entry; nothing when it is not there.
local function find(key, id)
  for place, entry in ipairs(redis.call('LRANGE', key, 0, -1)) do
    local head = head_of(entry)
    if head and head.id == id then return place - 1, head, entry end
  end
end

-- What was said among people is for us since it was edited. As `begins_to_ask` of bot/editions.py.
local function begins_to_ask(new, old)
  return new.asks and (not old.asks or (new.is_addressed and not old.is_addressed))
end

-- A later edition with other words or files, or addressed to others. As `says_more` of bot/editions.py.
local function says_more(new, old)
  return is_before(old.edition, new.edition) and (new.digest ~= old.digest or new.is_addressed ~= old.is_addressed)
end
