// The version of Node.js that the scripts require. The package `node` installs one if npm ran its install script.
const [MAJOR, MINOR] = [22, 18]

/** Why the scripts do not run with this version, and how to get another. Undefined if they run. */
export function nodeFault(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return undefined
  return (
    `Node.js ${version} is too old: wrangler needs ${MAJOR}.${MINOR} or later.\n` +
    'The project brings its own Node.js, which `npm ci --ignore-scripts` does not install. To install it: npm rebuild node'
  )
}
