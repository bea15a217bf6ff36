import type { Clock } from '../clock.ts'
import type { Deliveries } from '../deliveries.ts'
import { randomId } from '../ids.ts'
import type { Part } from '../server.ts'
import { settingsOf } from '../settings.ts'
import type { OpenStore, Store } from '../store.ts'
import { account } from './account.ts'
import { type ErrorFields, errorBody } from './api/errors.ts'
import { createClaims, createHandler } from './api/handle.ts'
import { forgetOldKeys } from './api/idempotency.ts'
import { lockTimeout, rateLimited } from './api/rate-limits.ts'
import { coupons } from './catalog/coupons.ts'
import { plans } from './catalog/plans.ts'
import { prices } from './catalog/price-routes.ts'
import { products } from './catalog/product-routes.ts'
import { promotionCodes } from './catalog/promotion-codes.ts'
import { taxRates } from './catalog/tax-rates.ts'
import { checkoutSessions } from './checkout/routes.ts'
import { creditNoteLines, creditNotes } from './credit-notes/routes.ts'
import { balanceTransactions } from './customers/balance.ts'
import { customers } from './customers/customers.ts'
import { taxIds } from './customers/tax-ids.ts'
import { discounts } from './discounts/discount.ts'
import { activeEntitlements } from './entitlements/active-entitlements.ts'
import { features } from './entitlements/features.ts'
import { productFeatures } from './entitlements/product-features.ts'
import { events } from './events/events.ts'
import { addEndpoint, type Endpoint, webhookEndpoints } from './events/webhook-endpoints.ts'
import { invoiceItems } from './invoices/item-routes.ts'
import { invoicePayments } from './invoices/payments.ts'
import { previews } from './invoices/preview.ts'
import { invoices, lineItems } from './invoices/routes.ts'
import { meterEvents, meters } from './meters/routes.ts'
import { charges } from './payments/charge-routes.ts'
import { disputes } from './payments/dispute-routes.ts'
import { fraudWarnings } from './payments/fraud-warnings.ts'
import { paymentIntents } from './payments/payment-intent-routes.ts'
import { paymentMethods } from './payments/payment-method-routes.ts'
import { refunds } from './payments/refunds.ts'
import { setupAttempts } from './payments/setup-attempts.ts'
import { setupIntents } from './payments/setup-routes.ts'
import { accountBalance, accountTransactions } from './payments/transactions.ts'
import { portalConfigurations } from './portal/configuration-routes.ts'
import { portalSessions } from './portal/sessions.ts'
import { subscriptionSchedules } from './schedules/routes.ts'
import { feedbackOptions } from './subscriptions/feedback-options.ts'
import { subscriptionItems } from './subscriptions/item-routes.ts'
import { subscriptions } from './subscriptions/routes.ts'
import { testClocks } from './test-clocks/routes.ts'
import { createScopedClock } from './test-clocks/scoped-clock.ts'
import { type Resource, shortId, type World } from './world.ts'

const resources: Resource[] = [
  account,
  accountBalance,
  accountTransactions,
  activeEntitlements,
  balanceTransactions,
  charges,
  checkoutSessions,
  coupons,
  creditNoteLines,
  creditNotes,
  customers,
  discounts,
  disputes,
  events,
  fraudWarnings,
  features,
  feedbackOptions,
  invoiceItems,
  invoicePayments,
  invoices,
  lineItems,
  meterEvents,
  meters,
  paymentIntents,
  paymentMethods,
  plans,
  portalConfigurations,
  portalSessions,
  previews,
  prices,
  productFeatures,
  products,
  promotionCodes,
  refunds,
  setupAttempts,
  setupIntents,
  subscriptionItems,
  subscriptionSchedules,
  subscriptions,
  taxIds,
  taxRates,
  testClocks,
  webhookEndpoints,
]

/** Every operation of Stripe's API that the sandbox serves. */
export const operations = resources.flatMap((resource) => resource.operations ?? [])

type GivenEndpoint = { url: string; secret: string; enabledEvents?: string[] }

/** The account's id and key are made once and kept with the state, so that a restart keeps them. */
function accountOf(store: Store, secretKey: string | undefined): World['account'] {
  const kept = store.get<{ id: string; account: string; secretKey: string }>('stripe account', 'account')
  const next = {
    id: 'account',
    account: kept?.account ?? randomId('acct_1', 15),
    secretKey: secretKey ?? kept?.secretKey ?? randomId('sk_test_51', 96),
  }
  store.put('stripe account', next)
  return { id: next.account, secretKey: next.secretKey }
}

/** Endpoints given at start take the place of those that were given at the start before. */
function registerEndpoints(world: World, given: GivenEndpoint[]): void {
  const addresses = given.map(({ url }) => url)
  for (const endpoint of [...world.store.all<Endpoint>('webhook_endpoint')]) {
    if (endpoint.hidden.given && !addresses.includes(endpoint.url))
      world.store.remove('webhook_endpoint', endpoint.id)
  }
  for (const { url, secret, enabledEvents = ['*'] } of given) {
    const before = [...world.store.all<Endpoint>('webhook_endpoint')].find((endpoint) => endpoint.url === url)
    if (before)
      world.store.put('webhook_endpoint', {
        ...before,
        enabled_events: enabledEvents,
        hidden: { secret, given: true },
      })
    else addEndpoint(world, { url, enabled_events: enabledEvents, secret, given: true })
  }
}

/** How an injected status is worded. */
function injected(status: number, code?: string): ErrorFields {
  if (status === 429) return code === lockTimeout.code ? lockTimeout : rateLimited
  return { type: 'api_error', message: 'An error occurred on our end (injected by the sandbox).' }
}

/** Builds the Stripe part on the sandbox's store, clock and deliveries. */
export function createStripe(parts: {
  store: OpenStore
  clock: Clock
  deliveries: Deliveries
  address: () => string
  secretKey?: string
  endpoints?: GivenEndpoint[]
}): { world: World; part: Part } {
  const { store, clock, deliveries, address } = parts
  const world: World = {
    store,
    clock: createScopedClock(store, clock),
    deliveries,
    account: accountOf(store, parts.secretKey),
    address,
    settings: () => settingsOf(store),
    request: null,
    resources: new Map(resources.map((resource) => [resource.object, resource])),
    listeners: new Map(),
  }
  forgetOldKeys(world)
  for (const resource of resources) resource.start?.(world)
  if (parts.endpoints) registerEndpoints(world, parts.endpoints)
  const part: Part = {
    provider: 'stripe',
    owns: ({ path }) => path.startsWith('/v1/') || path === '/v1',
    handle: createHandler(world, operations),
    claim: createClaims(world),
    faultBody: (status, code) =>
      errorBody(injected(status, code), { id: shortId('req_'), account: world.account.id }),
  }
  return { world, part }
}
