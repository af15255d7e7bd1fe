/** Error messages for users. */
import type { ErrorCode, PosternError } from '@postern/client'
import { Link } from './router.tsx'

const HELP: Partial<Record<ErrorCode, string>> = {
  network: 'The service cannot be reached. Check the connection and try again.',
  timeout: 'The service does not respond. Try again.',
  'bad-response': 'The response is not from the service. Try again later.',
  'invalid-credentials': 'The name or the password is wrong.',
  'invalid-mail-token': 'The link is no longer valid. Ask for a new one.',
  'mail-not-configured': 'This service sends no mail.',
  'too-many-login-attempts': 'Too many wrong passwords. Wait a moment, then try again.',
  'too-many-requests': 'Too many requests. Wait a moment, then try again.',
}

export function ErrorMessage({ error, faults = [] }: { error: PosternError; faults?: string[] }) {
  return (
    <div role="alert" tabIndex={-1} className="error">
      <p>
        {error.code === 'unauthenticated' ? (
          <>
            This requires an account. <Link to="/sign-in">Sign in</Link> or <Link to="/register">register</Link>.
          </>
        ) : (
          (HELP[error.code] ?? error.message)
        )}
      </p>
      {faults.length > 0 && (
        <ul>
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
      {error.request_id && <p className="hint">Request {error.request_id}</p>}
    </div>
  )
}
