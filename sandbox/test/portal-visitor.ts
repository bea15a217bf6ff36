import type Stripe from 'stripe'
import { customerWithCard, monthlyPrice, type Started } from './start.ts'

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features

type Update = NonNullable<Features['subscription_update']>

/** Three plans, and subscribers to the Basic one at the portal of a configuration. */
export async function openPortals({ stripe }: Started) {
  const basic = await monthlyPrice(stripe, 4000, 'Basic')
  const pro = await monthlyPrice(stripe, 9000, 'Pro')
  const small = await monthlyPrice(stripe, 1000, 'Small')
  return {
    basic,
    pro,
    small,
    /** Features that let a person change between the plans. */
    withUpdates: (more: Partial<Update> = {}): Features => ({
      payment_method_update: { enabled: true },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price'],
        products: [basic, pro, small].map(({ id, product }) => ({ prices: [id], product: String(product) })),
        ...more,
      },
    }),
    async visitor(features: Features, more: { subscribe?: object; session?: object } = {}) {
      const customer = await customerWithCard(stripe)
      const subscription = await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: basic.id }],
        ...more.subscribe,
      })
      const configuration = await stripe.billingPortal.configurations.create({ features })
      const asked = typeof more.session === 'function' ? more.session(subscription) : more.session
      const { url } = await stripe.billingPortal.sessions.create({
        customer: customer.id,
        configuration: configuration.id,
        return_url: 'https://example.com/back',
        ...asked,
      })
      const see = async (query: Record<string, string> = {}) =>
        (await fetch(`${url}?${new URLSearchParams({ subscription: subscription.id, ...query })}`)).text()
      const send = async (fields: Record<string, string>) => {
        const body = new URLSearchParams({ subscription: subscription.id, ...fields })
        const answer = await fetch(url, { method: 'POST', redirect: 'manual', body })
        return { status: answer.status, to: answer.headers.get('location'), html: await answer.text() }
      }
      const now = () => stripe.subscriptions.retrieve(subscription.id)
      return { customer, subscription, see, send, now }
    },
  }
}

/** The fields of the form by which a card is replaced. */
export const card = (number: string) => ({ do: 'card', number, expiry: '12 / 34', cvc: '123', name: 'Ann' })
