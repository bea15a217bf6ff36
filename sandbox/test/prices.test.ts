import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeMeter } from './meter.ts'
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

test('an amount in another currency is an option of the price, shown with its own when expanded', async () => {
  const { stripe } = world
  const price = await make({
    unit_amount: 1000,
    currency_options: { eur: { unit_amount: 900 }, jpy: { unit_amount: 150 } },
  })
  const options = async () =>
    Object.entries(
      (await stripe.prices.retrieve(price.id, { expand: ['currency_options'] })).currency_options ?? {},
    ).map(([currency, option]) => [currency, option.unit_amount])
  expect(await options()).toEqual([
    ['usd', 1000],
    ['eur', 900],
    ['jpy', 150],
  ])
  await stripe.prices.update(price.id, {
    currency_options: { eur: { unit_amount: 950 }, gbp: { unit_amount: 800 } },
  })
  expect(await options()).toEqual([
    ['usd', 1000],
    ['eur', 950],
    ['jpy', 150],
    ['gbp', 800],
  ])
  await stripe.prices.update(price.id, { currency_options: '' })
  expect(await options()).toEqual([['usd', 1000]])
  const refused = (currency_options: Stripe.PriceCreateParams['currency_options']) =>
    refusalOf(make({ unit_amount: 1, ...(currency_options ? { currency_options } : {}) }))
  expect(await refused({ usd: { unit_amount: 1 } })).toMatchObject({ param: 'currency_options[usd]' })
  expect(await refused({ abc: { unit_amount: 1 } })).toMatchObject({ param: 'currency_options[abc]' })
  expect(await refused({ eur: { tax_behavior: 'inclusive' } })).toMatchObject({
    param: 'currency_options[eur][unit_amount]',
  })
})

test('a price makes its product with the tax code of its details', async () => {
  const { stripe } = world
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 5,
    product_data: { name: 'Taxed', tax_details: { tax_code: 'txcd_10000000' } },
    expand: ['product'],
  })
  expect(price.product).toMatchObject({
    name: 'Taxed',
    tax_code: 'txcd_10000000',
    tax_details: { tax_code: 'txcd_10000000', performance_location: null },
  })
})

test('a metered price counts by an active meter, and a licensed one by none', async () => {
  const { stripe } = world
  const meter = await makeMeter(world, 'prices')
  const recurring = (more: object) => make({ unit_amount: 5, recurring: { ...monthly, ...more } })
  const price = await recurring({ usage_type: 'metered', meter: meter.id })
  expect(price.recurring).toEqual({
    interval: 'month',
    interval_count: 1,
    meter: meter.id,
    trial_period_days: null,
    usage_type: 'metered',
  })
  const found = await stripe.prices.list({ recurring: { usage_type: 'metered', meter: meter.id } })
  expect(found.data.map(({ id }) => id)).toEqual([price.id])
  const param = 'recurring[meter]'
  expect(await refusalOf(recurring({ usage_type: 'metered' }))).toMatchObject({ status: 400, param })
  expect(await refusalOf(recurring({ meter: meter.id }))).toMatchObject({ status: 400, param })
  expect(await refusalOf(recurring({ usage_type: 'metered', meter: 'mtr_none' }))).toMatchObject({
    status: 400,
    code: 'resource_missing',
    param,
  })
  await stripe.billing.meters.deactivate(meter.id)
  expect(await refusalOf(recurring({ usage_type: 'metered', meter: meter.id }))).toMatchObject({ param })
})

test('what is fixed about a price stays: its tax behaviour once told, and being the default of its product', async () => {
  const { stripe } = world
  const price = await make({ unit_amount: 100 })
  expect((await stripe.prices.update(price.id, { tax_behavior: 'exclusive' })).tax_behavior).toBe('exclusive')
  expect(await refusalOf(stripe.prices.update(price.id, { tax_behavior: 'inclusive' }))).toMatchObject({
    param: 'tax_behavior',
  })
  const other = await stripe.products.create({ name: 'Default' })
  const first = await stripe.prices.create({ product: other.id, currency: 'usd', unit_amount: 5 })
  await stripe.products.update(other.id, { default_price: first.id })
  expect(await refusalOf(stripe.prices.update(first.id, { active: false }))).toMatchObject({
    param: 'active',
  })
  expect(await refusalOf(stripe.products.update(other.id, { default_price: price.id }))).toMatchObject({
    param: 'default_price',
  })
  const amount = stripe.prices.update(price.id, { unit_amount: 5 } as object)
  expect(await refusalOf(amount)).toMatchObject({ code: 'parameter_unknown', param: 'unit_amount' })
})

test('a lookup key belongs to one price and moves only when it is asked to', async () => {
  const { stripe } = world
  const first = await make({ unit_amount: 1, lookup_key: 'gold' })
  expect(await refusalOf(make({ unit_amount: 2, lookup_key: 'gold' }))).toMatchObject({ param: 'lookup_key' })
  const second = await make({ unit_amount: 2, lookup_key: 'gold', transfer_lookup_key: true })
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull()
  expect((await stripe.prices.list({ lookup_keys: ['gold'] })).data.map(({ id }) => id)).toEqual([second.id])
  expect(await refusalOf(make({ unit_amount: 1, lookup_key: 'x'.repeat(201) }))).toMatchObject({
    param: 'lookup_key',
  })
  const many = Array.from({ length: 11 }, (_, at) => `key-${at}`)
  expect(await refusalOf(stripe.prices.list({ lookup_keys: many }))).toMatchObject({ param: 'lookup_keys' })
})

test('prices are searched by what Stripe names', async () => {
  const { stripe } = world
  const price = await make({ unit_amount: 77, lookup_key: 'sought', metadata: { plan: 'sought' } })
  const found = async (query: string) => (await stripe.prices.search({ query })).data.map(({ id }) => id)
  expect(await found(`lookup_key:'sought' AND active:'true'`)).toEqual([price.id])
  expect(await found(`metadata['plan']:'sought' AND product:'${product.id}'`)).toEqual([price.id])
  expect(await found(`metadata['plan']:'sought' AND currency:'eur'`)).toEqual([])
})

test.each<[string, object, string]>([
  ['an unknown currency', { currency: 'abc', unit_amount: 1 }, 'currency'],
  ['no amount', {}, 'unit_amount'],
  ['two amounts', { unit_amount: 1, unit_amount_decimal: decimal('1') }, 'unit_amount'],
  ['a negative amount', { unit_amount: -1 }, 'unit_amount'],
  ['a negative decimal', { unit_amount_decimal: decimal('-0.5') }, 'unit_amount_decimal'],
  ['an amount that the buyer chooses', { custom_unit_amount: { enabled: true } }, 'custom_unit_amount'],
  [
    'four years',
    { unit_amount: 1, recurring: { interval: 'year', interval_count: 4 } },
    'recurring[interval_count]',
  ],
  [
    'packages of none',
    { unit_amount: 1, transform_quantity: { divide_by: 0, round: 'up' } },
    'transform_quantity[divide_by]',
  ],
])('%s is refused by its name', async (_what, more, param) => {
  expect(await refusalOf(make(more))).toMatchObject({ status: 400, param })
})

test('a recurring price is a plan as well, made, changed and deleted under either name', async () => {
  const { stripe, direct } = world
  const plan = await stripe.plans.create({
    id: 'gold-plan',
    currency: 'usd',
    interval: 'month',
    amount: 2500,
    product: { name: 'Gold' },
    nickname: 'Gold',
    trial_period_days: 7,
  })
  expect(plan).toMatchObject({ id: 'gold-plan', object: 'plan', amount: 2500, usage_type: 'licensed' })
  const price = await stripe.prices.retrieve('gold-plan')
  expect(price).toMatchObject({ unit_amount: 2500, recurring: { interval: 'month', trial_period_days: 7 } })
  await stripe.plans.update('gold-plan', { nickname: 'Golden', trial_period_days: 14 })
  expect((await stripe.prices.retrieve('gold-plan')).nickname).toBe('Golden')
  expect((await stripe.plans.list({ product: String(plan.product) })).data.map(({ id }) => id)).toEqual([
    'gold-plan',
  ])
  expect(
    await refusalOf(stripe.plans.create({ ...plan, id: 'gold-plan', product: product.id } as never)),
  ).toMatchObject({
    status: 400,
  })
  expect((await stripe.plans.del('gold-plan')).deleted).toBe(true)
  expect(await refusalOf(stripe.plans.retrieve('gold-plan'))).toMatchObject({ code: 'resource_missing' })
  expect(await refusalOf(stripe.prices.retrieve('gold-plan'))).toMatchObject({ code: 'resource_missing' })
  const types = (await direct.events.list({ limit: 100 })).data
    .filter(({ data }) => (data.object as { id?: string }).id === 'gold-plan')
    .map(({ type }) => type)
  expect(types.reverse()).toEqual([
    'plan.created',
    'price.created',
    'price.updated',
    'plan.updated',
    'plan.deleted',
    'price.deleted',
  ])
})
