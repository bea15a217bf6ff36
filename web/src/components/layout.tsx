import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Me } from '../lib/api.ts'
import { configQuery, meQuery } from '../lib/queries.ts'
import { Icon, type IconName } from './icon.tsx'
import { ThemeSwitch } from './theme-switch.tsx'
import { Toasts } from './toast.tsx'

type Place = { to: NonNullable<LinkProps['to']>; title: string; icon: IconName }

const placesFor = (sandbox: boolean, me: Me | undefined): Place[] => [
  ...(sandbox ? [{ to: '/', title: 'Start', icon: 'home' } as const] : []),
  { to: '/pricing', title: 'Pricing', icon: 'pricing' },
  ...(me?.account ? [{ to: '/dashboard/billing', title: 'Billing', icon: 'billing' } as const] : []),
  ...(me?.role === 'operator' ? [{ to: '/admin', title: 'Operator', icon: 'operator' } as const] : []),
  ...(sandbox ? [{ to: '/sandbox', title: 'Sandbox', icon: 'sandbox' } as const] : []),
]

/** The frame of every page: a rail on the left from 1024 px, a bar at top and bottom under it. */
export const Layout = () => {
  const { data: config } = useQuery(configQuery)
  const { data: me } = useQuery(meQuery)
  const main = useRef<HTMLElement>(null)
  useFocusOnArrival(main)
  const places = placesFor(config?.sandbox === true, me)
  const brand = config?.brand.name ?? ''
  return (
    <div className="min-h-dvh pb-20 lg:pb-0 lg:pl-56">
      <a
        href="#main"
        className="sr-only z-50 rounded-box bg-surface px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <header className="flex h-14 items-center justify-between gap-4 border-b border-line bg-surface px-4 lg:hidden">
        <span className="truncate font-semibold">{brand}</span>
        <ThemeSwitch name="theme-bar" />
      </header>
      <Rail brand={brand} places={places} me={me} />
      <main ref={main} id="main" tabIndex={-1} className="mx-auto max-w-[70rem] px-4 py-6 lg:px-8 lg:py-10">
        <Outlet />
      </main>
      <BottomBar places={places} />
      <Toasts />
    </div>
  )
}

// After a change of page the focus goes to its start, as it would on a page loaded anew. Not to the heading:
// that is exchanged when what it says has been loaded.
const useFocusOnArrival = (main: { current: HTMLElement | null }) => {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current !== undefined && path !== shown.current) main.current?.focus({ preventScroll: true })
    shown.current = path
  }, [path, main])
}

const Rail = ({ brand, places, me }: { brand: string; places: Place[]; me: Me | undefined }) => (
  <header className="fixed inset-y-0 left-0 hidden w-56 flex-col border-r border-line bg-surface px-3 py-6 lg:flex">
    <p className="truncate px-3 text-lead font-semibold">{brand}</p>
    <nav aria-label="Pages" className="mt-6 flex-1">
      <ul className="space-y-1">
        {places.map(({ to, title, icon }) => (
          <li key={title}>
            <Link
              to={to}
              activeOptions={{ exact: to === '/' }}
              className="flex items-center gap-3 rounded-box px-3 py-2 font-medium text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-surface aria-[current=page]:text-accent-ink"
            >
              <Icon name={icon} />
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
    <div className="space-y-4 px-3">
      <Person me={me} />
      <ThemeSwitch name="theme-rail" />
    </div>
  </header>
)

const Person = ({ me }: { me: Me | undefined }) => {
  if (me?.account) {
    return (
      <p className="text-small">
        <span className="block truncate font-medium">{me.account.name}</span>
        <span className="block truncate text-muted">{me.account.email}</span>
      </p>
    )
  }
  if (me?.role === 'operator') return <p className="text-small text-muted">Signed in as operator</p>
  return null
}

const BottomBar = ({ places }: { places: Place[] }) => (
  <nav
    aria-label="Pages"
    className="fixed inset-x-0 bottom-0 z-10 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
  >
    <ul className="mx-auto flex max-w-md justify-around">
      {places.map(({ to, title, icon }) => (
        <li key={title} className="min-w-0 flex-1">
          <Link
            to={to}
            activeOptions={{ exact: to === '/' }}
            className="flex h-14 flex-col items-center justify-center gap-0.5 text-small font-medium text-muted aria-[current=page]:text-accent-ink"
          >
            <Icon name={icon} />
            {title}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
)
