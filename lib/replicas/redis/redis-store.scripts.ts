/** Writes if the text that is there is the one expected, or if there is none and none is expected. */
export const REPLACE_TEXT = `
if redis.call('get', KEYS[1]) ~= (ARGV[3] or false) then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`;

/** Deletes the text that is there if it is the one expected. A full Redis does so, and refuses to write. */
export const DELETE_TEXT = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;

/** What is there, with a fingerprint: what is no text at all would not survive the way to us and back. */
export const LOOK = `
local found = redis.call('get', KEYS[1])
return found and { found, redis.sha1hex(found) }`;

/**
 * Writes if what is there is still what `LOOK` has seen. Whoever could write a collision of SHA-1 between the two could as
 * well write over it.
 */
export const REPLACE_SEEN = `
local found = redis.call('get', KEYS[1])
if not found or redis.sha1hex(found) ~= ARGV[3] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`;

/** Deletes what is there if it is still what `LOOK` has seen. */
export const DELETE_SEEN = `
local found = redis.call('get', KEYS[1])
if not found or redis.sha1hex(found) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;
