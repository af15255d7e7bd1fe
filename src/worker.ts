/** The Worker: the app over the store that its environment names. */
import { createApp } from './app.ts'
import { connect } from './store/database.ts'

export { Hasher } from './accounts/hasher.ts'

export default createApp(connect)
