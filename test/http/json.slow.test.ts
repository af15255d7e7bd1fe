/** Invalid JSON, and valid JSON with hidden faults, for every operation with a body. */
import { getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import * as schema from '../../src/store/schema.ts'
import { DOUBTFUL, MALFORMED } from '../support/json-cases.ts'
import { mailTokenFor } from '../support/mail-tokens.ts'
import { mailEnv } from '../support/mailbox.ts'
import { operatorCall } from '../support/operators.ts'
import { account, call, document, env, PASSWORD } from '../support/service.ts'

type Account = Awaited<ReturnType<typeof account>>
type Body = Record<string, unknown>
/** The parts of the document that `document.ts` does not use. */
type BodySchema = { properties?: Record<string, unknown>; example?: Body }
type RequestBody = { required?: boolean; content: Record<string, { schema: { $ref: string } }> }

const JSON_TYPE = 'application/json'

/** Accepted bodies for the operations whose example names no existing account. */
const BODIES: Record<string, (own: Account) => Body> = {
  register: () => ({
    username: `new-${crypto.randomUUID()}`,
    email: `${crypto.randomUUID()}@example.com`,
    password: PASSWORD,
  }),
  login: ({ email, password }) => ({ email, password }),
  refresh: ({ auth }) => ({ refresh_token: auth.refresh_token }),
  updateMe: ({ password }) => ({ email: `${crypto.randomUUID()}@example.com`, current_password: password }),
  changePassword: ({ password }) => ({ current_password: password, new_password: 'another passphrase nobody uses' }),
  deleteMe: ({ password }) => ({ current_password: password }),
  reauthenticate: ({ password }) => ({ current_password: password }),
  requestPasswordReset: ({ email }) => ({ email }),
  resetPassword: () => ({ new_password: 'another passphrase nobody uses' }),
  verifyEmail: () => ({}),
  confirmEmailChange: () => ({}),
}

/** The operations of recovery, which are 503 without mail. */
const RECOVERY = /^\/users\/(password-reset|email-verification|email-change)$/

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { operationId, requestBody }]) => {
    if (!requestBody) return []
    const reference = (requestBody as RequestBody).content[JSON_TYPE]?.schema.$ref.split('/').at(-1)
    const { properties = {}, example = {} }: BodySchema = document.components.schemas[reference ?? ''] ?? {}
    const { required = false } = requestBody as RequestBody
    return [{ method: method.toUpperCase(), path, operationId, required, fields: Object.keys(properties), example }]
  }),
)
type Operation = (typeof operations)[number]

const encode = (text: string) => Uint8Array.from(new TextEncoder().encode(text))

/** The maximum body size in bytes. */
const limitOf = (path: string) => (/^\/(users|operator)\//.test(path) ? 64 * 1024 : 2 * 1024 * 1024)

/** A new account, a new item if the operation requires one, and an accepted body. */
async function prepare({ method, path, operationId, example }: Operation) {
  if (path.startsWith('/operator/')) {
    const { token, path: url, json = { reason: 'Spam.' } } = await operatorCall(operationId, path)
    return { token, url, body: json }
  }
  const own = await account()
  const { token } = own
  const creation = path.includes('{') && operations.find((other) => path.startsWith(`${other.path}/`))
  if (!creation) {
    const mailToken = await mailTokenFor(operationId, own)
    const body = { ...(BODIES[operationId]?.(own) ?? example), ...(mailToken && { token: mailToken }) }
    return { token, url: path, body }
  }
  const { status, body: item } = await call('POST', creation.path, {
    token,
    json: { ...creation.example, draft: false },
  })
  expect(status).toBe(201)
  // The example of a change has only one field.
  return { token, url: path.replace('{id}', item.id), body: method === 'PATCH' ? creation.example : example }
}

type Case = { name: string; body: BodyInit; statuses: number[]; type?: string | null }

/** Sends each case and returns those with another status than expected. */
async function findFailures(method: string, url: string, token: string, cases: Case[]): Promise<string[]> {
  const failures: string[] = []
  for (const { name, body, statuses, type = JSON_TYPE } of cases) {
    const headers: Record<string, string> = type === null ? {} : { 'Content-Type': type }
    const { status } = await call(method, url, { token, body, headers, env: RECOVERY.test(url) ? mailEnv : env })
    if (!statuses.includes(status)) failures.push(`${name}: ${status}, not ${statuses.join(' or ')}`)
  }
  return failures
}

/** Every row of every table. */
async function readDatabase(): Promise<Record<string, unknown[]>> {
  const db = connect(env)
  const tables = Object.values(schema).filter((value) => is(value, SQLiteTable))
  const contents = await Promise.all(
    tables.map(async (table) => [getTableName(table), await db.select().from(table)] as const),
  )
  return Object.fromEntries(contents)
}

/** The JSON text of a body, with raw text for some fields. */
function write(body: Body, raw: Record<string, string> = {}): string {
  const fields = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)]))
  const members = Object.entries({ ...fields, ...raw }).map(([name, value]) => `${JSON.stringify(name)}:${value}`)
  return `{${members.join()}}`
}

/** The text without its enclosing brackets, if it has any. */
function unwrap(text: string | Uint8Array<ArrayBuffer>): string | Uint8Array<ArrayBuffer> {
  const bytes = typeof text === 'string' ? encode(text) : text
  return bytes[0] === 0x5b && bytes.at(-1) === 0x5d ? text.slice(1, -1) : text
}

/** The text with one more member, as the first or the last. */
const prepend = (text: string, member: string) => `{${member},${text.slice(1)}`
const append = (text: string, member: string) => `${text.slice(0, -1)},${member}}`

const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const escapeFirst = (name: string) => `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`

/** An accepted body with a fault that a parser may overlook. */
function faultsOf(body: Body, fields: string[]): Case[] {
  const text = write(body)
  const refused = (name: string, faulty: string, ...statuses: number[]): Case => ({ name, body: faulty, statuses })
  const deep = (name: string, faulty: string): Case => refused(name, faulty, 400, 413, 422)

  const twice = Object.entries(body).flatMap(([name, value]) => {
    const [key, json] = [JSON.stringify(name), JSON.stringify(value)]
    return [
      refused(`${name} twice, the same`, append(text, `${key}:${json}`), 400),
      refused(`${name} twice, first null`, prepend(text, `${key}:null`), 400),
      refused(`${name} twice, first an object`, prepend(text, `${key}:{"a":[]}`), 400),
      refused(`${name} twice, once escaped`, prepend(text, `${escapeFirst(name)}:null`), 400),
      refused(`${name} thrice`, append(append(text, `${key} : ${json}`), `\n${key}:${json}`), 400),
    ]
  })
  const values = fields.flatMap((name) => [
    ...['NaN', 'Infinity', '-Infinity', 'undefined', '0x10', '010'].map((value) =>
      refused(`${name}: ${value}`, write(body, { [name]: value }), 400),
    ),
    ...['9007199254740993', '-9007199254740993', '1e999', '-1e999'].map((value) =>
      refused(`${name}: ${value}`, write(body, { [name]: value }), 422),
    ),
    refused(`${name} with a key twice`, write(body, { [name]: '{"a":1,"a":2}' }), 400),
    refused(`${name} with a key twice, in a list`, write(body, { [name]: '["",{"a":{},"b":[],"\\u0061":2}]' }), 400),
    refused(`${name} with __proto__`, write(body, { [name]: '{"__proto__":{"length":1}}' }), 422),
    refused(`${name} with toString`, write(body, { [name]: '{"toString":1,"valueOf":1}' }), 422),
    deep(`${name}, 200,000 deep`, write(body, { [name]: nest(200_000) })),
    deep(`${name}, 30,000 deep`, write(body, { [name]: nest(30_000) })),
    deep(`${name}, a million escapes long`, write(body, { [name]: `"${'\\n'.repeat(1_000_000)}"` })),
  ])
  const strangers = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'id', ''].flatMap(
    (name) => [
      refused(`${name} too, last`, append(text, `${JSON.stringify(name)}:{}`), 422),
      refused(`${name} too, first`, prepend(text, `${JSON.stringify(name)}:null`), 422),
    ],
  )
  const others = [
    refused('__proto__ that has it', `{"__proto__":${text}}`, 422),
    refused('__proto__ twice', prepend(prepend(text, '"__proto__":null'), '"__proto__":null'), 400),
    refused('an unknown key twice', append(text, '"x":1,"x":1'), 400),
    refused('in an array', `[${text}]`, 422),
    refused('in a string', JSON.stringify(text), 422),
    refused('two of it', `${text}\n${text}`, 400),
    refused('JSON5', text.replaceAll('":', '" /* */ :'), 400),
    deep('an array, 200,000 deep', nest(200_000)),
    deep('an array, 30,000 deep', nest(30_000)),
    deep('an object, 10,000 deep', `${'{"a":'.repeat(10_000)}${text}${'}'.repeat(10_000)}`),
  ]
  return [...twice, ...values, ...strangers, ...others, ...dressesOf(body)]
}

const UTF_16 = 'application/json; charset=utf-16'

/** An accepted body in another encoding or with another media type. */
function dressesOf(body: Body): Case[] {
  const text = write(body)
  const utf16 = new Uint8Array(Uint16Array.from(`\ufeff${text}`, (unit) => unit.charCodeAt(0)).buffer)
  const swapped = Uint8Array.from(utf16, (_, index) => utf16[index ^ 1] ?? 0)
  const form = Object.entries(body).map(([name, value]) => [name, String(value)])
  const boundary = 'frontier'
  const parts = form.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const types: (string | null)[] = [
    null,
    'text/plain',
    'text/json',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=frontier',
    'application/jsonp',
    'application/json-seq',
    'application/javascript',
    'application/xml',
    'application/octet-stream',
    'application',
    'json',
    UTF_16,
    'application/json;charset="UTF-16LE"',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-7',
  ]
  return [
    // Bytes, because a string would set a media type.
    ...types.map((type) => ({ name: `as ${type ?? 'nothing'}`, body: encode(text), type, statuses: [415] })),
    { name: 'a form', body: new URLSearchParams(form), type: 'application/x-www-form-urlencoded', statuses: [415] },
    { name: 'a form, called JSON', body: new URLSearchParams(form), statuses: [400] },
    {
      name: 'multipart',
      body: `${parts.join('')}--${boundary}--\r\n`,
      type: `multipart/form-data; boundary=${boundary}`,
      statuses: [415],
    },
    { name: 'multipart, called JSON', body: `${parts.join('')}--${boundary}--\r\n`, statuses: [400] },
    { name: 'after a byte order mark', body: `\ufeff${text}`, statuses: [400] },
    { name: 'before a byte order mark', body: `${text}\ufeff`, statuses: [400] },
    { name: 'UTF-16', body: utf16, statuses: [400] },
    { name: 'UTF-16, big-endian', body: swapped, statuses: [400] },
    { name: 'UTF-16 without a mark', body: utf16.slice(2), statuses: [400] },
    { name: 'UTF-16, called so', body: utf16, type: UTF_16, statuses: [400, 415] },
    { name: 'UTF-16 without a mark, called so', body: utf16.slice(2), type: UTF_16, statuses: [400, 415] },
  ]
}

test('the document has the expected number of operations', () => {
  expect(operations.length).toBeGreaterThan(11)
})

describe.each(operations)('$method $path', (operation) => {
  const { method, path, fields } = operation

  test('returns 400 for invalid JSON and changes nothing', async () => {
    const { token, url } = await prepare(operation)
    // An empty body is allowed if the body is optional.
    const malformed = Object.entries(MALFORMED).filter(([, body]) => body.length > 0 || operation.required)
    const cases = malformed.map(([name, body]) => {
      const size = typeof body === 'string' ? encode(body).length : body.length
      return { name, body, statuses: [size > limitOf(path) ? 413 : 400] }
    })
    const before = await readDatabase()
    expect(await findFailures(method, url, token, cases)).toEqual([])
    expect(await readDatabase()).toEqual(before)
  })

  test('JSON on which parsers disagree causes no 5xx, as the body or as a field', async () => {
    const { token, url, body } = await prepare(operation)
    const cases = Object.entries(DOUBTFUL).flatMap(([name, doubtful]) => {
      const inField = (field: string): Case => {
        const [before = '', after = ''] = write(body, { [field]: '*' }).split('*')
        // Acceptance is allowed: a tiny number can be 0, and any text can be a reason or a token. A repetition can be 404
        // after a deletion, and 409 after a registration.
        const statuses = [200, 201, 202, 204, 400, 401, 404, 409, 422]
        return { name: `${name} as ${field}`, body: new Blob([before, unwrap(doubtful), after]), statuses }
      }
      return [{ name, body: doubtful, statuses: [400, 422] }, fields.map(inField)].flat()
    })
    expect(await findFailures(method, url, token, cases)).toEqual([])
  })

  test('a body with a hidden fault is refused and changes nothing; without the fault it is accepted', async () => {
    const { token, url, body } = await prepare(operation)
    const before = await readDatabase()
    expect(await findFailures(method, url, token, faultsOf(body, fields))).toEqual([])
    expect(await readDatabase()).toEqual(before)
    const accepted = { name: 'without a fault', body: ` ${write(body)}\n`, type: 'Application/JSON; Charset="UTF-8"' }
    expect(await findFailures(method, url, token, [{ ...accepted, statuses: [200, 201, 202, 204] }])).toEqual([])
  })
})

test.each([
  ['/posts', 'body'],
  ['/recipes', 'description'],
])('%s accepts text that only looks like a fault', async (path, field) => {
  const { token } = await account()
  const texts = [
    '{"title":"a","title":"b"}',
    '"title":1,"title":2',
    '","title":"',
    '\\',
    '\\"',
    '"\\\\',
    '\\u0022,"title',
    '__proto__',
    'NaN',
    '1e999',
    '9007199254740993',
    '/* no comment */',
    '[[[[',
    '\ufeff{}',
    '\u2028',
    'title',
    field,
  ]
  for (const text of texts) {
    const json = { title: `.${text}`, [field]: text }
    const { status, body } = await call('POST', path, { token, json })
    expect([text, status]).toEqual([text, 201])
    expect(body).toMatchObject(json)
  }
})

test('accepts the same key in two objects', async () => {
  const { token } = await account()
  // Keys of list items are not keys of the object around the list. Each unknown one is reported.
  const body = '{"title":"a","ingredients":[{"title":1},{"title":2},"title","title",{"a":{"title":{"title":1}}}]}'
  const response = await call('POST', '/recipes', { token, body, headers: { 'Content-Type': JSON_TYPE } })
  expect(response.status).toBe(422)
  expect(response.body.errors).toHaveLength(3)
})
