/** The pages that links in mails lead to. A button sends the token, because mail scanners open links too. */
import { useState } from 'react'
import { Field, Form } from '../form.tsx'
import { postern } from '../postern.ts'
import { Link, Title } from '../router.tsx'

/** The token of a mail is in the fragment, which browsers do not send. */
const token = () => location.hash.slice(1)

function Done({ title, children }: { title: string; children: string }) {
  return (
    <>
      <Title>{title}</Title>
      <p role="status">{children}</p>
      <p>
        <Link to="/sign-in">Sign in</Link> or go <Link to="/">to the board</Link>.
      </p>
    </>
  )
}

export function ForgotPassword() {
  const [isSent, setSent] = useState(false)
  if (isSent)
    return <Done title="Check your mail">If the address has an account, a mail with a link is on its way.</Done>
  return (
    <>
      <Title>Forgot your password?</Title>
      <Form
        label="Forgot your password?"
        actions={['Send a link']}
        onSubmit={async ({ text }) => {
          const result = await postern.POST('/users/password-reset', { body: { email: text('email') } })
          setSent(!result.error)
          return result
        }}
      >
        <Field name="email" label="E-mail address" type="email" autoComplete="email" />
      </Form>
    </>
  )
}

export function ResetPassword() {
  const [isDone, setDone] = useState(false)
  if (isDone) return <Done title="Password changed">Every session has ended. Sign in with the new password.</Done>
  return (
    <>
      <Title>Choose a new password</Title>
      <Form
        label="Choose a new password"
        actions={['Change the password']}
        onSubmit={async ({ text }) => {
          const body = { token: token(), new_password: text('new_password') }
          const result = await postern.PUT('/users/password-reset', { body })
          setDone(!result.error)
          return result
        }}
      >
        <Field name="new_password" label="New password" type="password" autoComplete="new-password" />
      </Form>
    </>
  )
}

export function ConfirmEmail({ path }: { path: '/users/email-verification' | '/users/email-change' }) {
  const [isDone, setDone] = useState(false)
  if (isDone) return <Done title="Address confirmed">Thank you. The address is yours.</Done>
  return (
    <>
      <Title>Confirm your e-mail address</Title>
      <Form
        label="Confirm your e-mail address"
        actions={['Confirm']}
        onSubmit={async () => {
          const result = await postern.PUT(path, { body: { token: token() } })
          setDone(!result.error)
          // Reloads the user, whose address is now verified.
          if (!result.error && postern.user) await postern.GET('/users/me')
          return result
        }}
      >
        <p>Press the button if you requested this mail.</p>
      </Form>
    </>
  )
}
