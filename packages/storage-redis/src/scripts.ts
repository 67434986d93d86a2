import { createHash } from 'node:crypto'

/** A Lua script on one key. */
export interface Script {
  readonly source: string
  readonly sha: string
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

const inTime = `
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
if clock > tonumber(ARGV[1]) then return redis.error_reply('LATE ' .. string.format('%.0f', clock)) end
`

// What the scripts read of a stored text (see record.ts). Numbers are compared or passed through as text: Lua would
// write a large one with 14 digits.
const reading = `
local function live(expires, now)
  return expires == 'null' or tonumber(expires) > tonumber(now)
end
local function store(value, forgetAt)
  if forgetAt == '' then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'PXAT', forgetAt) end
end
local stored = redis.call('GET', KEYS[1])
local version, expires, identity, mark
if stored then
  version, expires, identity = stored:match('^%[([^,]*),([^,]*),([^\\n]*)\\n')
  mark = identity:match('^"([^"]*)"')
end
`

/** ARGV: where the base of the key ends. The entry and the user entry of its owner: a second key, not for a cluster. */
export const getWithOwner: Script = script(`
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
local owner = stored:match('^%[[^,]*,[^,]*,[^,]*,"([^\\n]*)"\\n')
if not owner then return { stored } end
return { stored, redis.call('GET', KEYS[1]:sub(1, ARGV[1]) .. 'user:' .. owner:gsub('\\\\(.)', '%1')) }
`)

/** ARGV: until, value, forgetAt, now. 1 if it was stored. */
export const insert: Script = script(`${inTime}${reading}
if stored and live(expires, ARGV[4]) then return 0 end
store(ARGV[2], ARGV[3])
return 1
`)

/** ARGV: until, version, next version, expiresAt, data, forgetAt, now. 1 if it was stored. */
export const replace: Script = script(`${inTime}${reading}
if version ~= ARGV[2] or not live(expires, ARGV[7]) then return 0 end
store('[' .. ARGV[3] .. ',' .. ARGV[4] .. ',' .. identity .. '\\n,' .. ARGV[5] .. ']', ARGV[6])
return 1
`)

/** ARGV: until. The entry, which has been removed. */
export const take: Script = script(`${inTime}
return redis.call('GETDEL', KEYS[1])
`)

/** ARGV: mark. 1 if the entry of this insertion was there and has been removed. */
export const remove: Script = script(`${reading}
if mark ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`)

/** ARGV: mark, now. Removes the entry of this insertion if it has expired; when it lives, says until when. */
export const expire: Script = script(`${reading}
if mark ~= ARGV[1] then return false end
if live(expires, ARGV[2]) then return expires end
redis.call('DEL', KEYS[1])
return false
`)

/** ARGV: until, by, now, resetAt and forgetAt of a new window. The count, and when its window ends. */
export const increment: Script = script(`${inTime}
local count, resetAt = (redis.call('GET', KEYS[1]) or ''):match('^(%d+),(.+)$')
local by = tonumber(ARGV[2])
if count and tonumber(resetAt) > tonumber(ARGV[3]) then
  count = math.max(0, tonumber(count) + by)
  if by ~= 0 then redis.call('SET', KEYS[1], string.format('%.0f', count) .. ',' .. resetAt, 'KEEPTTL') end
  return { count, resetAt }
end
if by <= 0 then return { 0, ARGV[3] } end
redis.call('SET', KEYS[1], ARGV[2] .. ',' .. ARGV[4], 'PXAT', ARGV[5])
return { by, ARGV[4] }
`)
