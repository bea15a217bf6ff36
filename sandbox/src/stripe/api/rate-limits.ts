import { realSeconds } from '../../clock.ts'
import type { World } from '../world.ts'
import { type ErrorFields, StripeError } from './errors.ts'

/** Requests of a second in test mode. As many are allowed to one endpoint, which is therefore never met first. */
const perSecond = 25
const newInvoices = [
  { most: 10, seconds: 60 },
  { most: 20, seconds: 86_400 },
]
const quantityUpdates = { most: 200, seconds: 3600 }

export const rateLimited: ErrorFields = {
  type: 'invalid_request_error',
  code: 'rate_limit',
  message:
    'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
}

export const lockTimeout: ErrorFields = {
  type: 'invalid_request_error',
  code: 'lock_timeout',
  message:
    'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.',
}

/** A refusal whose answer also names which limit was met. */
export class RateLimited extends StripeError {
  readonly reason: 'global-rate' | 'resource-specific'
  constructor(reason: RateLimited['reason']) {
    super(429, rateLimited)
    this.reason = reason
  }
}

type Updates = { id: string; at: number[] }

/**
 * Refuses with 429 what is above the limits of test mode, where the settings `rate_limits` and `subscription_limits`
 * are on (docs.stripe.com/rate-limits). Seconds are those of the wall: requests are made in them whatever the clock says.
 */
export function createRateLimits(world: World): {
  /** Counts a request before it is worked on. */
  count(): void
  /** Looks at what a request did to a subscription, by its id; `quantity` says whether it set one. */
  checkSubscription(id: string, quantity: boolean): void
} {
  let second = { at: 0, count: 0 }

  function refuse(reason: RateLimited['reason']): never {
    throw new RateLimited(reason)
  }

  function checkInvoices(id: string): void {
    const now = world.clock.now()
    const times = world.store
      .by<{ created: number }>('invoice', 'subscription', id)
      .map(({ created }) => created)
    for (const { most, seconds } of newInvoices)
      if (times.filter((at) => at > now - seconds).length > most) refuse('resource-specific')
  }

  function checkQuantity(id: string): void {
    const now = world.clock.now()
    const before = world.store.get<Updates>('quantity updates', id)?.at ?? []
    const at = [...before.filter((one) => one > now - quantityUpdates.seconds), now]
    if (at.length > quantityUpdates.most) refuse('resource-specific')
    world.store.put<Updates>('quantity updates', { id, at })
  }

  return {
    count() {
      if (!world.settings().rate_limits) return
      const at = realSeconds()
      if (second.at !== at) second = { at, count: 0 }
      if (++second.count > perSecond) refuse('global-rate')
    },
    checkSubscription(id, quantity) {
      if (!world.settings().subscription_limits) return
      checkInvoices(id)
      if (quantity) checkQuantity(id)
    },
  }
}
