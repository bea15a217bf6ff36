import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { Answer } from './components/answer.tsx'
import { Failure } from './components/failure.tsx'
import { Layout } from './components/layout.tsx'

const root = createRootRoute({
  component: Layout,
  notFoundComponent: () => (
    <Answer page="Not found" answer="There is no page here">
      The address may be old or mistyped.{' '}
      <Link to="/" className="link">
        Go to the start
      </Link>
    </Answer>
  ),
})

const at = <Path extends string>(path: Path, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component })

/** Another address of the billing page. */
const moved = <Path extends string>(path: Path) =>
  createRoute({
    getParentRoute: () => root,
    path,
    beforeLoad: () => {
      throw redirect({ to: '/dashboard/billing', replace: true })
    },
  })

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  component: lazyRouteComponent(() => import('./pages/admin/admin-page.tsx'), 'AdminPage'),
  validateSearch: (search): { view?: string; account?: string } => ({
    ...(typeof search.view === 'string' ? { view: search.view } : {}),
    ...(typeof search.account === 'string' ? { account: search.account } : {}),
  }),
})

const routeTree = root.addChildren([
  at(
    '/',
    lazyRouteComponent(() => import('./pages/landing/landing-page.tsx'), 'LandingPage'),
  ),
  at(
    '/pricing',
    lazyRouteComponent(() => import('./pages/pricing/pricing-page.tsx'), 'PricingPage'),
  ),
  at(
    '/dashboard/billing',
    lazyRouteComponent(() => import('./pages/billing/billing-page.tsx'), 'BillingPage'),
  ),
  moved('/dashboard'),
  moved('/settings/billing'),
  at(
    '/billing/success',
    lazyRouteComponent(() => import('./pages/billing/success-page.tsx'), 'SuccessPage'),
  ),
  at(
    '/billing/cancel',
    lazyRouteComponent(() => import('./pages/billing/cancel-page.tsx'), 'CancelPage'),
  ),
  at(
    '/sandbox',
    lazyRouteComponent(() => import('./pages/sandbox/sandbox-page.tsx'), 'SandboxPage'),
  ),
  admin,
])

export const router = createRouter({
  routeTree,
  scrollRestoration: true,
  defaultPreload: 'intent',
  defaultErrorComponent: ({ error, reset }) => (
    <Failure error={error} what="This page could not be shown." onRetry={reset} />
  ),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
