import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monthlyPrice, refusalOf, type Started, start, typesDuring } from './start.ts'

type Params = Stripe.Checkout.SessionCreateParams

let world: Started
let price: Stripe.Price
let fee: Stripe.Price
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
  price = await monthlyPrice(world.stripe, 4000, 'Pro')
  fee = await world.stripe.prices.create({
    product_data: { name: 'Set-up' },
    currency: 'usd',
    unit_amount: 15_000,
  } as Stripe.PriceCreateParams)
})
afterAll(() => world.close())

const addresses = {
  success_url: 'https://example.com/ok?s={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://example.com/no',
}
const sell = (more: Params = {}) =>
  world.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    ...addresses,
    ...more,
  })
const charge = (more: Params = {}) =>
  world.stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ price: fee.id, quantity: 1 }],
    ...addresses,
    ...more,
  })
const pay = (session: Stripe.Checkout.Session, body: object = { card: '4242424242424242' }) =>
  world.control(`checkout/${session.id}/pay`, body)
const now = async () => Number((await world.control('clock')).epochSeconds)
const retrieve = (session: Stripe.Checkout.Session, ...expand: string[]) =>
  world.stripe.checkout.sessions.retrieve(session.id, { expand })

describe('a new session is refused', () => {
  const cases: [what: string, params: () => Params, param: string][] = [
    ['without a mode', () => ({ mode: undefined as never }), 'mode'],
    ['without an address for success', () => ({ success_url: undefined as never }), 'success_url'],
    ['with an address that is none', () => ({ cancel_url: 'nowhere' }), 'cancel_url'],
    ['without lines', () => ({ line_items: [] }), 'line_items'],
    [
      'with a price that is not there',
      () => ({ line_items: [{ price: 'price_x', quantity: 1 }] }),
      'line_items[0][price]',
    ],
    ['without a quantity', () => ({ line_items: [{ price: price.id }] }), 'line_items[0][quantity]'],
    [
      'with nothing that recurs in subscription mode',
      () => ({ line_items: [{ price: fee.id, quantity: 1 }] }),
      'line_items',
    ],
    ['with something that recurs in payment mode', () => ({ mode: 'payment' }), 'line_items'],
    ['with lines in setup mode', () => ({ mode: 'setup', currency: 'usd' }), 'line_items'],
    [
      'in setup mode without a currency',
      () => ({ mode: 'setup', line_items: undefined as never }),
      'currency',
    ],
    [
      'with a payment’s data in subscription mode',
      () => ({ payment_intent_data: { description: 'x' } }),
      'payment_intent_data',
    ],
    [
      'with a subscription’s data in payment mode',
      () => ({
        mode: 'payment',
        subscription_data: {},
        line_items: [{ price: fee.id, quantity: 1 }],
        ...({ subscription_data: { description: 'x' } } as Params),
      }),
      'subscription_data',
    ],
    [
      'with customer_creation in subscription mode',
      () => ({ customer_creation: 'always' }),
      'customer_creation',
    ],
    [
      'with an invoice of its own in subscription mode',
      () => ({ invoice_creation: { enabled: true } }),
      'invoice_creation',
    ],
    [
      'with a discount and codes to type',
      () => ({ allow_promotion_codes: true, discounts: [{ coupon: 'c' }] }),
      'allow_promotion_codes',
    ],
    [
      'with two ways to end a trial',
      () => ({ subscription_data: { trial_end: 2_000_000_000, trial_period_days: 3 } }),
      'subscription_data[trial_end]',
    ],
    [
      'with a billing day and a trial',
      () => ({ subscription_data: { billing_cycle_anchor: 1_779_000_000, trial_period_days: 3 } }),
      'subscription_data[billing_cycle_anchor]',
    ],
    [
      'with customer_update and no customer',
      () => ({ customer_update: { name: 'auto' } }),
      'customer_update',
    ],
    [
      'with four custom fields',
      () => ({
        custom_fields: ['a', 'b', 'c', 'd'].map((key) => ({
          key,
          label: { custom: key, type: 'custom' },
          type: 'text',
        })) as never,
      }),
      'custom_fields',
    ],
    ['with a page of another kind', () => ({ ui_mode: 'embedded_page' }), 'ui_mode'],
    ['without cards', () => ({ allowed_payment_method_types: ['klarna'] }), 'allowed_payment_method_types'],
    [
      'with what the sandbox does not do',
      () => ({ shipping_options: [{ shipping_rate: 'shr_1' }] }),
      'shipping_options',
    ],
    [
      'with a quantity out of its bounds',
      () => ({
        line_items: [{ price: price.id, quantity: 9, adjustable_quantity: { enabled: true, maximum: 5 } }],
      }),
      'line_items[0][quantity]',
    ],
  ]
  test.each(cases)('%s', async (_, params, param) => {
    expect(await refusalOf(sell(params()))).toMatchObject({ status: 400, param })
  })

  test('where its trial ends in less than two days', async () => {
    const trial_end = (await now()) + 2 * 86_400 - 60
    expect(await refusalOf(sell({ subscription_data: { trial_end } }))).toMatchObject({
      param: 'subscription_data[trial_end]',
    })
    await sell({ subscription_data: { trial_end: trial_end + 120 } })
  })

  test('where a payment would be below the smallest charge', async () => {
    const little = {
      price_data: { currency: 'usd', product_data: { name: 'Pin' }, unit_amount: 49 },
      quantity: 1,
    }
    expect(await refusalOf(charge({ line_items: [little] }))).toMatchObject({ code: 'amount_too_small' })
    expect((await charge({ line_items: [{ ...little, quantity: 2 }] })).amount_total).toBe(98)
  })
})

test('a session lives 24 hours, or 30 minutes to 24 hours if asked, and says when it has expired', async () => {
  const at = await now()
  expect((await sell()).expires_at - at).toBeLessThanOrEqual(86_401)
  for (const seconds of [1700, 86_500])
    expect(await refusalOf(sell({ expires_at: at + seconds }))).toMatchObject({ param: 'expires_at' })
  const session = await sell({ expires_at: at + 1900 })
  expect(await typesDuring(world, () => world.advance({ seconds: 1800 }))).toEqual([])
  expect(await typesDuring(world, () => world.advance({ seconds: 200 }))).toEqual([
    'checkout.session.expired',
  ])
  expect(await retrieve(session)).toMatchObject({ status: 'expired', url: null })
  expect((await pay(session)).error).toMatchObject({ type: 'invalid_request_error' })
  expect(await refusalOf(world.stripe.checkout.sessions.expire(session.id))).toMatchObject({ status: 400 })
})
