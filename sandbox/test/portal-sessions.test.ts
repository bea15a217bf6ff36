import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features
type Flow = Stripe.BillingPortal.SessionCreateParams.FlowData

let world: Started
let basic: Stripe.Price
let pro: Stripe.Price
let updates: Features
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
  basic = await monthlyPrice(world.stripe, 4000, 'Basic')
  pro = await monthlyPrice(world.stripe, 9000, 'Pro')
  updates = {
    payment_method_update: { enabled: true },
    subscription_cancel: { enabled: true },
    subscription_update: {
      enabled: true,
      default_allowed_updates: ['price'],
      products: [basic, pro].map(({ id, product }) => ({ prices: [id], product: String(product) })),
    },
  }
})
afterAll(() => world.close())

const configure = (features: Features, more: object = {}) =>
  world.stripe.billingPortal.configurations.create({ features, ...more })

async function subscriber(token?: string) {
  const customer = await customerWithCard(world.stripe, token)
  const subscription = await world.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: basic.id }],
  })
  return { customer, subscription }
}

describe('a portal session', () => {
  test('uses the default configuration or the one that it names, and is told of', async () => {
    const { customer } = await subscriber()
    const { sessions, configurations } = world.stripe.billingPortal
    const usual = await configurations.list({ is_default: true })
    const types = await typesDuring(world, async () => {
      const session = await sessions.create({ customer: customer.id, return_url: 'https://example.com/back' })
      expect(session).toMatchObject({
        configuration: usual.data[0]?.id,
        flow: null,
        return_url: 'https://example.com/back',
      })
    })
    expect(types).toEqual(['billing_portal.session.created'])
    const own = await configure(
      { invoice_history: { enabled: true } },
      { default_return_url: 'https://example.com/home' },
    )
    const session = await sessions.create({
      customer: customer.id,
      configuration: own.id,
      expand: ['configuration'],
    })
    expect(session).toMatchObject({ configuration: { id: own.id }, return_url: 'https://example.com/home' })
  })

  test('is refused for nobody, for an inactive configuration and for one that is not there', async () => {
    const { customer } = await subscriber()
    const { sessions, configurations } = world.stripe.billingPortal
    expect(await refusalOf(sessions.create({ customer: 'cus_x' }))).toMatchObject({
      code: 'resource_missing',
      param: 'customer',
    })
    expect(await refusalOf(sessions.create({ customer: customer.id, configuration: 'bpc_x' }))).toMatchObject(
      { param: 'configuration' },
    )
    const own = await configure({ invoice_history: { enabled: true } })
    await configurations.update(own.id, { active: false })
    expect(await refusalOf(sessions.create({ customer: customer.id, configuration: own.id }))).toMatchObject({
      param: 'configuration',
    })
  })

  test('needs a configuration where the account’s owner has saved none', async () => {
    const other = await start({ deaf: true })
    await other.control('settings', { portal_default_saved: false }, 'PUT')
    const customer = await other.stripe.customers.create({})
    const asked = other.stripe.billingPortal.sessions.create({ customer: customer.id })
    await expect(asked).rejects.toThrow('No configuration provided and your test mode default configuration')
    expect((await other.stripe.billingPortal.configurations.list()).data).toEqual([])
    await other.close()
  })

  test('opens for five minutes, and for an hour after each visit', async () => {
    const { customer } = await subscriber()
    const open = async () => (await world.stripe.billingPortal.sessions.create({ customer: customer.id })).url
    const html = async (url: string) => (await fetch(url)).text()
    const [late, kept] = [await open(), await open()]
    await html(kept)
    await world.advance({ seconds: 310 })
    expect(await html(late)).toContain('This link has expired')
    await world.advance({ seconds: 3000 })
    expect(await html(kept)).not.toContain('This link has expired')
    await world.advance({ seconds: 3500 })
    expect(await html(kept)).not.toContain('This link has expired')
    await world.advance({ seconds: 3700 })
    expect(await html(kept)).toContain('This link has expired')
  })
})

describe('a flow', () => {
  const flow = async (customer: string, flow_data: Flow, features = updates) =>
    world.stripe.billingPortal.sessions.create({
      customer,
      flow_data,
      configuration: (await configure(features)).id,
    })

  test('is kept with the session as it was asked for', async () => {
    const { customer, subscription } = await subscriber()
    const made = await flow(customer.id, {
      type: 'subscription_update_confirm',
      subscription_update_confirm: {
        subscription: subscription.id,
        items: [{ id: subscription.items.data[0]?.id ?? '', price: pro.id }],
      },
      after_completion: { type: 'redirect', redirect: { return_url: 'https://example.com/done' } },
    })
    expect(made.flow).toEqual({
      after_completion: {
        hosted_confirmation: null,
        redirect: { return_url: 'https://example.com/done' },
        type: 'redirect',
      },
      customer_update: null,
      subscription_cancel: null,
      subscription_pause: null,
      subscription_update: null,
      subscription_update_confirm: {
        discounts: null,
        items: [{ id: subscription.items.data[0]?.id, price: pro.id }],
        subscription: subscription.id,
      },
      type: 'subscription_update_confirm',
    })
  })

  test('is refused where its configuration or its subscription does not allow it', async () => {
    const { customer, subscription } = await subscriber()
    const other = await subscriber()
    const item = subscription.items.data[0]?.id ?? ''
    const cancel = (id: string): Flow => ({
      type: 'subscription_cancel',
      subscription_cancel: { subscription: id },
    })
    const confirm = (price: string): Flow => ({
      type: 'subscription_update_confirm',
      subscription_update_confirm: { subscription: subscription.id, items: [{ id: item, price }] },
    })
    const history = { invoice_history: { enabled: true } }
    const stranger = await monthlyPrice(world.stripe, 1, 'Stranger')
    const refused: [Flow, Features, string][] = [
      [cancel(subscription.id), history, 'flow_data[type]'],
      [cancel(other.subscription.id), updates, 'flow_data[subscription_cancel][subscription]'],
      [{ type: 'subscription_cancel' }, updates, 'flow_data[subscription_cancel]'],
      [confirm(stranger.id), updates, 'flow_data[subscription_update_confirm][items][0][price]'],
      [
        { type: 'payment_method_update', after_completion: { type: 'redirect' } },
        updates,
        'flow_data[after_completion][redirect]',
      ],
    ]
    for (const [asked, features, param] of refused)
      expect(await refusalOf(flow(customer.id, asked, features))).toMatchObject({ status: 400, param })
    await world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
    expect(await refusalOf(flow(customer.id, cancel(subscription.id)))).toMatchObject({
      param: 'flow_data[subscription_cancel][subscription]',
    })
  })
})
