// The pages that the links in mails lead to. The token is in the fragment, which browsers do not send. Opening a page
// changes nothing. Only the button uses the token.
const token = location.hash.slice(1)
const form = document.querySelector('form[data-with-token]')
const request = document.querySelector('form[data-without-token]')
const status = document.querySelector('[role="status"]')

const shown = token || !request ? form : request
shown.hidden = false
if (!token && !request) {
  shown.hidden = true
  say('This page needs the whole link from your mail. Open the link again, or copy all of it.', true)
}
for (const one of document.forms) {
  one.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(one)
  })
}
// Opening another link in the same tab changes only the fragment.
addEventListener('hashchange', () => location.reload())

/** Submits a form, one request at a time, and shows the result. */
async function send(sender) {
  const button = sender.querySelector('button')
  const fields = Object.fromEntries(new FormData(sender))
  button.disabled = true
  say('One moment…')
  try {
    const response = await fetch(sender.dataset.action, {
      method: sender.dataset.method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(sender === form ? { [form.dataset.withToken]: token, ...fields } : fields),
    })
    if (!response.ok) return say(await explain(response), true)
    sender.hidden = true
    // The token was used: remove it, so that a reload or a copied URL does not offer it again.
    history.replaceState(null, '', location.pathname)
    say(sender.dataset.done)
  } catch {
    say('The service could not be reached. Try again.', true)
  } finally {
    button.disabled = false
  }
}

/** The text for a problem response: its `errors` if it has any. */
async function explain(response) {
  const problem = await response.json().catch(() => ({}))
  if (problem.code === 'invitation-required') {
    return 'The invitation is not for this e-mail address, or it has expired. Ask for a new one.'
  }
  if (problem.code === 'invalid-mail-token') {
    // If the page can request a new link, that form replaces the useless one.
    if (request) [form.hidden, request.hidden] = [true, false]
    return 'This link is no longer valid: it was used, replaced by a newer one, or has expired. Ask for a new one.'
  }
  const wait = response.headers.get('Retry-After')
  const details = problem.errors?.map((error) => error.detail).join(' ')
  const text = details || problem.detail || problem.title || 'Something went wrong.'
  return wait ? `${text} Try again in ${wait} seconds.` : text
}

function say(text, isError = false) {
  status.textContent = text
  status.dataset.error = String(isError)
}
