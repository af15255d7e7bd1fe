/** A running service for the tests of one file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { startService } from '../../../scripts/service.mjs'

export function runService() {
  let dir: string
  let service: Awaited<ReturnType<typeof startService>> | undefined

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postern-'))
    service = await startService({ dir })
  }, 90_000)
  afterAll(async () => {
    await service?.kill()
    await rm(dir, { recursive: true, force: true, maxRetries: 10 })
  })

  return {
    /** The directory of the local D1 database. */
    get dir() {
      return dir
    },
    get url() {
      if (!service) throw new Error('The service is not running.')
      return service.url
    },
  }
}
