import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features

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

describe('a portal configuration', () => {
  test('has what it names, and the rest switched off', async () => {
    const made = await configure(
      { invoice_history: { enabled: true } },
      { name: 'Plain', metadata: { a: 'b' }, default_return_url: 'https://example.com/home' },
    )
    expect(made).toMatchObject({
      active: true,
      business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
      features: {
        customer_update: { allowed_updates: [], enabled: false },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: false, payment_method_configuration: null },
        subscription_cancel: {
          cancellation_reason: { enabled: false },
          enabled: false,
          mode: 'at_period_end',
          proration_behavior: 'none',
        },
        subscription_update: {
          billing_cycle_anchor: null,
          enabled: false,
          proration_behavior: 'none',
          schedule_at_period_end: { conditions: [] },
          trial_update_behavior: 'end_trial',
        },
      },
      is_default: false,
      login_page: { enabled: false, url: null },
      metadata: { a: 'b' },
      name: 'Plain',
    })
  })

  test('is told of when it is made and when it is changed, with what was before', async () => {
    let id = ''
    expect(
      await typesDuring(world, async () => {
        ;({ id } = await configure({ invoice_history: { enabled: true } }))
      }),
    ).toEqual(['billing_portal.configuration.created'])
    await world.stripe.billingPortal.configurations.update(id, {
      active: false,
      business_profile: { headline: 'Ours' },
      features: { invoice_history: { enabled: false } },
    })
    await world.advance({ seconds: 1 })
    const told = world.listener.events.at(-1)
    expect(told?.type).toBe('billing_portal.configuration.updated')
    expect(told?.data.previous_attributes).toMatchObject({
      active: true,
      business_profile: { headline: null },
      features: { invoice_history: { enabled: true } },
    })
  })

  test('shows the products that a plan can change to only when they are expanded', async () => {
    const { id, features } = await configure(updates)
    expect(features.subscription_update).not.toHaveProperty('products')
    const expanded = await world.stripe.billingPortal.configurations.retrieve(id, {
      expand: ['features.subscription_update.products'],
    })
    expect(expanded.features.subscription_update.products?.map(({ prices }) => prices)).toEqual([
      [basic.id],
      [pro.id],
    ])
  })

  test('gives its login page an address only while that is on', async () => {
    const made = await configure({ invoice_history: { enabled: true } }, { login_page: { enabled: true } })
    const { customer } = await subscriber()
    const body = new URLSearchParams({ email: 'ann@example.com' })
    const html = await (await fetch(made.login_page.url ?? '', { method: 'POST', body })).text()
    const link = /href="([^"]+\/p\/session\/[^"]+)"/.exec(html)?.[1] ?? ''
    expect(await (await fetch(link)).text()).toContain(`Billing of ${customer.name}`)
    const nobody = new URLSearchParams({ email: 'nobody@example.com' })
    const same = await (await fetch(made.login_page.url ?? '', { method: 'POST', body: nobody })).text()
    expect([same.includes('Look into your mail'), same.includes('/p/session/')]).toEqual([true, false])
    const off = await world.stripe.billingPortal.configurations.update(made.id, {
      login_page: { enabled: false },
    })
    expect(off.login_page).toEqual({ enabled: false, url: null })
    expect(await (await fetch(made.login_page.url ?? '')).text()).toContain('This page is switched off')
  })

  const refusals: [what: string, features: () => Features, param: string][] = [
    [
      'updates without payment methods',
      () => ({ ...updates, payment_method_update: { enabled: false } }),
      'features[payment_method_update][enabled]',
    ],
    [
      'updates without products',
      () => ({ ...updates, subscription_update: { enabled: true, default_allowed_updates: ['price'] } }),
      'features[subscription_update][products]',
    ],
    [
      'updates of nothing',
      () => ({
        ...updates,
        subscription_update: {
          ...(updates.subscription_update as object),
          enabled: true,
          default_allowed_updates: '',
        },
      }),
      'features[subscription_update][default_allowed_updates]',
    ],
    [
      'a price of another product',
      () => ({
        ...updates,
        subscription_update: {
          enabled: true,
          default_allowed_updates: ['price'],
          products: [{ product: String(basic.product), prices: [pro.id] }],
        },
      }),
      'features[subscription_update][products][0][prices][0]',
    ],
    [
      'proration at the period’s end',
      () => ({ subscription_cancel: { enabled: true, proration_behavior: 'create_prorations' } }),
      'features[subscription_cancel][proration_behavior]',
    ],
    [
      'an invoice at cancellation',
      () => ({
        subscription_cancel: { enabled: true, mode: 'immediately', proration_behavior: 'always_invoice' },
      }),
      'features[subscription_cancel][proration_behavior]',
    ],
    [
      'reasons without options',
      () => ({ subscription_cancel: { enabled: true, cancellation_reason: { enabled: true, options: '' } } }),
      'features[subscription_cancel][cancellation_reason]',
    ],
    [
      'details without fields',
      () => ({ customer_update: { enabled: true } }),
      'features[customer_update][allowed_updates]',
    ],
    [
      'a feature that is neither on nor off',
      () => ({ subscription_cancel: { mode: 'at_period_end' } as never }),
      'features[subscription_cancel][enabled]',
    ],
    [
      'pausing, which the sandbox does not do',
      () => ({ subscription_pause: { enabled: true } }),
      'features[subscription_pause][enabled]',
    ],
  ]
  test.each(refusals)('is refused with %s', async (_, features, param) => {
    expect(await refusalOf(configure(features()))).toMatchObject({ status: 400, param })
  })

  test('of the account stands as its default, where its owner has saved one', async () => {
    const { configurations } = world.stripe.billingPortal
    const usual = await configurations.list({ is_default: true })
    expect(usual.data).toHaveLength(1)
    expect(usual.data[0]?.features).toMatchObject({
      subscription_cancel: { enabled: true },
      subscription_update: { enabled: false },
    })
    expect(await refusalOf(configurations.update(usual.data[0]?.id ?? '', { active: false }))).toMatchObject({
      param: 'active',
    })
    expect((await configurations.list({ active: false })).data.every(({ active }) => !active)).toBe(true)
  })
})
