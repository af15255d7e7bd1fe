import { expect, test } from 'vitest'
import { readMailConfig } from '../../src/mail-config.ts'
import { composeMessage, type MessageType } from '../../src/mail/messages.ts'
import { accountWithMail, mailEnv, mailsTo, APP_URL } from '../support/mailbox.ts'
import { call } from '../support/service.ts'

const config = readMailConfig(mailEnv, [])
if (!config) throw new Error('mail is not configured')
const at = new Date('2026-11-25T12:34:56.789Z')
const TYPES: [MessageType, string | null, string | undefined][] = [
  ['reset', '/reset', 'token'],
  ['verify', '/verify', 'token'],
  ['change', '/email-change', 'token'],
  ['register', '/verify', 'token'],
  ['invite', '/register', 'token'],
  ['taken', '/reset', undefined],
  ['password-changed', '/reset', undefined],
  ['new-sign-in', '/reset', undefined],
  ['email-changed', null, undefined],
  ['account-deleted', null, undefined],
  ['reset-issued', null, undefined],
]

test.each(TYPES)('%s: text and HTML have the same content and one link', async (type, page, token) => {
  const { subject, text, html } = await composeMessage(config, type, at, token)
  const link = page && `${APP_URL}${page}${token ? `#${token}` : ''}`
  expect(subject).toContain('Example')
  expect(text).toContain('Example')
  expect(text).toMatch(/not (you|me|for you)/)
  if (link) expect(text.match(/https?:\/\/\S+/g)).toEqual([link])
  if (link) expect(html).toContain(`href="${link}"`)
  expect(new Set(html.match(/https?:\/\/[^\s"<)]+/g) ?? [])).toEqual(new Set(text.match(/https?:\/\/[^\s)]+/g) ?? []))
  expect(html).not.toMatch(/<img|<script|<link|src=|url\(/)
  for (const line of text.split('\n').filter((one) => one && !one.includes(APP_URL) && !one.endsWith(':'))) {
    expect(html).toContain(line)
  }
})

test('a notice has the time of the event in UTC', async () => {
  expect((await composeMessage(config, 'password-changed', at)).text).toContain('2026-11-25 12:34 UTC')
})

test('the name of the service is escaped', async () => {
  const named = { ...config, service: `R&D <b>"'` }
  expect((await composeMessage(named, 'reset', at, 'token')).html).not.toContain('<b>')
})

test('a mail has no username, and the Host header changes no link', async () => {
  const { username, email } = await accountWithMail()
  const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Origin: 'https://evil.example' }
  await call('POST', '/users/password-reset', { env: mailEnv, json: { email }, headers })
  expect(mailsTo(email)).toHaveLength(2)
  for (const { subject, text, html } of mailsTo(email)) {
    expect(subject + text + html).not.toContain(username)
    expect(subject + text + html).not.toMatch(/evil|postern\.test/)
  }
})
