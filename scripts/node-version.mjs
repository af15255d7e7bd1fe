// The version of Node.js that the scripts need. The package `node` brings one, if npm was allowed to run its install script.
const [MAJOR, MINOR] = [22, 18]

/** Why the scripts do not run with this version, and how to get one that fits; undefined if they do. */
export function nodeFault(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return undefined
  return (
    `Node.js ${version} is too old: wrangler needs ${MAJOR}.${MINOR} or later.\n` +
    'The project brings its own Node.js, which `npm ci --ignore-scripts` does not install. To install it: npm rebuild node'
  )
}
