/** The violations of the document in a request. The service must refuse a request that has any. */
import { Validator, type Schema } from '@cfworker/json-schema'
import { parse as parseContentType } from 'content-type'
import type { Target } from './plans.ts'
import { document } from './service.ts'

export type Request = {
  method: string
  url: string
  token: string | undefined
  /** Whether a valid token is sent. */
  isSignedIn: boolean
  headers: Record<string, string>
  body: string | Uint8Array<ArrayBuffer> | undefined
}

/** The schema without examples, which the validator would read as schemas. */
const plain = (value: unknown): Schema =>
  JSON.parse(JSON.stringify(value, (key, member: unknown) => (key === 'example' ? undefined : member)))

const components = plain(document.components)
const validators = new Map<Schema, Validator>()

function isValid(schema: Schema, value: unknown): boolean {
  const validator = validators.get(schema) ?? new Validator({ ...plain(schema), components }, '2020-12')
  validators.set(schema, validator)
  return validator.validate(toWellFormed(value)).valid
}

/** The validator cannot report a member name with a lone surrogate, which is an escape in JSON. */
const toWellFormed = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value).replaceAll(/\\(\\|u[\da-f]{4})/g, (escape) =>
      escape.startsWith('\\ud') ? '\ufffd' : escape,
    ),
  )

/** A parameter is text. For an integer, only digits are valid. */
const fitsAsText = (schema: Schema, text: string) =>
  isValid(schema, schema.type === 'integer' && /^\d+$/.test(text) ? Number(text) : text)

/** Every reason to refuse the request. */
export function requestFaults(target: Target, sent: Request): string[] {
  const headers = new Headers(sent.headers)
  return [
    ...faultsOfAddress(target, sent.url),
    ...faultsOfHeaders(target, sent, headers),
    ...faultsOfBody(target, sent, headers),
  ]
}

function faultsOfAddress({ path, query, segment }: Target, address: string): string[] {
  const faults: string[] = []
  const { pathname, searchParams } = new URL(address, 'http://postern.test')
  const place = path.split('/').findIndex((one) => one.startsWith('{'))
  if (segment && !fitsAsText(segment, decode(pathname.split('/')[place] ?? ''))) faults.push('the path is invalid')
  // An operation without query parameters ignores the query. A parameter without a name or a value is ignored.
  const isSent = (name: string) => name !== '' && searchParams.getAll(name).join() !== ''
  const names = query.length > 0 ? [...searchParams.keys()].filter(isSent) : []
  for (const name of new Set(names)) {
    const schema = query.find((parameter) => parameter.name === name)?.schema
    const values = searchParams.getAll(name)
    if (!schema) faults.push(`unknown parameter ${name}`)
    else if (values.length > 1) faults.push(`${name} is there twice`)
    else if (!fitsAsText(schema, values[0] ?? '')) faults.push(`${name} is invalid`)
  }
  return faults
}

/** RFC 9110 §5.6.1: a list can have empty elements, and an invalid tag matches no version. */
const LENIENT = new Set(['if-match', 'if-none-match'])

function faultsOfHeaders({ security, headers }: Target, { isSignedIn, token }: Request, sent: Headers): string[] {
  const isOpen = security.every((scheme) => !('bearer' in scheme))
  const faults = headers.flatMap(({ name, schema }) => {
    const value = sent.get(name)
    return value === null || LENIENT.has(name) || isValid(schema, value) ? [] : [`${name} is invalid`]
  })
  // Where a token is optional, an invalid one is refused, and credentials of another scheme are ignored.
  const isAnonymous =
    !/^bearer\b/i.test(sent.get('Authorization') ?? (token === undefined ? '' : 'Bearer')) &&
    security.some((scheme) => !('bearer' in scheme))
  return isSignedIn || isOpen || isAnonymous ? faults : ['not signed in', ...faults]
}

function faultsOfBody({ body: schema, isBodyRequired }: Target, { body }: Request, headers: Headers): string[] {
  if (!schema) return []
  if (body === undefined || body.length === 0) return isBodyRequired ? ['there is no body'] : []
  const { type, parameters } = parseContentType(headers.get('Content-Type') ?? '')
  if (type !== 'application/json') return ['the media type is another']
  if (!/^utf-?8$/i.test(parameters['charset'] ?? 'utf-8')) return ['the charset is not UTF-8']
  const value = read(body)
  if (!isBodyRequired && (value === null || JSON.stringify(value) === '{}')) return []
  return value !== undefined && isValid(schema, value) ? [] : ['the body is invalid']
}

/** The JSON value of the body, or undefined if it is not JSON. */
export function read(body: Request['body']): unknown {
  try {
    return JSON.parse(
      typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
    )
  } catch {
    return undefined
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
