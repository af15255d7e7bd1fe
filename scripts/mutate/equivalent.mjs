// Mutants that behave like the source.

/**
 * Equivalent mutants, with the reason. They are not run. An entry that the source no longer has is an error. An entry with
 * `within` is for lines that contain this text.
 */
export const EQUIVALENT = {
  'src/accounts/access-token.ts': [
    {
      why: '`hono/jwt` requires three parts and a valid signature, too',
      before: String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}\.[\w-]{42}[AEIMQUYcgkosw048]$/`,
      after: [
        String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.[\w-]{1,2000}\.[\w-]{42}[AEIMQUYcgkosw048]$/`,
        String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}.[\w-]{42}[AEIMQUYcgkosw048]$/`,
        String.raw`/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]{1,2000}\.[\w-]*[AEIMQUYcgkosw048]$/`,
      ],
    },
    {
      why: 'a token that has not expired and has a short lifetime is not older',
      before: 'age < lifetime',
      after: ['true', '((age) <= (lifetime))'],
    },
  ],
  'src/accounts/deletion.ts': [
    { why: 'a step of another size deletes the same', before: '5_000', after: ['5001', '4999'] },
    { why: 'one more step deletes the same', within: 'MAX_STEPS', before: '2', after: ['3'] },
    {
      why: 'one more step deletes the same',
      before: 'step < MAX_STEPS',
      after: ['((step) <= (MAX_STEPS))'],
    },
    {
      why: 'the id of the user makes the value unique',
      before: "`'deleted:' || ${users.id} || ':' || hex(randomblob(16))`",
      after: [17, 15, 0].map((bytes) => `\`'deleted:' || \${users.id} || ':' || hex(randomblob(${bytes}))\``),
    },
    { why: 'only `operator` is a role with rights', before: "'member'", after: ["''"] },
    { why: 'only the first row is read', within: '.limit(1)', before: '1', after: ['2'] },
  ],
  'src/accounts/email-change.ts': [
    {
      why: 'the MAC proves that this service made the payload',
      before: String.raw`/^([\w-]{22}) (.+)$/s`,
      after: [
        String.raw`/([\w-]{22}) (.+)$/s`,
        String.raw`/^([\w-]*) (.+)$/s`,
        String.raw`/^([\w-]{22}) (.*)$/s`,
        String.raw`/^([\w-]{22}) (.+)/s`,
        String.raw`/^([\w-]{22}) (.+)$/`,
      ],
    },
    {
      why: 'the token and both parts of its payload are present or missing together',
      before: '!read || !sessionId || !email',
      after: ['((!read || !sessionId) && (!email))'],
    },
    {
      why: 'the token and both parts of its payload are present or missing together',
      before: '!read || !sessionId',
      after: ['false', '((!read) && (!sessionId))'],
    },
    ...['!read', '!sessionId', '!email'].map((before) => ({
      why: 'the token and both parts of its payload are present or missing together',
      before,
      after: ['false'],
    })),
    { why: '`exists` reads no value', before: '`1`', after: ['`2`', '`0`'] },
    {
      why: 'any change of the epoch invalidates the tokens',
      before: '`${users.epoch} + 1`',
      after: ['`${users.epoch} + 2`'],
    },
    {
      why: 'the session was active when the password was verified, in the same request',
      before: 'await requireActiveSession(db, currentUser, now)',
      after: [';'],
    },
  ],
  'src/accounts/guards.ts': [
    {
      why: '`COMPACT_JWS` accepts neither an empty token nor `undefined`',
      before: '!token',
      after: ['false'],
    },
    { why: 'nothing has set Vary before the guard', within: 'Vary', before: 'true', after: ['false'] },
    {
      why: '`hono/jwt` requires the scheme and one token, too',
      before: String.raw`/^bearer +(\S+)$/i`,
      after: [
        String.raw`/bearer +(\S+)$/i`,
        String.raw`/^bearer *(\S+)$/i`,
        String.raw`/^bearer +(\S*)$/i`,
        String.raw`/^bearer +(\S+)/i`,
      ],
    },
    { why: '`http/render.ts` makes the response, not `hono/jwt`', before: `'postern'`, after: [`''`] },
    {
      why: '`hono/jwt` awaits what `next` returns, and null is awaited too',
      before: 'Promise.resolve()',
      after: ['null'],
    },
    {
      why: 'without the cache, each request makes the same middleware again',
      before: '!found',
      after: ['true'],
    },
    {
      why: 'without the cache, each request makes the same middleware again',
      before: 'verifiers.set(config, found)',
      after: [';'],
    },
    { why: 'the text of `undefined` is not a scheme', before: 'authorization !== undefined', after: ['true'] },
  ],
  'src/accounts/known-networks.ts': [
    {
      why: 'a digest is compared only with digests of the same form',
      within: 'omitPadding',
      before: 'true',
      after: ['false'],
    },
    { why: 'no other list of parts has two parts, of which the first is empty', before: `'network'`, after: [`''`] },
  ],
  'src/accounts/login-throttle.ts': [
    {
      why: 'a digest is compared only with digests of the same form',
      within: 'omitPadding',
      before: 'true',
      after: ['false'],
    },
    ...["'name and network'", "'name'", "'current password'"].map((before) => ({
      why: 'the three lists of parts stay different',
      before,
      after: ["''"],
    })),
    {
      why: 'no other row has the nonce; the subject is there for the index',
      before: 'and(eq(subject, perName), eq(nonce, attempt.nonce))',
      after: ['and(eq(nonce, attempt.nonce))'],
    },
    {
      why: 'after 7 doublings the delay is the longest one',
      before: '`min(${increased} - ${free + 1}, 10)`',
      after: ['`min(${increased} - ${free + 1}, 11)`', '`min(${increased} - ${free + 1}, 9)`'],
    },
    {
      why: 'SQLite shifts 1 by -1 to 0; no delay and a delay that ended a millisecond ago are the same',
      before: '`case when ${increased} > ${free} then ${now} + ${delay} else 0 end`',
      after: [
        '`case when ${increased} >= ${free} then ${now} + ${delay} else 0 end`',
        '`case when ${increased} > ${free} then ${now} + ${delay} else 1 end`',
        '`case when ${increased} > ${free} then ${now} + ${delay} else -1 end`',
      ],
    },
    {
      why: 'a delay that ended within a millisecond of 1970 has ended, too',
      within: 'new Date(0)',
      before: '0',
      after: ['1', '-1'],
    },
    {
      why: 'a delay that ended within a millisecond of 1970 has ended, too',
      before: '`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else 0 end`',
      after: [
        '`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else 1 end`',
        '`case when ${remaining} > ${FREE_PER_NAME} then ${retry_at} else -1 end`',
      ],
    },
    {
      why: 'every caller passes a condition; only the type requires the default',
      before: '`1`',
      after: ['``', '`2`', '`0`'],
    },
    {
      why: 'the attempt that succeeded is in the count of its network',
      before: '`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), 0)`',
      after: [
        '`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), 1)`',
        '`coalesce((select n.failures from ${loginAttempts} n where n.subject = ${perNetwork}), -1)`',
      ],
    },
    {
      why: 'the batch that creates a row without failures deletes it',
      before: 'and(eq(subject, perName), eq(failures, 0))',
      after: ['and(eq(failures, 0))'],
    },
  ],
  'src/accounts/password.ts': [
    {
      why: 'only a hash with a pepper is derived with one; only the type requires the check',
      before: 'pepper !== undefined',
      after: ['true'],
    },
    {
      why: 'the caller has verified the password, so one of its forms matches',
      within: '  return undefined',
      before: 'undefined',
      after: ['null'],
    },
  ],
  'src/accounts/recovery.ts': [
    {
      why: 'the mail is sent after the response anyway',
      within: 'RESET_DELAY',
      before: '100',
      after: ['101', '0', '99'],
    },
    {
      why: 'no other hash has the salt; the id is there for the index',
      before: 'and(eq(users.id, read.userId), eq(users.password_hash, password_hash))',
      after: ['and(eq(users.password_hash, password_hash))'],
    },
    {
      why: 'any change of the epoch invalidates the tokens',
      before: '`${users.epoch} + 1`',
      after: ['`${users.epoch} - 1`', '`${users.epoch} + 2`'],
    },
  ],
  'src/accounts/registration.ts': [
    {
      why: 'no other hash has the salt; the name is there for the index',
      before: 'and(eq(users.username_normalized, names.username_normalized), eq(users.password_hash, password_hash))',
      after: ['and(eq(users.password_hash, password_hash))'],
    },
    { why: 'in SQL nothing equals null', before: 'registration_key === null', after: ['false'] },
    {
      why: 'the key is a digest of the names too; the name is there for the index',
      before: `and(
    eq(users.username_normalized, username_normalized),
    eq(users.registration_key, registration_key),
    gt(users.created_at, new Date(now - REPLAY_WINDOW)),
  )`,
      after: ['and(eq(users.registration_key, registration_key), gt(users.created_at, new Date(now - REPLAY_WINDOW)))'],
    },
    {
      why: 'a digest is compared only with digests of the same form',
      within: 'omitPadding',
      before: 'true',
      after: ['false'],
    },
  ],
  'src/accounts/sign-in.ts': [
    { why: 'columns are read by position', before: `'is_known'`, after: [`''`] },
    {
      why: 'SQLite reads the index of addresses first, although it does not promise it',
      before: `input.email ?? input.username`,
      after: ['((input.email) && (input.username))'],
    },
    {
      why: 'SQLite reads the index of addresses first, although it does not promise it',
      before: `input.email ?? input.username ?? ''`,
      after: [`((input.email ?? input.username) && (''))`],
    },
    { why: 'no password matches the dummy hash of an unknown user', before: '!found', after: ['false'] },
    { why: 'only the first row is read', within: '.limit(', before: '1', after: ['2'] },
  ],
  'src/accounts/session.ts': [
    {
      why: 'the three parts are present or missing together',
      before: '!selector || !digits || !mac',
      after: ['((!selector || !digits) && (!mac))'],
    },
    {
      why: 'the three parts are present or missing together',
      before: '!selector || !digits',
      after: ['false', '((!selector) && (!digits))'],
    },
    { why: 'the three parts are present or missing together', before: '!selector', after: ['false'] },
    { why: 'the three parts are present or missing together', before: '!digits', after: ['false'] },
    { why: 'the three parts are present or missing together', before: '!mac', after: ['false'] },
    { why: 'in SQL nothing equals null', before: 'rotation_key === null', after: ['false'] },
  ],
}
