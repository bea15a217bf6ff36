import { expect } from 'vitest'
import { customerWithCard, monthlyPrice, type Started } from '../start.ts'

/** A webhook endpoint's life, and the events. */
async function tourWebhooks({ stripe, direct }: Started): Promise<void> {
  const endpoint = await stripe.webhookEndpoints.create({
    url: 'https://example.com/hook',
    enabled_events: ['price.created'],
    description: 'Tour',
    metadata: { a: 'b' },
  })
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: true })
  await stripe.webhookEndpoints.retrieve(endpoint.id)
  await stripe.webhookEndpoints.list({ limit: 3 })
  await stripe.webhookEndpoints.del(endpoint.id)
  await stripe.products.create({ name: 'Toured' })
  const { data } = await direct.events.list({ type: 'product.*', created: { gte: 0 }, limit: 5 })
  await direct.events.retrieve(data[0]?.id ?? '')
}

/** Features, whom they entitle, and the account. */
async function tourEntitlements({ stripe }: Started): Promise<void> {
  const feature = await stripe.entitlements.features.create({ lookup_key: 'tour', name: 'Tour' })
  await stripe.entitlements.features.retrieve(feature.id)
  await stripe.entitlements.features.update(feature.id, { name: 'Toured' })
  await stripe.entitlements.features.list({ lookup_key: 'tour' })
  const price = await monthlyPrice(stripe, 900, 'Entitling tour')
  const product = String(price.product)
  const attached = await stripe.products.createFeature(product, { entitlement_feature: feature.id })
  await stripe.products.retrieveFeature(product, attached.id)
  await stripe.products.listFeatures(product)
  const customer = await customerWithCard(stripe)
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const { data } = await stripe.entitlements.activeEntitlements.list({ customer: customer.id })
  await stripe.entitlements.activeEntitlements.retrieve(data[0]?.id ?? '', { expand: ['feature'] })
  await stripe.products.deleteFeature(product, attached.id)
  const account = await stripe.accounts.retrieveCurrent()
  await stripe.accounts.retrieve(account.id)
}

/** A test clock with a customer, moved and deleted. */
async function tourTestClocks({ stripe, control, advance }: Started): Promise<void> {
  const frozen_time = Number((await control('clock')).epochSeconds)
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time, name: 'Tour' })
  await stripe.customers.create({ test_clock: clock.id })
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: frozen_time + 86_400 })
  await advance({ seconds: 1 })
  const ready = await stripe.testHelpers.testClocks.retrieve(clock.id)
  expect([ready.status, ready.frozen_time]).toEqual(['ready', frozen_time + 86_400])
  await stripe.testHelpers.testClocks.list()
  await stripe.testHelpers.testClocks.del(clock.id)
}

/** What no other tour calls. */
export async function tourRest(world: Started): Promise<void> {
  await tourWebhooks(world)
  await tourEntitlements(world)
  await tourTestClocks(world)
}
