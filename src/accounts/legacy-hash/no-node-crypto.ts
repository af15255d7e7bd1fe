/**
 * Stands in for `crypto` of Node, which bcryptjs imports for the salts of new hashes. Nothing here makes bcrypt hashes,
 * and workerd takes 10 ms of the start-up to load that module. See `alias` in wrangler.toml.
 */
export default {}
