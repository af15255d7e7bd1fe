/** Generated requests to every operation of the document: valid ones and possibly invalid ones. */
import type { Schema } from '@cfworker/json-schema'
import * as fc from 'fast-check'
import type { Operation } from './document.ts'
import { generator } from './generate.ts'
import { character, unexpectedValue, unexpectedName, word, type Json } from './odd-values.ts'
import { document } from './service.ts'

type Parameter = { name: string; in: 'path' | 'query' | 'header'; schema: Schema }
/** The parts of an operation that requests are generated from. */
type Described = Operation & {
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
}

export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const { operationId, parameters = [], requestBody, security = [] } = operation as Described
    const query = parameters.filter((parameter) => parameter.in === 'query')
    const headers = parameters.filter((parameter) => parameter.in === 'header')
    const segment = parameters.find((parameter) => parameter.in === 'path')?.schema
    const body = requestBody?.content['application/json']?.schema
    const isBodyRequired = requestBody?.required ?? false
    return { operationId, method: method.toUpperCase(), path, security, query, headers, segment, body, isBodyRequired }
  }),
)
export type Target = (typeof operations)[number]

/** A request before its account and item are chosen. `which` chooses among the existing ones. */
export type Plan = {
  which: number
  as: 'account' | 'anonymous' | 'signed out'
  /** The path parameter: an item of the account, an item of another account, or a literal segment. */
  about: 'own' | 'another' | { segment: string }
  /** Whether to follow the next page of a list. */
  isFollowing: boolean
  isHead: boolean
  query: [string, string][]
  headers: [string, string][]
  body: Sent | null
}
/** Placeholders for the names, the password and the refresh token of the account. */
type Sent = { json: Json; isPersonal: boolean } | { raw: string | Uint8Array<ArrayBuffer> }

/** Placeholder for the entity tag of the item. */
export const TAG = '<tag>'

/** Generators for names, whose letters the document does not describe completely. */
const { fitting, nearly } = generator(document.components.schemas, { username: word })

/** Headers with a value for every item. */
const CONDITIONS: Record<string, fc.Arbitrary<string>> = {
  'if-match': fc.constantFrom('*', TAG, `"0", ${TAG}`),
  'if-none-match': fc.constantFrom('*', TAG, `W/${TAG}`, '"0"'),
}

const asText = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))
const fittingText = ({ name, schema }: Parameter) => CONDITIONS[name] ?? fitting(schema).map(asText)

/** Each at most once. */
const some = (parameters: Parameter[]): fc.Arbitrary<[string, string][]> =>
  fc
    .tuple(...parameters.map((parameter) => fc.option(fc.tuple(fc.constant(parameter.name), fittingText(parameter)))))
    .map((entries) => entries.filter((entry) => entry !== null))

/** The first in three of four cases. */
const mostly = <T>(first: T, ...others: T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

/** A request that the document allows, by an authorized account. */
function soundPlan({ query, headers, body, isBodyRequired }: Target): fc.Arbitrary<Plan> {
  const nothing = fc.constant<Sent | null>(null)
  const sent = body ? fitting(body).map((json): Sent | null => ({ json, isPersonal: true })) : nothing
  return fc.record({
    which: fc.nat(99),
    as: fc.constant<Plan['as']>('account'),
    about: fc.constant<Plan['about']>('own'),
    isFollowing: fc.boolean(),
    isHead: fc.boolean(),
    // Only the service creates cursors.
    query: some(query.filter(({ name }) => name !== 'cursor')),
    headers: some(headers),
    body: isBodyRequired ? sent : fc.oneof(sent, nothing),
  })
}

/** Segments that are not an id, or an unused id. Dot segments are excluded, because a client resolves them. */
const segment = fc.oneof(
  fc.constantFrom('0', '-1', '1.5', '1e2', '01', '+1', '0x1', '9007199254740991', '9007199254740992', '9'.repeat(400)),
  fc.constantFrom('', '%', '%00', '%ff', '%2f', '%0d%0a', '%F0%9F', 'null', '%201', '%EF%BC%91', "'--", 'me', '*'),
  fc
    .string({ unit: character, maxLength: 20 })
    .map((one) => encodeURIComponent(one))
    .filter((one) => !/^\.{1,2}$/.test(one)),
)

const headerName = fc.constantFrom(
  ...`Accept Accept-Encoding Accept-Language Authorization Content-Type Content-Encoding Cookie If-Match If-None-Match
  If-Modified-Since Idempotency-Key Origin Prefer Range User-Agent X-Request-Id X-HTTP-Method-Override X-Forwarded-For
  Access-Control-Request-Method`.split(/\s+/),
)
const mediaType = fc.constantFrom(
  ...`application/json application/json;charset=utf-8 application/json;charset=utf-16 application/ld+json text/html
  text/plain multipart/form-data multipart/form-data;boundary=x application/x-www-form-urlencoded */*;q=0 json ; ,
  APPLICATION/JSON`.split(/\s+/),
)
const header = fc.oneof(
  mediaType,
  fc.constantFrom('*', TAG, `W/${TAG}`, '"1", "2"', '"1', '""', '', 'x'.repeat(5_000), '"1",'.repeat(500)),
  fc.constantFrom('Bearer', 'Bearer a.b.c', 'Bearer e30.e30.', 'Basic YTpi', 'key', 'null', 'https://example.com'),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
)

/** A request with anything in any place. */
function loosePlan({ query, body = { type: 'object' } }: Target): fc.Arbitrary<Plan> {
  const parameters = query.map(({ name, schema }) =>
    fc.tuple(fc.constant(name), fc.oneof(fitting(schema), nearly(schema)).map(asText)),
  )
  const cut = fc.tuple(fitting(body).map(asText), fc.nat()).map(([one, length]) => one.slice(0, length % one.length))
  const raw = fc.oneof(cut, fc.string({ unit: character }), fc.uint8Array())
  return fc.record({
    which: fc.nat(99),
    as: mostly<Plan['as']>('account', 'anonymous', 'signed out'),
    about: fc.oneof(mostly<Plan['about']>('own', 'another'), fc.record({ segment })),
    isFollowing: fc.boolean(),
    isHead: fc.boolean(),
    query: fc.array(fc.oneof(...parameters, fc.tuple(unexpectedName, unexpectedValue.map(asText))), { maxLength: 3 }),
    headers: fc.array(fc.tuple(headerName, header), { maxLength: 2 }),
    body: fc.oneof<fc.Arbitrary<Sent | null>[]>(
      fc.record({ json: nearly(body), isPersonal: fc.boolean() }),
      fc.record({ json: nearly(body), isPersonal: fc.boolean() }),
      fc.record({ json: fitting(body), isPersonal: fc.boolean() }),
      fc.record({ raw }),
      fc.constant(null),
    ),
  })
}

/** Any operation with a generated request. */
export const anyRequest = fc.oneof(
  ...operations.map((target) =>
    fc.record({
      operationId: fc.constant(target.operationId),
      plan: fc.oneof({ weight: 3, arbitrary: soundPlan(target) }, { weight: 2, arbitrary: loosePlan(target) }),
    }),
  ),
)
