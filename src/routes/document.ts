/** The introduction of the OpenAPI document and the descriptions of its tags. */
import { SERVICE_INFO } from '../http/openapi.ts'

const INTRODUCTION = `${SERVICE_INFO.description}

**Sign in.** \`POST /users/register\` or \`POST /users/login\` returns an \`access_token\` (15 minutes) and a \`refresh_token\`.
Send \`Authorization: Bearer <access_token>\`. On this page, paste the \`access_token\` into **Authorize**.

**Stay signed in.** \`POST /users/refresh\` exchanges the refresh token for new tokens. Each refresh token can be used once.

**Page.** Lists return \`next_cursor\` and a \`Link\` header with \`rel="next"\`. Send \`next_cursor\` as \`cursor\`.

**Retry.** Repeat a 503 or a 429 after the number of seconds in \`Retry-After\`. Send an \`Idempotency-Key\` with each \`POST\`, so that it can be repeated.

**Errors.** Every error is \`application/problem+json\` (RFC 9457). Switch on \`code\`. \`errors\` lists every fault of the input. [All problem types](/problems)

**Guides.** [All guides](/docs/guides): authentication and sessions, content and search, errors, browsers and cookies, the client, deployment and operation.`

export const DOCUMENT_CONFIG = {
  openapi: '3.1.0',
  info: { ...SERVICE_INFO, description: INTRODUCTION, license: { name: 'MIT', identifier: 'MIT' } },
  servers: [
    { url: '/', description: 'The service that serves this document, local or in production.', 'x-internal': false },
  ],
  tags: [
    { name: 'users', description: 'Registration, sign-in and public profiles.' },
    { name: 'recovery', description: 'Password reset and e-mail verification, by links in mails.' },
    { name: 'me', description: 'The account of the current user.' },
    { name: 'sessions', description: 'The sessions of the current user.' },
    { name: 'posts', description: 'Posts. New posts are published at once and visible to members.' },
    { name: 'recipes', description: 'Recipes. New recipes are drafts and public once published.' },
    { name: 'operators', description: 'Users, hidden items, reports and the audit log. For operators only.' },
    { name: 'service', description: 'The service itself.' },
  ],
}
