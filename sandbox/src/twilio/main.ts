import type { Clock } from '../clock.ts'
import type { Deliveries } from '../deliveries.ts'
import type { Handler } from '../server.ts'
import type { Store } from '../store.ts'
import { openAccounts } from './account.ts'
import { accountRoutes } from './accounts.ts'
import { availableNumberRoutes } from './available-numbers.ts'
import { declareCallIndexes } from './call.ts'
import { registerSigner } from './callbacks.ts'
import { callRoutes, playCalls } from './calls.ts'
import { controlHandlers } from './from-outside.ts'
import { incomingNumberRoutes } from './incoming-numbers.ts'
import { declareMessageIndexes } from './message.ts'
import { messageRoutes, playMessages, type SentMessage, sentMessages } from './messages.ts'
import { declareNumberIndexes } from './owned-numbers.ts'
import { pricingRoutes } from './pricing.ts'
import { retryWebhooks } from './retries.ts'
import { dispatch } from './router.ts'
import type { World } from './world.ts'

export type Twilio = {
  /** Answers what is sent to a Twilio host. */
  handle: Handler
  /** What left by SMS, oldest first. */
  messages(): SentMessage[]
  /** Control handlers by path. */
  control: Record<string, Handler>
}

/** Twilio's HTTP API on a store: one account, its subaccounts, and all that they have. */
export function createTwilio(parts: {
  store: Store
  clock: Clock
  deliveries: Deliveries
  account: { sid: string; authToken: string }
}): Twilio {
  const { store, clock, deliveries } = parts
  const world: World = { store, clock, deliveries, accounts: openAccounts(store, clock, parts.account) }
  declareNumberIndexes(store)
  declareMessageIndexes(store)
  declareCallIndexes(store)
  registerSigner(world)
  playMessages(world)
  playCalls(world)
  retryWebhooks(world)
  const routes = [
    ...accountRoutes(world),
    ...availableNumberRoutes(world),
    ...incomingNumberRoutes(world),
    ...messageRoutes(world),
    ...callRoutes(world),
    ...pricingRoutes(),
  ]
  return {
    handle: (request) => dispatch(request, routes, world.accounts),
    messages: () => sentMessages(world),
    control: controlHandlers(world),
  }
}
export { twilioFaultBody } from './refusal.ts'
export { twilioHosts } from './router.ts'
