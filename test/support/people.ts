/** Accounts to act with, which are deleted and signed out by what they do, and are made anew when they are needed. */
import { call, document, PASSWORD } from './service.ts'

export type Item = { path: string; id: number; tag: string }
export type Person = {
  id: number
  username: string
  email: string
  password: string
  token: string
  refreshToken: string
  /** Whether the session of the token is over. */
  isOut: boolean
  /** When the token was issued, in milliseconds. */
  at: number
  items: Item[]
}
type Auth = { access_token: string; refresh_token?: string; user: Pick<Person, 'id' | 'username' | 'email'> }

/** What was asked, by whom and about what, and what came of it. */
type Action = {
  operationId: string
  answer: Awaited<ReturnType<typeof call>>
  sent?: unknown
  person?: Person | undefined
  item?: Item | undefined
}

/** So many at least, and so many at most. */
const [FEW, MANY] = [3, 6]

/** Less than an access token is good for, in milliseconds. */
const FRESH = 600_000

const people: Person[] = []
let count = 0

/** Access tokens of sessions that are over. */
export const oldTokens: string[] = []

/** Somebody who is signed in. */
export async function pick(which: number): Promise<Person> {
  while (people.length < FEW) {
    const name = `somebody${++count}`
    const sent = { username: name, email: `${name}@example.com`, password: PASSWORD }
    const answer = await call('POST', '/users/register', { json: sent })
    if (answer.status !== 201) throw new Error(`nobody can be registered: ${answer.text}`)
    remember({ operationId: 'register', answer, sent })
  }
  const person = people[which % people.length]
  if (!person) throw new Error('There is nobody.')
  if (!person.isOut && Date.now() < person.at + FRESH) return person

  const sent = { email: person.email, password: person.password }
  const answer = await call('POST', '/users/login', { json: sent })
  remember({ operationId: 'login', answer, sent })
  // After too many wrong passwords there is no signing in for a while.
  if (answer.status !== 200) people.splice(people.indexOf(person), 1)
  return pick(which)
}

/** Something that the person wrote, under `/posts` or `/recipes`. */
export async function pickItem(person: Person, path: string, which: number): Promise<Item> {
  const items = person.items.filter((item) => item.path === path)
  const item = items[which % items.length]
  if (item) return item
  const json = document.components.schemas[path === '/posts' ? 'PostDraft' : 'RecipeDraft']?.['example']
  const answer = await call('POST', path, { token: person.token, json })
  if (answer.status !== 201) throw new Error(`nothing can be written: ${answer.text}`)
  remember({ operationId: 'create', answer, person })
  return pickItem(person, path, which)
}

/** Takes in what came of a action: whom it made, what it changed, whose session it ended. */
export function remember({ operationId, answer: { status, headers, body }, sent, person, item }: Action): void {
  if (person && body.type === '/problems/invalid-token') person.isOut = true
  if (status >= 300) return
  if (body.access_token) learnAuth(body, sent, headers.get('Set-Cookie'))
  if (!person) return
  if (operationId === 'updateMe') Object.assign(person, { username: body.username, email: body.email })
  if (operationId === 'changePassword') person.password = (sent as { new_password: string }).new_password
  if (operationId === 'deleteMe') people.splice(people.indexOf(person), 1)
  if (['logout', 'revokeSession', 'deleteMe'].includes(operationId)) {
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
  // The oldest go, so that what is new is used too.
  people.splice(0, people.length - MANY)
}
