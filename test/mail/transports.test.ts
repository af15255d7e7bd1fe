import { afterEach, expect, test, vi } from 'vitest'
import { readMailConfig, type MailEnv } from '../../src/mail-config.ts'
import { MailError } from '../../src/mail/mailer.ts'
import { bindingMailer, mailerOf, resendMailer, signWebhook, webhookMailer } from '../../src/mail/transports.ts'

const mail = { id: 'id-1', to: 'hong@example.com', subject: 'S', text: 'T', html: '<p>H</p>' }
const from = { name: 'Example', email: 'no-reply@example.com' }
const secret = Uint8Array.fromBase64('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')

afterEach(() => vi.unstubAllGlobals())

/** A stand-in for the provider that records the requests. */
function stubProvider(respond: (init: RequestInit) => Promise<Response> | Response) {
  const requests: { url: string; headers: Headers; body: string }[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    requests.push({ url, headers: new Headers(init.headers), body: await new Response(init.body ?? null).text() })
    return respond(init)
  })
  return requests
}

const failureOf = async (work: Promise<void>) => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof MailError)) throw new Error('the mail was sent', { cause: error })
  return error
}

test('sends the mail to Resend with its id as the idempotency key', async () => {
  const requests = stubProvider(() => Response.json({ id: 'x' }))
  await resendMailer(from, 'key-1')(mail)
  const [request] = requests
  expect(request?.url).toBe('https://api.resend.com/emails')
  expect(request?.headers.get('Authorization')).toBe('Bearer key-1')
  expect(request?.headers.get('Idempotency-Key')).toBe('id-1')
  const { id: _, to, ...rest } = mail
  expect(JSON.parse(request?.body ?? '')).toEqual({ from: '"Example" <no-reply@example.com>', to: [to], ...rest })
})

test('signs the webhook as Standard Webhooks specifies', async () => {
  const requests = stubProvider(() => new Response(null, { status: 204 }))
  await webhookMailer(from, { url: 'https://mail.example/hook', secret })(mail)
  const [request] = requests
  const [id = '', timestamp = '', signature = ''] = ['id', 'timestamp', 'signature'].map(
    (name) => request?.headers.get(`webhook-${name}`) ?? '',
  )
  expect(id).toBe('id-1')
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5)
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${request?.body}`)
  expect(await crypto.subtle.verify('HMAC', key, Uint8Array.fromBase64(signature.slice(3)), signed)).toBe(true)
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    type: 'mail.send',
    data: { ...mail, from: '"Example" <no-reply@example.com>' },
  })
})

test('makes the signature of the example in the specification', () => {
  const [id, timestamp, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}']
  expect(signWebhook(secret, id, timestamp, body)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('passes the fields of the mail to the binding', async () => {
  const send = vi.fn<(mail: unknown) => Promise<EmailSendResult>>(async () => ({ messageId: 'x' }))
  await bindingMailer(from, { send })(mail)
  const { id: _, ...fields } = mail
  expect(send).toHaveBeenCalledWith({ from, ...fields })
})

test.each([
  [500, true],
  [503, true],
  [429, true],
  [302, true],
  [400, false],
  [401, false],
  [409, false],
  [422, false],
])('retries after a response %i: %s', async (status, isTemporary) => {
  const location = status === 302 ? { Location: 'https://evil.example/' } : {}
  const requests = stubProvider(() => new Response('hong@example.com', { status, headers: location }))
  for (const mailer of [resendMailer(from, 'key'), webhookMailer(from, { url: 'https://mail.example/', secret })]) {
    const error = await failureOf(mailer(mail))
    expect([error.isTemporary, error.message]).toEqual([isTemporary, expect.stringMatching(`responded ${status}$`)])
  }
  expect(requests).toHaveLength(2)
})

test('retries if the provider cannot be reached or does not respond in time', async () => {
  stubProvider(() => Promise.reject(new TypeError('connect to hong@example.com failed')))
  const unreachable = await failureOf(resendMailer(from, 'key')(mail))
  expect([unreachable.isTemporary, unreachable.message]).toEqual([true, 'Resend could not be reached (TypeError)'])
  stubProvider(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
  )
  const late = await failureOf(resendMailer(from, 'key', 50)(mail))
  expect([late.isTemporary, late.message]).toEqual([true, 'Resend could not be reached (TimeoutError)'])
})

test('retries if the binding never responds', async () => {
  const hang = { send: () => new Promise<never>(() => {}) }
  expect((await failureOf(bindingMailer(from, hang, 50)(mail))).isTemporary).toBe(true)
})

test.each([
  ['E_RATE_LIMIT_EXCEEDED', true],
  ['E_DAILY_LIMIT_EXCEEDED', true],
  ['E_INTERNAL_SERVER_ERROR', true],
  [undefined, true],
  ['E_VALIDATION_ERROR', false],
  ['E_RECIPIENT_SUPPRESSED', false],
  ['E_SENDER_NOT_VERIFIED', false],
])('retries after the code %s of the binding: %s', async (code, isTemporary) => {
  const send = () => Promise.reject(Object.assign(new Error('to hong@example.com'), { code }))
  const error = await failureOf(bindingMailer(from, { send })(mail))
  expect(error.isTemporary).toBe(isTemporary)
  expect(error.message).not.toContain('@')
  if (code) expect(error.message).toContain(code)
})

test('uses the first configured transport', async () => {
  const send = vi.fn<(mail: unknown) => Promise<EmailSendResult>>(async () => ({ messageId: 'x' }))
  const requests = stubProvider(() => Response.json({}))
  const limiter = { limit: async () => ({ success: true }) }
  const all = {
    MAIL_FROM: 'a@example.com',
    APP_URL: 'https://app.example.com',
    MAIL_LIMITER: limiter,
    RESEND_API_KEY: 'key',
    MAIL_WEBHOOK_URL: 'https://mail.example/hook',
    MAIL_WEBHOOK_SECRET: `whsec_${secret.toBase64()}`,
    EMAIL: { send },
  }
  const sendWith = async (env: MailEnv) => {
    const config = readMailConfig(env, [])
    if (!config) throw new Error('mail is not configured')
    await mailerOf(config)(mail)
  }
  await sendWith(all)
  await sendWith({ ...all, RESEND_API_KEY: '' })
  await sendWith({ ...all, RESEND_API_KEY: '', MAIL_WEBHOOK_URL: '', MAIL_WEBHOOK_SECRET: '' })
  expect(requests.map(({ url }) => url)).toEqual(['https://api.resend.com/emails', 'https://mail.example/hook'])
  expect(send).toHaveBeenCalledTimes(1)
})
