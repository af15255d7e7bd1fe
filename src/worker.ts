/** The entry of the Worker. */
import { env } from 'cloudflare:workers'
import { createApp } from './app.ts'
import { underBasePath } from './http/base-path.ts'
import { createScheduled } from './scheduled.ts'
import { connect } from './store/database.ts'

export { Hasher } from './accounts/hasher.ts'

/** Read once, when the Worker starts, because the OpenAPI document lists only the mounted APIs. */
const readCompat = (bindings: object) =>
  'COMPAT' in bindings && typeof bindings.COMPAT === 'string' ? bindings.COMPAT : undefined

export default { fetch: underBasePath(createApp(connect, readCompat(env)).fetch), scheduled: createScheduled(connect) }
