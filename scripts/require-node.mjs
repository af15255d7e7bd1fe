// Ends a command if Node.js is too old. Preloaded with `node --import`: a static import of a `.ts` file would fail first.
import { nodeFault } from './node-version.mjs'

const fault = nodeFault()
if (fault) {
  console.error(fault)
  process.exit(1)
}
