/** The entry of the Worker. */
import { createApp } from './app.ts'
import { connect } from './store/database.ts'

export { Hasher } from './accounts/hasher.ts'

export default createApp(connect)
