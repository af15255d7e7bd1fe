import { expect, test } from 'vitest'
import { account, call, PASSWORD } from './service.ts'

test('somebody registers and is signed in', async () => {
  const { status, body } = await call('POST', '/users/register', {
    json: { username: '홍길동', email: 'hong@example.com', password: PASSWORD },
  })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    token_type: 'Bearer',
    expires_in: 900,
    user: { username: '홍길동', email: 'hong@example.com' },
  })

  const me = await call('GET', '/users/me', { token: body.access_token })
  expect(me.body).toEqual(body.user)
})

test('an account signs in by e-mail address and by username, in any case', async () => {
  const { email, username, password } = await account()
  for (const by of [{ email }, { username }, { email: email.toUpperCase() }, { username: username.toUpperCase() }]) {
    const { status, body } = await call('POST', '/users/login', { json: { ...by, password } })
    expect(status).toBe(200)
    expect(body.user.username).toBe(username)
  }
})
