/** The bindings of the Worker that runs the tests. */
declare namespace Cloudflare {
  interface Env {
    DB: D1Database
    ASSETS: Fetcher
    RATE_LIMITER: RateLimit
    CREATE_LIMITER: RateLimit
    WRITE_LIMITER: RateLimit
    MAIL_LIMITER: RateLimit
    EMAIL: SendEmail
    HASHER: DurableObjectNamespace<import('../../src/accounts/hasher.ts').Hasher>
    STORE: 'd1' | 'libsql'
    PACE: 'fast' | 'slow'
    LIBSQL_SERVER: string
    TEST_BASE_PATH: string
    MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}

/** A file as a string. */
declare module '*?raw' {
  const content: string
  export default content
}
