import type { Catalogs } from '../domain/catalog/reads.ts'
import type { StartCheckout } from '../domain/subscriptions/start-checkout.ts'
import type { Database } from '../lib/db.ts'
import type { StripePort } from '../providers/stripe/port.ts'
import type { TwilioPort } from '../providers/twilio/port.ts'

/** What operations work with, put together in app.ts. */
export type Parts = {
  db: Database
  catalogs: Catalogs
  stripe: StripePort
  twilio: TwilioPort
  publicUrl: string
  /** Where the sandbox is, while it stands in for Stripe. */
  sandboxUrl: string | null
  startCheckout(
    db: Database,
    input: StartCheckout,
  ): Promise<{ url: string; sessionId: string; expiresAt: Date }>
  ensureCustomer(accountId: string): Promise<string>
}
