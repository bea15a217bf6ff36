import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, type Started, start } from './start.ts'

let world: Started
let product: Stripe.Product
beforeAll(async () => {
  world = await start({ deaf: true })
  product = await world.stripe.products.create({ name: 'Seats' })
})
afterAll(() => world.close())

const decimal = Stripe.Decimal.from
const make = (more: Partial<Stripe.PriceCreateParams> = {}) =>
  world.stripe.prices.create({ product: product.id, currency: 'usd', ...more })
const monthly = { interval: 'month' as const }
const tiered = (tiers: Stripe.PriceCreateParams.Tier[], more: Partial<Stripe.PriceCreateParams> = {}) =>
  make({ billing_scheme: 'tiered', tiers_mode: 'graduated', tiers, recurring: monthly, ...more })

test('tiers are shown when they are expanded, in both forms of their amounts, and not otherwise', async () => {
  const { stripe } = world
  const price = await tiered([
    { up_to: 1000, unit_amount: 0, flat_amount: 900 },
    { up_to: 'inf', unit_amount_decimal: decimal('3.6') },
  ])
  expect(price).toMatchObject({
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    unit_amount: null,
    unit_amount_decimal: null,
  })
  expect(price).not.toHaveProperty('tiers')
  expect(price).not.toHaveProperty('currency_options')
  const { tiers } = await stripe.prices.retrieve(price.id, { expand: ['tiers'] })
  const shown = (tiers ?? []).map((tier) => [
    tier.up_to,
    tier.unit_amount,
    String(tier.unit_amount_decimal),
    tier.flat_amount,
    String(tier.flat_amount_decimal),
  ])
  expect(shown).toEqual([
    [1000, 0, '0', 900, '900'],
    [null, null, '3.6', null, 'null'],
  ])
  const plan = await stripe.plans.retrieve(price.id, { expand: ['tiers'] })
  expect(plan.tiers).toHaveLength(2)
  expect(plan).toMatchObject({ billing_scheme: 'tiered', tiers_mode: 'graduated', amount: null })
})

test.each<[string, Partial<Stripe.PriceCreateParams>, string]>([
  ['a tier without an amount', { tiers: [{ up_to: 'inf' }] }, 'amount'],
  ['a last tier with an end', { tiers: [{ up_to: 5, unit_amount: 1 }] }, 'tiers[0][up_to]'],
  [
    'an endless tier before the last',
    {
      tiers: [
        { up_to: 'inf', unit_amount: 1 },
        { up_to: 'inf', unit_amount: 1 },
      ],
    },
    'tiers[0][up_to]',
  ],
  [
    'tiers that do not rise',
    {
      tiers: [
        { up_to: 5, unit_amount: 1 },
        { up_to: 5, unit_amount: 1 },
        { up_to: 'inf', unit_amount: 1 },
      ],
    },
    'tiers[1][up_to]',
  ],
  [
    'both forms of an amount',
    { tiers: [{ up_to: 'inf', unit_amount: 1, unit_amount_decimal: decimal('1') }] },
    'tiers[0][unit_amount]',
  ],
  ['no tiers', {}, 'tiers'],
  [
    'a unit amount beside tiers',
    { tiers: [{ up_to: 'inf', unit_amount: 1 }], unit_amount: 5 },
    'unit_amount',
  ],
  [
    'packages of tiers',
    { tiers: [{ up_to: 'inf', unit_amount: 1 }], transform_quantity: { divide_by: 2, round: 'up' } },
    'tiers',
  ],
])('%s is refused', async (_what, more, param) => {
  const asked = { billing_scheme: 'tiered', tiers_mode: 'graduated', recurring: monthly, ...more } as const
  expect(await refusalOf(make(asked))).toMatchObject({ status: 400, param })
})

test('tiers and their mode belong to the tiered scheme', async () => {
  const tiers = [{ up_to: 'inf' as const, unit_amount: 1 }]
  expect(await refusalOf(make({ tiers, unit_amount: 1 }))).toMatchObject({ param: 'tiers' })
  expect(await refusalOf(make({ tiers_mode: 'volume', unit_amount: 1 }))).toMatchObject({
    param: 'tiers_mode',
  })
  expect(await refusalOf(make({ billing_scheme: 'tiered', tiers }))).toMatchObject({
    code: 'parameter_missing',
    param: 'tiers_mode',
  })
})

test('the tiers of a further currency are shown when they are expanded there', async () => {
  const tiers = (unit_amount: number) => [{ up_to: 'inf' as const, unit_amount }]
  const price = await tiered(tiers(7), { currency_options: { eur: { tiers: tiers(6) } } })
  const shown = async (...expand: string[]) => {
    const { currency_options: options = {} } = await world.stripe.prices.retrieve(price.id, { expand })
    return Object.entries(options).map(([currency, { tiers: found }]) => [currency, found?.[0]?.unit_amount])
  }
  expect(await shown('currency_options')).toEqual([
    ['usd', undefined],
    ['eur', undefined],
  ])
  expect(await shown('currency_options.eur.tiers')).toEqual([
    ['usd', undefined],
    ['eur', 6],
  ])
  expect(await shown('currency_options.eur.tiers', 'currency_options.usd.tiers')).toEqual([
    ['usd', 7],
    ['eur', 6],
  ])
  const alone = {
    billing_scheme: 'tiered',
    tiers_mode: 'volume',
    recurring: monthly,
    tiers: tiers(1),
  } as const
  expect(await refusalOf(make({ ...alone, currency_options: { eur: { unit_amount: 1 } } }))).toMatchObject({
    param: 'currency_options[eur][tiers]',
  })
})
