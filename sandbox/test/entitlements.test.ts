import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerWithCard, monthlyPrice, refusalOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

const keysOf = async (customer: string) =>
  (await world.stripe.entitlements.activeEntitlements.list({ customer })).data.map(
    ({ lookup_key }) => lookup_key,
  )
const make = (lookup_key: string) =>
  world.stripe.entitlements.features.create({ lookup_key, name: lookup_key, metadata: { a: 'b' } })

test('features are made, changed, archived, and found by their key', async () => {
  const { features } = world.stripe.entitlements
  const { id } = await make('export')
  expect(id).toMatch(/^feat_test_61\w{30}$/)
  expect(await features.update(id, { name: 'Export', metadata: { a: '', c: 'd' } })).toMatchObject({
    name: 'Export',
    metadata: { c: 'd' },
    active: true,
  })
  expect((await features.list({ lookup_key: 'export' })).data.map((one) => one.id)).toEqual([id])
  await features.update(id, { active: false })
  expect((await features.list({ archived: true })).data.map((one) => one.id)).toEqual([id])
  expect((await features.list({ archived: false })).data).toEqual([])
  expect((await features.retrieve(id)).active).toBe(false)
  expect(await refusalOf(make('export'))).toMatchObject({ status: 400, param: 'lookup_key' })
})

test('features stand on products, each once', async () => {
  const { products } = world.stripe
  const product = await products.create({ name: 'Featured' })
  const feature = await make('search')
  const attached = await products.createFeature(product.id, { entitlement_feature: feature.id })
  expect(attached.entitlement_feature).toEqual(feature)
  expect((await products.listFeatures(product.id)).data).toEqual([attached])
  expect(await products.retrieveFeature(product.id, attached.id)).toMatchObject({ id: attached.id })
  const again = products.createFeature(product.id, { entitlement_feature: feature.id })
  expect(await refusalOf(again)).toMatchObject({ status: 400, param: 'entitlement_feature' })
  const other = await products.create({ name: 'Other' })
  expect(await refusalOf(products.retrieveFeature(other.id, attached.id))).toMatchObject({ status: 404 })
  expect(await products.deleteFeature(product.id, attached.id)).toMatchObject({ deleted: true })
  expect((await products.listFeatures(product.id)).data).toEqual([])
})

test('a customer is entitled to what their subscriptions give, for as long as they do', async () => {
  const { stripe, advance, listener } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000, 'Entitling')
  const [one, two] = [await make('one'), await make('two')]
  expect(await keysOf(customer.id)).toEqual([])
  await stripe.products.createFeature(String(price.product), { entitlement_feature: one.id })
  const attached = await stripe.products.createFeature(String(price.product), { entitlement_feature: two.id })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  expect(await keysOf(customer.id)).toEqual(['two', 'one'])
  const [entitlement] = (await stripe.entitlements.activeEntitlements.list({ customer: customer.id })).data
  const found = await stripe.entitlements.activeEntitlements.retrieve(entitlement?.id ?? '', {
    expand: ['feature'],
  })
  expect(found.feature).toEqual(two)
  await advance({ seconds: 0 })
  const summaries = () =>
    listener.events.filter(({ type }) => type === 'entitlements.active_entitlement_summary.updated')
  expect(summaries()).toHaveLength(1)
  expect(summaries()[0]?.data).toMatchObject({
    object: { customer: customer.id, entitlements: { data: [{ feature: one.id }, { feature: two.id }] } },
    previous_attributes: { entitlements: { data: [] } },
  })
  await stripe.products.deleteFeature(String(price.product), attached.id)
  await advance({ months: 1 })
  expect(await keysOf(customer.id)).toEqual(['one'])
  await stripe.subscriptions.cancel(subscription.id)
  expect(await keysOf(customer.id)).toEqual([])
  await advance({ seconds: 0 })
  expect(summaries()).toHaveLength(3)
})

test('whether a subscription that is past_due still entitles is a setting', async () => {
  const { stripe, control, advance } = world
  const customer = await customerWithCard(stripe)
  const price = await monthlyPrice(stripe, 1000, 'Overdue')
  const feature = await make('overdue')
  await stripe.products.createFeature(String(price.product), { entitlement_feature: feature.id })
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await control(`customers/${customer.id}/card`, { card: '4000000000000341' })
  await advance({ months: 1 })
  await advance({ days: 1 })
  expect((await stripe.subscriptions.list({ customer: customer.id })).data[0]?.status).toBe('past_due')
  expect(await keysOf(customer.id)).toEqual(['overdue'])
  await control('settings', { entitled_past_due: false }, 'PUT')
  await stripe.subscriptions.update(
    (await stripe.subscriptions.list({ customer: customer.id })).data[0]?.id ?? '',
    { metadata: { a: 'b' } },
  )
  expect(await keysOf(customer.id)).toEqual([])
})

test('the account shows itself, by its id too, and no other', async () => {
  const { accounts } = world.stripe
  const own = await accounts.retrieveCurrent()
  expect(await accounts.retrieve(own.id)).toEqual(own)
  expect(await refusalOf(accounts.retrieve('acct_other'))).toMatchObject({
    status: 403,
    code: 'account_invalid',
  })
})
