// Actions with posts and recipes. Only the author changes an item, so the response to each request is known.
import { pick, random, words } from './random.mjs'

/** @typedef {import('./actions.mjs').User} User */

export const PATHS = ['/posts', '/recipes']

export async function readList(me, path = pick(PATHS)) {
  const { json } = await me.ask('list', [200], 'GET', path, { token: pick([me.token, null]) })
  show(me, path, json)
}

export async function readNextPage(me) {
  if (!me.next) return readList(me, '/posts')
  const { path, cursor } = me.next
  const { json } = await me.ask('list, next page', [200], 'GET', `${path}?cursor=${encodeURIComponent(cursor)}`)
  show(me, path, json)
}

export async function search(me) {
  const path = pick(PATHS)
  const q = encodeURIComponent(words(1 + random(2)))
  const { json } = await me.ask('search', [200], 'GET', `${path}?q=${q}`)
  if (json.items.length > 0) show(me, path, { ...json, next_cursor: null })
}

function show(me, path, { items, next_cursor: cursor }) {
  me.seen = items.map(({ id }) => `${path}/${id}`)
  me.next = cursor && { path, cursor }
}

/** Reads an item of a list. It may have been unpublished or deleted since the list was read. */
export async function readSeen(me) {
  if (me.seen.length === 0) return readList(me)
  const path = pick(me.seen)
  const headers = path.startsWith('/recipes') ? { Accept: pick(['application/json', 'application/ld+json']) } : {}
  await me.ask('read', [200, 404], 'GET', path, { headers })
}

export async function readOwn(me) {
  return me.own.length > 0 ? readItem(me, pick(me.own)) : write(me, '/posts')
}

export async function readItem(me, item) {
  const { headers } = await me.ask('read', [200], 'GET', item.path)
  item.tag = headers.get('ETag')
}

export async function readUnchanged(me) {
  if (me.own.length === 0) return write(me, '/posts')
  const { path, tag } = pick(me.own)
  await me.ask('read, If-None-Match', [304], 'GET', path, { headers: { 'If-None-Match': tag } })
}

export const compose = (path) => ({
  title: words(3),
  ...(path === '/posts'
    ? { body: words(20 + random(400)), visibility: pick(['public', 'members']) }
    : { description: words(10), servings: 4, ingredients: [words(3), words(3)], directions: [words(12), words(12)] }),
  draft: Math.random() < 0.2,
})

export async function write(me, path, headers = {}, body = compose(path)) {
  const requestType = path === '/posts' ? 'write a post' : 'write a recipe'
  const response = await me.ask(requestType, [201], 'POST', path, { headers, body })
  me.own.push({ path: response.headers.get('Location'), tag: response.headers.get('ETag') })
}

export async function writeTwice(me) {
  const path = pick(PATHS)
  const [headers, body] = [{ 'Idempotency-Key': crypto.randomUUID() }, compose(path)]
  await write(me, path, headers, body)
  await me.ask('write again, same key', [201], 'POST', path, { headers, body })
  await me.ask('write another, same key', [422], 'POST', path, { headers, body: compose(path) })
}

export async function change(me) {
  if (me.own.length === 0) return write(me, '/posts')
  const item = pick(me.own)
  const body = { title: words(4) }
  const { headers } = await me.ask('change', [200], 'PATCH', item.path, { headers: { 'If-Match': item.tag }, body })
  item.tag = headers.get('ETag')
}

export async function changeStale(me) {
  if (me.own.length === 0) return write(me, '/posts')
  const headers = { 'If-Match': '"999999"' }
  await me.ask('change, stale', [412], 'PATCH', pick(me.own).path, { headers, body: { title: words(4) } })
}

export async function publish(me) {
  if (me.own.length === 0) return write(me, '/recipes')
  const item = pick(me.own)
  const at = new Date(Date.now() + 3_600_000).toISOString()
  await me.ask('unpublish', [200], 'DELETE', `${item.path}/publish`)
  await me.ask('schedule', [200], 'PUT', `${item.path}/publish`, { body: { at } })
  const { headers } = await me.ask('publish', [200], 'PUT', `${item.path}/publish`, { body: {} })
  item.tag = headers.get('ETag')
}

export async function remove(me) {
  const item = me.own.splice(random(me.own.length), 1)[0]
  if (item) await me.ask('delete', [204], 'DELETE', item.path)
}
