/** Validates responses against the OpenAPI document. Anything undocumented fails the test. */
import { Validator, type Schema } from '@cfworker/json-schema'

type Received = { status: number; headers: Headers; text: string; body: unknown }
type Media = { schema: Schema; examples?: Record<string, unknown> }
type ResponseObject = { content?: Record<string, Media>; headers?: Record<string, { required?: boolean }> }
export type Operation = {
  operationId: string
  security?: Record<string, string[]>[]
  requestBody?: { required?: boolean; content?: Record<string, Media> }
  responses: Record<string, ResponseObject>
}
export type OpenApi = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** Paths that are not in the document. */
const OUTSIDE = /^\/(openapi\.json|docs(\/.*)?)$/

/** A validator for one document. It throws for a status, header or member that the document does not have. */
export function responseValidator(document: OpenApi) {
  const components = close({ schemas: document.components.schemas })
  const validators = new Map<Schema, Validator>()
  const validate = (schema: Schema, body: unknown) => {
    const validator = validators.get(schema) ?? new Validator({ ...close(schema), components }, '2020-12', false)
    validators.set(schema, validator)
    return validator.validate(body).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
  }

  return (method: string, url: string, received: Received): void => {
    const path = url.split('?')[0] ?? url
    if (OUTSIDE.test(path)) return
    const where = `${method} ${path} -> ${received.status} ${received.text.slice(0, 500)}`
    const operation = findOperation(document, method, path)
    const problem: Schema = { $ref: '#/components/schemas/Problem' }
    if (!operation) {
      // An unknown path or method, or a service that is not configured.
      if (![204, 404, 405, 503].includes(received.status)) throw new Error(`not in the document: ${where}`)
      if (received.status !== 204 && method !== 'HEAD') report(where, validate(problem, received.body))
      return
    }
    const response = operation.responses[String(received.status)]
    if (!response) throw new Error(`a status that the document does not have: ${where}`)
    for (const [name, { required }] of Object.entries(response.headers ?? {})) {
      if (required && !received.headers.has(name)) throw new Error(`without the header ${name}: ${where}`)
    }
    const type = received.headers.get('Content-Type')?.split(';')[0] ?? ''
    if (!response.content || method === 'HEAD' || received.status === 304) {
      if (received.text !== '') throw new Error(`a body that the document does not have: ${where}`)
      return
    }
    const media = response.content[type]
    if (!media) throw new Error(`a media type that the document does not have (${type}): ${where}`)
    report(where, validate(media.schema, received.body))
    const slug = type === 'application/problem+json' ? slugOf(received.body) : undefined
    if (slug && !(slug in (media.examples ?? {})))
      throw new Error(`a problem that the document does not have: ${where}`)
  }
}

/** The slug of a response that is a problem. */
export const slugOf = (body: unknown) =>
  /^\/problems\/([\w-]+)$/.exec((body as { type?: string } | null)?.type ?? '')?.[1]

function report(where: string, errors: string[]): void {
  if (errors.length > 0) throw new Error(`not as documented: ${where}\n${errors.join('\n')}`)
}

/** The operation for a method and a path. A literal path has priority over a template. */
export function findOperation(document: OpenApi, method: string, path: string): Operation | undefined {
  const templates = Object.keys(document.paths).toSorted((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
  const template = templates.find((candidate) =>
    new RegExp(`^${candidate.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  return template ? document.paths[template]?.[method === 'HEAD' ? 'get' : method.toLowerCase()] : undefined
}

/** The same schema without examples and with closed objects: an undocumented member is an error in a test. */
function close<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(close) as T
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).filter(([key]) => key !== 'example')
  const closed = Object.fromEntries(members.map(([key, value]) => [key, close(value)]))
  return ('properties' in closed ? { additionalProperties: false, ...closed } : closed) as T
}
