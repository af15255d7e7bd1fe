/** The layout of every page, and the page of each path. */
import { Account } from './pages/account.tsx'
import { EditItem, NewItem } from './pages/editor.tsx'
import { Item } from './pages/item.tsx'
import { List } from './pages/list.tsx'
import { ConfirmEmail, ForgotPassword, ResetPassword } from './pages/recovery.tsx'
import { Reports } from './pages/report.tsx'
import { Register, SignIn } from './pages/sign-in.tsx'
import { postern, useUser } from './postern.ts'
import { Link, navigate, Title, useLocation } from './router.tsx'

export function App() {
  const user = useUser()
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <nav aria-label="Main">
          <Link to="/" className="brand">
            Board
          </Link>
          <Link to="/recipes">Recipes</Link>
          {user && <Link to="/new">Write</Link>}
          {user && <Link to="/mine">Mine</Link>}
          {user?.role === 'operator' && <Link to="/reports">Reports</Link>}
        </nav>
        <nav aria-label="Account">
          {user ? (
            <>
              <Link to="/account">{user.username}</Link>
              <button onClick={() => void signOut()}>Sign out</button>
            </>
          ) : (
            <>
              <Link to="/sign-in">Sign in</Link>
              <Link to="/register">Register</Link>
            </>
          )}
        </nav>
      </header>
      <main id="main">
        <Page />
      </main>
    </>
  )
}

async function signOut() {
  const { error } = await postern.signOut()
  if (error) alert('You are signed out here, but the service was not reached: the session may still be active.')
  navigate('/')
}

function Page() {
  const { path, query } = useLocation()
  const [, type, id, action] = /^\/(posts|recipes)\/(\d+)(?:\/(edit))?$/.exec(path) ?? []
  if (type === 'posts' || type === 'recipes') {
    const props = { type, id: Number(id) } as const
    return action ? <EditItem key={path} {...props} /> : <Item key={path} {...props} />
  }
  switch (path) {
    case '/':
      return <List key={path} type="posts" />
    case '/recipes':
      return <List key={path} type="recipes" />
    case '/mine':
      return <List key={path} type={query.get('type') === 'recipes' ? 'recipes' : 'posts'} isMine />
    case '/new':
      return <NewItem key={path} type="posts" />
    case '/new-recipe':
      return <NewItem key={path} type="recipes" />
    case '/sign-in':
      return <SignIn />
    case '/register':
      return <Register />
    case '/reports':
      return <Reports />
    case '/account':
      return <Account />
    case '/forgot':
      return <ForgotPassword />
    case '/reset':
      return <ResetPassword />
    case '/verify':
      return <ConfirmEmail path="/users/email-verification" />
    case '/email-change':
      return <ConfirmEmail path="/users/email-change" />
    default:
      return <Title>Page not found</Title>
  }
}
