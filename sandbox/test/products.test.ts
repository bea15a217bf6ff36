import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ deaf: true })
})
afterAll(() => world.close())

test('a product keeps all that is told of it', async () => {
  const { stripe } = world
  const told = {
    description: 'A box',
    images: ['https://example.com/a.png'],
    marketing_features: [{ name: 'Fast' }, { name: 'Small' }],
    package_dimensions: { height: 1.5, length: 2, weight: 3.25, width: 4 },
    shippable: true,
    statement_descriptor: 'BOXES',
    tax_code: 'txcd_99999999',
    unit_label: 'box',
    url: 'https://example.com/box',
    metadata: { a: 'b' },
  }
  const product = await stripe.products.create({ name: 'Box', ...told })
  expect(product).toMatchObject({ name: 'Box', ...told, active: true, type: 'service', default_price: null })
  const changed = await stripe.products.update(product.id, {
    name: 'Crate',
    images: '',
    package_dimensions: '',
    description: '',
    tax_details: { tax_code: 'txcd_10000000' },
  })
  expect(changed).toMatchObject({
    name: 'Crate',
    images: [],
    package_dimensions: null,
    description: null,
    tax_code: 'txcd_10000000',
    tax_details: { tax_code: 'txcd_10000000', performance_location: null },
  })
})

test('a product is made with its default price, which comes after it', async () => {
  const { stripe, direct } = world
  const product = await stripe.products.create({
    id: 'prod_with_price',
    name: 'With price',
    default_price_data: {
      currency: 'eur',
      unit_amount: 1900,
      recurring: { interval: 'month', interval_count: 3 },
      currency_options: { usd: { unit_amount: 2100 } },
      tax_behavior: 'inclusive',
    },
    expand: ['default_price.currency_options'],
  })
  expect(product.default_price).toMatchObject({
    object: 'price',
    product: 'prod_with_price',
    currency: 'eur',
    unit_amount: 1900,
    tax_behavior: 'inclusive',
    recurring: { interval: 'month', interval_count: 3 },
    currency_options: { eur: { unit_amount: 1900 }, usd: { unit_amount: 2100 } },
  })
  const types = (await direct.events.list({ limit: 4 })).data.map(({ type }) => type)
  expect(types.reverse()).toEqual(['product.created', 'plan.created', 'price.created', 'product.updated'])
  expect(await refusalOf(stripe.products.create({ id: 'prod_with_price', name: 'Again' }))).toMatchObject({
    status: 400,
    code: 'resource_already_exists',
  })
})

test('a product with prices cannot be deleted, one without can', async () => {
  const { stripe } = world
  const product = await stripe.products.create({ name: 'Sold' })
  await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1 })
  expect(await refusalOf(stripe.products.del(product.id))).toMatchObject({ status: 400 })
  const plain = await stripe.products.create({ name: 'Unsold' })
  expect(await stripe.products.del(plain.id)).toMatchObject({ deleted: true })
  expect(await refusalOf(stripe.products.retrieve(plain.id))).toMatchObject({ status: 404 })
})

test('products are listed and searched by what they are', async () => {
  const { stripe } = world
  const good = await stripe.products.create({
    name: 'Parcel good',
    type: 'good',
    shippable: true,
    active: false,
  })
  const ids = async (params: object) => (await stripe.products.list(params)).data.map(({ id }) => id)
  expect(await ids({ type: 'good' })).toEqual([good.id])
  expect(await ids({ active: false })).toEqual([good.id])
  expect(await ids({ active: true, ids: [good.id] })).toEqual([])
  const found = await stripe.products.search({ query: `name~"parcel" AND active:'false'` })
  expect(found.data.map(({ id }) => id)).toEqual([good.id])
})

test.each<[string, object, string]>([
  ['a long statement descriptor', { statement_descriptor: 'x'.repeat(23) }, 'statement_descriptor'],
  ['a statement descriptor with <', { statement_descriptor: 'a<b' }, 'statement_descriptor'],
  ['nine images', { images: Array.from({ length: 9 }, () => 'https://example.com/a.png') }, 'images'],
  [
    'a box without a width',
    { package_dimensions: { height: 1, length: 1, weight: 1 } },
    'package_dimensions[width]',
  ],
  [
    'a default price without an amount',
    { default_price_data: { currency: 'usd' } },
    'default_price_data[unit_amount]',
  ],
])('%s is refused', async (_what, more, param) => {
  const refused = world.stripe.products.create({ name: 'Odd', ...more } as never)
  expect(await refusalOf(refused)).toMatchObject({ status: 400, param })
})
