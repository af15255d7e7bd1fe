// The sources that are mutated, and their tests.

/** The test files of each source. A test file runs only for the mutants that survived the previous one. */
export const TESTS = {
  'src/accounts/access-token.ts': ['test/accounts/access-token.test.ts', 'test/compat/recipes.test.ts'],
  'src/accounts/guards.ts': [
    'test/accounts/access-token.test.ts',
    'test/http/openapi.test.ts',
    'test/content/verification.test.ts',
    'test/content/creation-limit.test.ts',
    'test/http/rate-limit.test.ts',
  ],
  'src/accounts/known-networks.ts': ['test/accounts/sign-in-notices.test.ts', 'test/accounts/login-throttle.test.ts'],
  'src/accounts/login-throttle.ts': ['test/accounts/login-throttle.test.ts', 'test/accounts/recovery.test.ts'],
  'src/accounts/password.ts': [
    'test/accounts/password.test.ts',
    'test/accounts/account.test.ts',
    'test/accounts/legacy-hash-schemes.test.ts',
  ],
  'src/accounts/registration.ts': [
    'test/accounts/account.test.ts',
    'test/accounts/repeated-requests.test.ts',
    'test/accounts/concurrent-changes.test.ts',
    'test/accounts/sign-in-notices.test.ts',
    'test/accounts/registration-mode.test.ts',
  ],
  'src/accounts/deletion.ts': [
    'test/accounts/other-accounts.test.ts',
    'test/accounts/deletion.test.ts',
    'test/accounts/account.test.ts',
    'test/operators/users.test.ts',
  ],
  'src/accounts/email-change.ts': [
    'test/accounts/email-change.test.ts',
    'test/accounts/other-accounts.test.ts',
    'test/accounts/recovery.test.ts',
    'test/mail/outbox.test.ts',
  ],
  'src/accounts/me.ts': [
    'test/accounts/me.test.ts',
    'test/accounts/other-accounts.test.ts',
    'test/accounts/concurrent-changes.test.ts',
    'test/accounts/names.test.ts',
    'test/accounts/audit.test.ts',
    'test/accounts/recovery.test.ts',
    'test/accounts/session.test.ts',
    'test/accounts/login-throttle.test.ts',
    'test/operators/password-reset.test.ts',
  ],
  'src/accounts/recovery.ts': [
    'test/accounts/recovery.test.ts',
    'test/accounts/other-accounts.test.ts',
    'test/accounts/concurrent-changes.test.ts',
    'test/operators/password-reset.test.ts',
    'test/mail/outbox.test.ts',
    'test/accounts/audit.test.ts',
  ],
  'src/accounts/session-list.ts': ['test/accounts/session.test.ts'],
  'src/accounts/username.ts': ['test/accounts/names.test.ts', 'test/accounts/account.test.ts'],
  'src/accounts/session.ts': [
    'test/accounts/session.test.ts',
    'test/accounts/repeated-requests.test.ts',
    'test/accounts/audit.test.ts',
  ],
  'src/accounts/sign-in.ts': [
    'test/accounts/concurrent-changes.test.ts',
    'test/accounts/account.test.ts',
    'test/accounts/sign-in-notices.test.ts',
    'test/accounts/session.test.ts',
    'test/accounts/repeated-requests.test.ts',
    'test/accounts/audit.test.ts',
    'test/accounts/legacy-hash-schemes.test.ts',
  ],
}

/** Tests that sign in often and do not test the password scheme. In the copies, they use fewer iterations. */
export const HASHES_CHEAPLY = [
  'test/accounts/audit.test.ts',
  'test/accounts/registration-mode.test.ts',
  'test/http/rate-limit.test.ts',
]
