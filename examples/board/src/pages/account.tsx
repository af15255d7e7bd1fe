/** The account: profile, password, sessions and export. */
import { useState } from 'react'
import { ErrorMessage } from '../error.tsx'
import { Field, Form } from '../form.tsx'
import { useLoad } from '../load.ts'
import { postern, useUser } from '../postern.ts'
import { Link, navigate, Title } from '../router.tsx'

export function Account() {
  const user = useUser()
  const [status, setStatus] = useState('')
  if (!user)
    return (
      <>
        <Title>Account</Title>
        <p>
          Nobody is signed in. <Link to="/sign-in">Sign in</Link>
        </p>
      </>
    )
  return (
    <>
      <Title>Account</Title>
      <p role="status">{status}</p>
      {!user.email_verified && <AskForMail onDone={setStatus} />}
      <h2>Profile</h2>
      <Form
        key={user.updated_at}
        label="Profile"
        actions={['Save']}
        onSubmit={async ({ text }) => {
          const email = text('email')
          const isNewAddress = email !== user.email
          const result = await postern.PATCH('/users/me', {
            body: {
              username: text('username'),
              ...(isNewAddress && { email, current_password: text('current_password') }),
            },
          })
          const isWaiting = result.data && isNewAddress && result.data.email !== email
          if (!result.error) setStatus(isWaiting ? 'A mail with a link is on its way to the new address.' : 'Saved.')
          return result
        }}
      >
        <Field name="username" label="Username" value={user.username} autoComplete="username" />
        <Field name="email" label="E-mail address" type="email" value={user.email} autoComplete="email" />
        <Field
          name="current_password"
          label="Current password"
          type="password"
          autoComplete="current-password"
          hint="Only for a new e-mail address."
        />
      </Form>
      <h2>Password</h2>
      <Form
        label="Password"
        actions={['Change the password']}
        onSubmit={async ({ text }) => {
          const body = { current_password: text('current_password'), new_password: text('new_password') }
          const result = await postern.PUT('/users/me/password', { body })
          if (!result.error) setStatus('The password is changed, and every other session has ended.')
          return result
        }}
      >
        <Field name="current_password" label="Current password" type="password" autoComplete="current-password" />
        <Field name="new_password" label="New password" type="password" autoComplete="new-password" />
      </Form>
      <Sessions />
      <Data />
    </>
  )
}

function AskForMail({ onDone }: { onDone: (status: string) => void }) {
  async function ask() {
    const { error } = await postern.POST('/users/me/email-verification')
    onDone(error ? error.message : 'A mail with a link is on its way.')
  }
  return (
    <p>
      Your e-mail address is not confirmed. <button onClick={() => void ask()}>Send a mail</button>
    </p>
  )
}

function Sessions() {
  const { data, error, reload } = useLoad((signal) => postern.GET('/users/me/sessions', { signal }), [])
  async function revoke(id: string) {
    await postern.DELETE('/users/me/sessions/{id}', { params: { path: { id } } })
    reload()
  }
  async function revokeOthers() {
    await postern.DELETE('/users/me/sessions')
    reload()
  }
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      {error && <ErrorMessage error={error} />}
      <ul className="items">
        {data?.items.map(({ id, user_agent, last_used_at, current }) => (
          <li key={id}>
            <p>
              {user_agent ?? 'An unknown program'} {current && <strong>(this one)</strong>}
            </p>
            <p className="hint">Last used {new Date(last_used_at).toLocaleString('en')}</p>
            {!current && <button onClick={() => void revoke(id)}>End this session</button>}
          </li>
        ))}
      </ul>
      {data && data.items.length > 1 && <button onClick={() => void revokeOthers()}>End all others</button>}
    </section>
  )
}

function Data() {
  async function download() {
    const { data } = await postern.GET('/users/me/export', { parseAs: 'blob' })
    if (!data) return
    const url = URL.createObjectURL(data)
    Object.assign(document.createElement('a'), { href: url, download: 'account.json' }).click()
    URL.revokeObjectURL(url)
  }
  return (
    <section aria-labelledby="data">
      <h2 id="data">Your data</h2>
      <p>
        <button onClick={() => void download()}>Download everything</button>
      </p>
      <Form
        label="Delete the account"
        actions={['Delete the account']}
        onSubmit={async ({ text }) => {
          const body = { current_password: text('current_password') }
          const result = await postern.POST('/users/me/delete', { body })
          if (!result.error) navigate('/')
          return result
        }}
      >
        <Field
          name="current_password"
          label="Current password"
          type="password"
          hint="The account and all it wrote are deleted."
        />
      </Form>
    </section>
  )
}
