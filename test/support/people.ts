/** Accounts for generated requests. They are created again after a request has deleted or signed them out. */
import { addressIn } from './mail-tokens.ts'
import { call, document, PASSWORD } from './service.ts'

export type Item = { path: string; id: number; tag: string }
export type Person = {
  id: number
  username: string
  email: string
  password: string
  token: string
  refreshToken: string
  /** Whether the session of the token has ended. */
  isOut: boolean
  /** When the token was issued, in milliseconds. */
  at: number
  items: Item[]
}
type Auth = { access_token: string; refresh_token?: string; user: Pick<Person, 'id' | 'username' | 'email'> }

/** A request, its account and item, and its response. */
type Action = {
  operationId: string
  response: Awaited<ReturnType<typeof call>>
  sent?: unknown
  person?: Person | undefined
  item?: Item | undefined
}

/** The minimum and maximum number of accounts. */
const [FEW, MANY] = [3, 6]

/** Less than the lifetime of an access token, in milliseconds. */
const FRESH = 600_000

const people: Person[] = []
let count = 0

/** Access tokens of ended sessions. */
export const oldTokens: string[] = []

/** An account that is signed in. */
export async function pick(which: number): Promise<Person> {
  while (people.length < FEW) {
    const name = `somebody${++count}`
    const sent = { username: name, email: `${name}@example.com`, password: PASSWORD }
    const response = await call('POST', '/users/register', { json: sent })
    if (response.status !== 201) throw new Error(`registration failed: ${response.text}`)
    remember({ operationId: 'register', response, sent })
  }
  const person = people[which % people.length]
  if (!person) throw new Error('There is no account.')
  if (!person.isOut && Date.now() < person.at + FRESH) return person

  const sent = { email: person.email, password: person.password }
  const response = await call('POST', '/users/login', { json: sent })
  remember({ operationId: 'login', response, sent })
  // After too many failed attempts, sign-in is throttled.
  if (response.status !== 200) people.splice(people.indexOf(person), 1)
  return pick(which)
}

/** An item of the account, under `/posts` or `/recipes`. */
export async function pickItem(person: Person, path: string, which: number): Promise<Item> {
  const items = person.items.filter((item) => item.path === path)
  const item = items[which % items.length]
  if (item) return item
  const example = document.components.schemas[path === '/posts' ? 'PostDraft' : 'RecipeDraft']?.['example']
  // Published, because only what others can see can be reported.
  const json = { ...Object(example), draft: false }
  const response = await call('POST', path, { token: person.token, json })
  if (response.status !== 201) throw new Error(`creating an item failed: ${response.text}`)
  remember({ operationId: 'create', response, person })
  return pickItem(person, path, which)
}

/** Operator operations that end the sessions of their target. */
const ENDS_SESSION = new Set(
  ['logout', 'revokeSession', 'deleteMe', 'resetPassword'].concat(['suspendUser', 'revokeUserSessions', 'deleteUser']),
)

/** Records the effects of a request: new accounts, changed names, ended sessions. */
export function remember({ operationId, response: { status, headers, body }, sent, person, item }: Action): void {
  if (person && body.type === '/problems/invalid-token') person.isOut = true
  if (status >= 300) return
  if (body.access_token) learnAuth(body, sent, headers.get('Set-Cookie'))
  if (!person) return
  if (operationId === 'updateMe') Object.assign(person, { username: body.username, email: body.email })
  if (operationId === 'changePassword') person.password = (sent as { new_password: string }).new_password
  if (operationId === 'resetPassword') person.password = (sent as { new_password: string }).new_password
  if (operationId === 'confirmEmailChange') person.email = addressIn((sent as { token: string }).token)
  // The session in the token of the mail may stay active.
  if (operationId === 'confirmEmailChange') person.isOut = true
  if (operationId === 'deleteMe') people.splice(people.indexOf(person), 1)
  if (ENDS_SESSION.has(operationId)) {
    person.isOut = true
    oldTokens.push(person.token)
  }
  const [path, tag] = [headers.get('Location')?.replace(/\/\d+$/, ''), headers.get('ETag')]
  if (path && tag && !headers.has('Idempotent-Replayed')) person.items.push({ path, id: body.id, tag })
  if (item && tag && !operationId.startsWith('read')) item.tag = tag
  if (item && /^delete(Post|Recipe)$/.test(operationId)) person.items = person.items.filter((other) => other !== item)
}

function learnAuth({ access_token: token, refresh_token, user }: Auth, sent: unknown, cookie: string | null): void {
  const refreshToken = refresh_token ?? /^__Host-refresh=([^;]+)/.exec(cookie ?? '')?.[1] ?? ''
  const { id, username, email } = user
  const tokens = { token, refreshToken, isOut: false, at: Date.now() }
  const known = people.find((person) => person.id === id)
  if (known) Object.assign(known, tokens)
  else if (typeof sent === 'object' && sent && 'password' in sent) {
    people.push({ id, username, email, password: String(sent.password), ...tokens, items: [] })
  }
  // The oldest are dropped, so that new ones are used too.
  people.splice(0, people.length - MANY)
}
