import type { Part, Reply, SandboxRequest } from '../server.ts'
import { StripeError } from '../stripe/api/errors.ts'
import { testClockOf } from '../stripe/test-clocks/whose.ts'
import type { World } from '../stripe/world.ts'
import { checkoutPage, recoveryPage } from './checkout-page.ts'
import { authenticationPage, invoicePage } from './invoice-page.ts'
import { notice } from './layout.ts'
import { loginPage } from './login-page.ts'
import { creditNotePdf, invoicePdf } from './pdf.ts'
import { portalPage } from './portal-page.ts'
import { receiptPage } from './receipt-page.ts'

type Show = (world: World, id: string, given: URLSearchParams | null, query: URLSearchParams) => Reply

const pages: [pattern: RegExp, show: Show][] = [
  [/^\/c\/pay\/([^/]+)$/, checkoutPage],
  [/^\/c\/recover\/([^/]+)$/, recoveryPage],
  [/^\/p\/session\/([^/]+)$/, portalPage],
  [/^\/p\/login\/([^/]+)$/, loginPage],
  [/^\/i\/([^/]+)\/pdf$/, invoicePdf],
  [/^\/credit_notes\/([^/]+)\/pdf$/, creditNotePdf],
  [/^\/i\/([^/]+)$/, invoicePage],
  [/^\/authenticate\/([^/]+)$/, authenticationPage],
  [/^\/receipts\/([^/]+)$/, receiptPage],
]

function answer(world: World, request: SandboxRequest): Reply {
  const [show, id] = pages.flatMap(([pattern, one]): [Show, string][] => {
    const found = pattern.exec(request.path)
    return found ? [[one, decodeURIComponent(found[1] ?? '')]] : []
  })[0] ?? [undefined, '']
  if (!show) return { ...notice('Nothing here', 'The sandbox has no such page.'), status: 404 }
  world.store.commit()
  try {
    const given = request.method === 'POST' ? new URLSearchParams(request.body.toString()) : null
    return world.clock.within(testClockOf(world, id), () => show(world, id, given, request.query))
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    world.store.rollback()
    return { ...notice('That did not work', error.message), status: error.status }
  } finally {
    world.store.commit()
  }
}

/** The pages that a person clicks through: Checkout, portal, invoices, receipts and 3-D Secure. */
export function createPages(world: World): Part {
  return {
    owns: ({ path, method }) =>
      (method === 'GET' || method === 'POST') &&
      /^\/(c\/pay|c\/recover|credit_notes|p\/session|p\/login|i|authenticate|receipts)\//.test(path),
    handle: (request) => answer(world, request),
  }
}
