// `npm run client`: starts the service, reads the document that it serves, and writes the client's types from it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { startService } from '../service.mjs'

const file = new URL('../../client/schema.ts', import.meta.url)

const OPENING =
  '/** The routes of the service as types. Made from its OpenAPI document by `npm run client`; not edited by hand. */'

/**
 * The types of a document, as the text of a module.
 *
 * @param {string} document an OpenAPI document, as JSON
 */
export async function generateTypes(document) {
  // What has a default may still be left out of what is sent.
  const types = await openapiTS(document, { defaultNonNullable: false })
  return `${OPENING}\n${astToString(types)}`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dir = await mkdtemp(join(tmpdir(), 'postern-client-'))
  const service = await startService({ dir })
  try {
    const document = await (await fetch(`${service.url}/openapi.json`)).text()
    await writeFile(file, await generateTypes(document))
  } finally {
    await service.stop()
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  }
}
