import Stripe from 'stripe'
import {
  fromCheckout,
  fromCustomer,
  fromEvent,
  fromLine,
  fromPrice,
  fromSubscription,
  instant,
} from './convert.ts'
import { askStripe } from './errors.ts'
import { invoices, invoicesBeside } from './invoices.ts'
import type { StripePort, UpcomingInvoice } from './port.ts'

/** The version whose shapes convert.ts knows. The SDK pins the same one; naming it keeps an upgrade deliberate. */
const API_VERSION = '2026-10-28.endive'

const TIMEOUT_MS = 30_000

/** The official SDK, pointed at another server of the same API where `apiBase` names one. */
export function stripeSdk(options: { secretKey: string; apiBase: string | null }): Stripe {
  const base = options.apiBase === null ? null : new URL(options.apiBase)
  return new Stripe(options.secretKey, {
    apiVersion: API_VERSION,
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 2,
    telemetry: false,
    appInfo: { name: 'Tollgate' },
    ...(base === null
      ? {}
      : {
          host: base.hostname,
          port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
          protocol: base.protocol === 'https:' ? 'https' : 'http',
        }),
  })
}

/** Everything that Tollgate asks of Stripe. */
export function stripeClient(sdk: Stripe): StripePort {
  return {
    ...customers(sdk),
    ...checkouts(sdk),
    ...subscriptions(sdk),
    ...invoices(sdk),
    ...invoicesBeside(sdk),
    ...catalog(sdk),
    ...events(sdk),
  }
}

type Part<Name extends keyof StripePort> = Pick<StripePort, Name>

function customers(
  sdk: Stripe,
): Part<'createCustomer' | 'findCustomer' | 'fetchCustomer' | 'createPortalSession'> {
  return {
    createCustomer: (input) =>
      askStripe(async () =>
        fromCustomer(
          await sdk.customers.create(
            {
              name: input.name,
              email: input.email,
              ...(input.phone === null ? {} : { phone: input.phone }),
              metadata: {
                tollgate_account: input.accountId,
                tollgate_customer: input.customerId,
                external_id: input.externalId,
              },
            },
            { idempotencyKey: `customer:${input.customerId}` },
          ),
        ),
      ),
    findCustomer: ({ customerId, email }) =>
      askStripe(async () => {
        // A list is read-after-write; Stripe's search lags up to a minute behind.
        for await (const customer of sdk.customers.list({ email, limit: 100 })) {
          if (customer.metadata.tollgate_customer === customerId) return fromCustomer(customer)
        }
        return undefined
      }),
    fetchCustomer: (id) => askStripe(async () => fromCustomer(await sdk.customers.retrieve(id))),
    createPortalSession: ({ customerId, returnUrl }) =>
      askStripe(async () => {
        const { url } = await sdk.billingPortal.sessions.create({
          customer: customerId,
          return_url: returnUrl,
        })
        return { url }
      }),
  }
}

function checkouts(sdk: Stripe): Part<'createCheckout' | 'fetchCheckout' | 'expireCheckout'> {
  return {
    createCheckout: (input) =>
      askStripe(async () => {
        const metadata = {
          tollgate_account: input.accountId,
          tollgate_checkout: input.checkoutId,
          plan: input.plan,
          ...(input.userId === null ? {} : { user: input.userId }),
        }
        return fromCheckout(
          await sdk.checkout.sessions.create(
            {
              mode: 'subscription',
              customer: input.customerId,
              client_reference_id: input.accountId,
              line_items: [{ price: input.priceId, quantity: 1 }],
              allow_promotion_codes: true,
              billing_address_collection: 'auto',
              success_url: input.successUrl,
              cancel_url: input.cancelUrl,
              metadata,
              subscription_data: {
                metadata,
                ...(input.trialDays > 0 ? { trial_period_days: input.trialDays } : {}),
              },
            },
            { idempotencyKey: `checkout:${input.checkoutId}` },
          ),
        )
      }),
    fetchCheckout: (id) => askStripe(async () => fromCheckout(await sdk.checkout.sessions.retrieve(id))),
    expireCheckout: (id) =>
      askStripe(async () => {
        await sdk.checkout.sessions.expire(id)
      }),
  }
}

function subscriptions(sdk: Stripe): Part<'fetchSubscription' | 'previewRenewal'> {
  return {
    fetchSubscription: (id) =>
      askStripe(async () => fromSubscription(await sdk.subscriptions.retrieve(id, { expand: ['customer'] }))),
    previewRenewal: (subscriptionId) =>
      askStripe(async () => {
        try {
          return fromPreview(await sdk.invoices.createPreview({ subscription: subscriptionId }))
        } catch (error) {
          // Where the subscription ends at the period's end there is no next invoice to preview.
          if (error instanceof Stripe.errors.StripeError && error.code === 'invoice_upcoming_none')
            return undefined
          throw error
        }
      }),
  }
}

function fromPreview(preview: Stripe.Invoice): UpcomingInvoice {
  return {
    date: instant(preview.next_payment_attempt ?? preview.period_end),
    currency: preview.currency,
    amountDueCents: BigInt(preview.amount_due),
    creditCents: BigInt(Math.max(0, -(preview.starting_balance ?? 0))),
    lines: preview.lines.data.map((line) => fromLine(line)),
  }
}

function events(sdk: Stripe): Part<'undeliveredEvents'> {
  return {
    undeliveredEvents: (limit) =>
      askStripe(async () => {
        const found: Stripe.Event[] = []
        for await (const event of sdk.events.list({ delivery_success: false, limit: 100 })) {
          found.push(event)
          if (found.length === limit) break
        }
        return found.reverse().map((event) => ({ event: fromEvent(event), body: JSON.stringify(event) }))
      }),
  }
}

function catalog(sdk: Stripe): Part<'findPrices' | 'ensureProduct' | 'createPrice'> {
  return {
    findPrices: (lookupKeys) =>
      askStripe(async () => {
        const found = []
        // Stripe takes at most ten lookup keys a request.
        for (let from = 0; from < lookupKeys.length; from += 10) {
          const page = await sdk.prices.list({
            lookup_keys: lookupKeys.slice(from, from + 10),
            active: true,
            limit: 100,
          })
          found.push(...page.data.map(fromPrice))
        }
        return found
      }),
    ensureProduct: ({ productId, name, description }) =>
      askStripe(async () => {
        const words = { name, ...(description === '' ? {} : { description }) }
        try {
          return (await sdk.products.create({ id: productId, ...words })).id
        } catch (error) {
          if (!(error instanceof Stripe.errors.StripeError) || error.code !== 'resource_already_exists')
            throw error
          return (await sdk.products.update(productId, words)).id
        }
      }),
    createPrice: (input) =>
      askStripe(async () =>
        fromPrice(
          await sdk.prices.create(
            {
              product: input.productId,
              currency: input.currency,
              unit_amount: input.amountCents,
              recurring: { interval: input.interval },
              lookup_key: input.lookupKey,
              transfer_lookup_key: true,
            },
            { idempotencyKey: `price:${input.lookupKey}:${input.amountCents}` },
          ),
        ),
      ),
  }
}
