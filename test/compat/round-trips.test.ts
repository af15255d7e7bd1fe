/** The round trips to the database of each route of the old APIs. The budget is that of the native routes. */
import { expect, test } from 'vitest'
import { countRoundTrips } from '../support/round-trips.ts'
import { PASSWORD } from '../support/service.ts'
import { send } from './replay.ts'

const json = { 'Content-Type': 'application/json' }
const BOARD = '/compat/board'
const RECIPES = '/compat/recipes'
const RECIPE = { name: '죽', description: null, cook_time: 5, directions: '끓인다.' }

const post = (path: string, body: unknown, headers = {}) =>
  send('POST', path, { ...json, ...headers }, JSON.stringify(body))

/** The number of round trips of a successful request. */
async function tripsOf(request: () => ReturnType<typeof send>): Promise<number> {
  let status = 0
  const trips = await countRoundTrips(async () => void ({ status } = await request()))
  expect(status).toBe(200)
  return trips
}

test('board: each request makes one round trip, and sign-in two', async () => {
  const user = { user_id: 'counted', user_password: PASSWORD, user_email: 'counted@example.com' }
  const register = await tripsOf(() => post(`${BOARD}/users`, user))
  const signIn = await tripsOf(() => post(`${BOARD}/user/auth`, user))
  const { body } = await post(`${BOARD}/user/auth`, user)
  const headers = { Authorization: Object(body).access_token }
  const draft = { author_id: 'counted', title: 'Counted', body: 'once' }
  const written = await post(`${BOARD}/posts`, draft, headers)
  const write = await tripsOf(() => post(`${BOARD}/posts`, draft, headers))
  const list = await tripsOf(() => send('GET', `${BOARD}/posts`))
  const read = await tripsOf(() => send('GET', `${BOARD}/post/${Object(written.body).id}`, headers))
  expect({ register, signIn, write, list, read }).toEqual({ register: 1, signIn: 2, write: 1, list: 1, read: 1 })
})

test('recipes: each request makes one round trip, and sign-in two', async () => {
  const user = { username: 'cook', email: 'cook@example.com', password: PASSWORD }
  const register = await tripsOf(() => post(`${RECIPES}/users/register`, user))
  const signIn = await tripsOf(() => post(`${RECIPES}/users/login`, user))
  const { body } = await post(`${RECIPES}/users/login`, user)
  const headers = { ...json, Authorization: `Bearer ${Object(body).access_token}` }
  const create = await tripsOf(() => post(`${RECIPES}/recipes`, RECIPE, headers))
  const written = await post(`${RECIPES}/recipes`, RECIPE, headers)
  const path = `${RECIPES}/recipes/${Object(written.body).recipe_id}`
  const trips = {
    register,
    signIn,
    create,
    list: await tripsOf(() => send('GET', `${RECIPES}/recipes`)),
    mine: await tripsOf(() => send('GET', `${RECIPES}/recipes/me`, headers)),
    read: await tripsOf(() => send('GET', path, headers)),
    replace: await tripsOf(() => send('PUT', path, headers, JSON.stringify(RECIPE))),
    publish: await tripsOf(() => send('PUT', `${path}/publish`, headers)),
    unpublish: await tripsOf(() => send('DELETE', `${path}/publish`, headers)),
    remove: await tripsOf(() => send('DELETE', path, headers)),
    logout: await tripsOf(() => send('POST', `${RECIPES}/users/logout`, headers)),
  }
  const { signIn: two, ...others } = trips
  expect(two).toBe(2)
  expect(Object.entries(others).filter(([, count]) => count !== 1)).toEqual([])
})

test('a request that can be refused without the database makes no round trip', async () => {
  const refused = [
    await countRoundTrips(() => post(`${BOARD}/users`, {})),
    await countRoundTrips(() => post(`${BOARD}/posts`, {}, { Authorization: 'abc' })),
    await countRoundTrips(() => send('GET', `${BOARD}/post/1`)),
    await countRoundTrips(() => send('GET', `${BOARD}/swagger.json`)),
    await countRoundTrips(() => post(`${RECIPES}/users/login`, { email: 'cook@example.com' })),
    await countRoundTrips(() => send('GET', `${RECIPES}/recipes?limit=x`)),
    await countRoundTrips(() => send('PUT', `${RECIPES}/recipes/1`, { Authorization: 'Bearer a.b.c' })),
    await countRoundTrips(() => send('PATCH', `${RECIPES}/recipes/1`)),
    await countRoundTrips(() => send('GET', `${RECIPES}/recipes/first`)),
  ]
  expect(refused).toEqual(refused.map(() => 0))
})
