import { longId, type World } from '../world.ts'
import type { TestCard } from './test-cards.ts'

export type AskFor = 'any' | 'automatic' | 'challenge'

/** Whether the bank wants the person to confirm (docs.stripe.com/testing#regulatory-cards). */
export function asksPerson(
  { threeDSecure: kind }: TestCard,
  about: { setUp: boolean; offSession: boolean; requested: AskFor },
): boolean {
  if (kind === 'unless_set_up') return !about.setUp
  if (kind === 'on_session') return !about.offSession
  if (kind === 'if_asked') return about.requested !== 'automatic'
  return kind === 'always'
}

/**
 * What the person has to do: follow an address and come back to `returnUrl`, or, where none was given or Stripe.js is
 * said to take it on, what Stripe.js would use. Both lead to the sandbox's own page.
 */
export function nextActionOf(
  world: World,
  intentId: string,
  way: { returnUrl: string | null; stripeSdk: boolean },
): object {
  const url = `${world.address()}/authenticate/${intentId}`
  if (way.returnUrl && !way.stripeSdk)
    return { redirect_to_url: { return_url: way.returnUrl, url }, type: 'redirect_to_url' }
  return {
    type: 'use_stripe_sdk',
    use_stripe_sdk: {
      merchant: world.account.id,
      source: longId('payatt_'),
      stripe_js: url,
      type: 'three_d_secure_redirect',
    },
  }
}

/** Where the person goes after the step, as Stripe sends them back (docs.stripe.com/payments/3d-secure). */
export function returnAddress(
  returnUrl: string,
  kind: 'payment_intent' | 'setup_intent',
  intent: { id: string; client_secret: string; status: string },
): string {
  const address = new URL(returnUrl)
  address.searchParams.set(kind, intent.id)
  address.searchParams.set(`${kind}_client_secret`, intent.client_secret)
  const done = intent.status === 'succeeded' || intent.status === 'requires_capture'
  address.searchParams.set('redirect_status', done ? 'succeeded' : 'failed')
  return address.href
}
