// `npm run client`: starts the service, reads the document that it serves, and writes the client's types from it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { startService } from '../service.mjs'

const source = new URL('../../packages/client/src/', import.meta.url)

const openingOf = (subject) =>
  `/** ${subject} Generated from the OpenAPI document by \`npm run client\`; do not edit. */`

/**
 * The generated modules of the client, by file name, as text.
 *
 * @param {string} document an OpenAPI document, as JSON
 * @returns {Promise<Record<string, string>>}
 */
export async function generateTypes(document) {
  const described = withoutOldApis(JSON.parse(document))
  // A member with a default is optional in a request.
  const types = await openapiTS(JSON.stringify(withoutErrors(described)), { defaultNonNullable: false })
  return {
    'schema.ts': `${openingOf('The routes of the service as types.')}\n${astToString(types)}`,
    'operations.ts': operationsOf(described),
  }
}

/** The document without the old APIs, which have their own clients. */
function withoutOldApis({ paths, tags, ...rest }) {
  const isNative = ([path]) => !path.startsWith('/compat/')
  return { ...rest, tags, paths: Object.fromEntries(Object.entries(paths).filter(isNative)) }
}

/** The document with the bodies of successes only. The client has one type for all errors, so that its package stays small. */
function withoutErrors({ paths, ...rest }) {
  const ofSuccess = ({ responses = {}, ...operation }) => ({
    ...operation,
    responses: Object.fromEntries(
      Object.entries(responses).flatMap(([status, { headers: _, ...response }]) =>
        status.startsWith('2') ? [[status, response]] : [],
      ),
    ),
  })
  const mapValues = (object, change) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
  return { ...rest, paths: mapValues(paths, (operations) => mapValues(operations, ofSuccess)) }
}

/** Values for the client at run time: the problem codes, and the operations whose response has no body. */
function operationsOf({ paths }) {
  const codes = new Set()
  const empty = []
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      if (!responses) continue
      for (const { content } of Object.values(responses))
        for (const code of Object.keys(content?.['application/problem+json']?.examples ?? {})) codes.add(code)
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'))
      const [bare, ...others] = successes.filter(([, { content }]) => !content)
      if (!bare) continue
      if (others.length > 0) throw new Error(`${method} ${path} has two successes without a body.`)
      const orBody = successes.length > 1 ? ', orBody: true' : ''
      empty.push(`  '${method.toUpperCase()} ${path}': { status: ${bare[0]}${orBody} },\n`)
    }
  }
  if (codes.size === 0) throw new Error('The document names no problem code.')
  const union = [...codes].toSorted().map((code) => `\n  | '${code}'`)
  return `${openingOf('The problem codes, and the operations whose success has no body.')}

/** The \`code\` of every problem that a route of the document can respond with. */
export type ProblemCode =${union.join('')}

/** The status of a success without a body. With \`orBody\`, successes of other statuses have one. */
export type EmptyResponse = { status: number; orBody?: true }

/** The operations that have a success without a body. Every other success has one. */
export const EMPTY_RESPONSES: Readonly<Record<string, EmptyResponse>> = {
${empty.toSorted().join('')}}
`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dir = await mkdtemp(join(tmpdir(), 'postern-client-'))
  const service = await startService({ dir })
  try {
    const document = await (await fetch(`${service.url}/openapi.json`)).text()
    for (const [name, text] of Object.entries(await generateTypes(document)))
      await writeFile(new URL(name, source), text)
  } finally {
    await service.stop()
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  }
}
