/** The entry of the Worker. */
import { createApp } from './app.ts'
import { underBasePath } from './http/base-path.ts'
import { createScheduled } from './scheduled.ts'
import { connect } from './store/database.ts'

export { Hasher } from './accounts/hasher.ts'

export default { fetch: underBasePath(createApp(connect).fetch), scheduled: createScheduled(connect) }
