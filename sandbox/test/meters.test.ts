import { afterAll, beforeAll, expect, test } from 'vitest'
import { clockNow, day, hour, makeMeter, startMeter } from './meter.ts'
import { type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterAll(() => world.close())

test('a meter is made with its defaults, renamed, deactivated and reactivated, each with its event', async () => {
  const { stripe, direct } = world
  const meter = await makeMeter(world, 'life')
  expect(meter).toMatchObject({
    object: 'billing.meter',
    customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' },
    value_settings: { event_payload_key: 'value' },
    event_time_window: null,
    status: 'active',
    status_transitions: { deactivated_at: null },
  })
  const renamed = await stripe.billing.meters.update(meter.id, { display_name: 'Renamed' })
  expect(renamed.display_name).toBe('Renamed')
  const off = await stripe.billing.meters.deactivate(meter.id)
  expect([off.status, off.status_transitions.deactivated_at]).toEqual(['inactive', off.updated])
  expect((await stripe.billing.meters.list({ status: 'inactive' })).data.map(({ id }) => id)).toEqual([
    meter.id,
  ])
  await expect(stripe.billing.meters.deactivate(meter.id)).rejects.toMatchObject({ statusCode: 400 })
  const on = await stripe.billing.meters.reactivate(meter.id)
  expect([on.status, on.status_transitions.deactivated_at]).toEqual(['active', null])
  expect(await stripe.billing.meters.retrieve(meter.id)).toMatchObject({
    display_name: 'Renamed',
    status: 'active',
  })
  const events = (await direct.events.list({ type: 'billing.meter.*' })).data.reverse()
  expect(events.map(({ type }) => type)).toEqual([
    'billing.meter.created',
    'billing.meter.updated',
    'billing.meter.deactivated',
    'billing.meter.reactivated',
  ])
  expect(events[1]?.data.previous_attributes).toMatchObject({ display_name: 'Meter of life' })
})

test('an event name belongs to one active meter', async () => {
  const { stripe } = world
  const first = await makeMeter(world, 'shared')
  await expect(makeMeter(world, 'shared')).rejects.toMatchObject({ statusCode: 400, param: 'event_name' })
  await stripe.billing.meters.deactivate(first.id)
  const second = await makeMeter(world, 'shared')
  await expect(stripe.billing.meters.reactivate(first.id)).rejects.toMatchObject({ param: 'event_name' })
  await stripe.billing.meters.deactivate(second.id)
  expect((await stripe.billing.meters.reactivate(first.id)).status).toBe('active')
  const { data } = await stripe.billing.meters.list({ status: 'inactive' })
  expect(data.map(({ id }) => id)).toEqual([second.id])
})

test('what the sandbox or Stripe does not know of a meter is refused by its name', async () => {
  await expect(makeMeter(world, 'window', { event_time_window: 'week' })).rejects.toMatchObject({
    param: 'event_time_window',
  })
  await expect(makeMeter(world, 'odd', { metadata: { a: 'b' } } as object)).rejects.toMatchObject({
    code: 'parameter_unknown',
    param: 'metadata',
  })
  await expect(makeMeter(world, 'x'.repeat(101))).rejects.toMatchObject({ param: 'event_name' })
  await expect(world.stripe.billing.meters.retrieve('mtr_none')).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  })
})

test('usage is answered as it was reported, by the keys that the meter names', async () => {
  const { stripe } = world
  await makeMeter(world, 'bytes', {
    customer_mapping: { event_payload_key: 'who', type: 'by_id' },
    value_settings: { event_payload_key: 'bytes' },
  })
  const customer = await stripe.customers.create({ name: 'Bytes' })
  const event = await stripe.billing.meterEvents.create({
    event_name: 'bytes',
    payload: { who: customer.id, bytes: '25', region: 'eu' },
  })
  expect(event).toMatchObject({
    object: 'billing.meter_event',
    event_name: 'bytes',
    payload: { who: customer.id, bytes: '25', region: 'eu' },
    timestamp: event.created,
    livemode: false,
  })
  expect(event.identifier).not.toBe('')
  expect(event).not.toHaveProperty('id')
  expect(event).not.toHaveProperty('hidden')
})

test('an identifier is refused again within 24 hours, whatever it reports, and is free afterwards', async () => {
  const { report, sums } = await startMeter(world, 'once')
  const other = await startMeter(world, 'other')
  await report('1', { identifier: 'once-1' })
  const refusal = {
    statusCode: 400,
    type: 'StripeInvalidRequestError',
    code: undefined,
    param: 'identifier',
    message: 'An event already exists with identifier once-1.',
  }
  await expect(report('1', { identifier: 'once-1' })).rejects.toMatchObject(refusal)
  await expect(other.report('1', { identifier: 'once-1' })).rejects.toMatchObject(refusal)
  await world.advance({ seconds: day - 60 })
  await expect(report('1', { identifier: 'once-1' })).rejects.toMatchObject(refusal)
  await world.advance({ seconds: 60 })
  await report('1', { identifier: 'once-1' })
  expect(await sums()).toEqual([[-10 * hour, 2]])
})

test('usage counts within the past 35 days and 5 minutes ahead, no further', async () => {
  const { report } = await startMeter(world, 'when')
  const at = await clockNow(world)
  await report('1', { timestamp: at - 35 * day + 60 })
  await report('1', { timestamp: at + 300 })
  const refusal = { statusCode: 400, param: 'timestamp' }
  await expect(report('1', { timestamp: at - 35 * day - 60 })).rejects.toMatchObject(refusal)
  await expect(report('1', { timestamp: at + 360 })).rejects.toMatchObject(refusal)
})

test('usage of an unknown name, customer or value is refused and not counted', async () => {
  const { stripe } = world
  const { meter, customer, report, sums } = await startMeter(world, 'strict')
  const send = (payload: Record<string, string>, eventName = 'strict') =>
    stripe.billing.meterEvents.create({ event_name: eventName, payload })
  await expect(send({ stripe_customer_id: customer.id, value: '1' }, 'nothing')).rejects.toMatchObject({
    statusCode: 400,
    message: 'No active meter found for event name "nothing".',
  })
  await expect(send({ stripe_customer_id: 'cus_none', value: '1' })).rejects.toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'payload[stripe_customer_id]',
  })
  await expect(send({ value: '1' })).rejects.toMatchObject({ param: 'payload[stripe_customer_id]' })
  await expect(send({ stripe_customer_id: customer.id })).rejects.toMatchObject({ param: 'payload[value]' })
  await expect(report('many')).rejects.toMatchObject({ param: 'payload[value]' })
  expect(await sums()).toEqual([])
  await stripe.billing.meters.deactivate(meter.id)
  await expect(report('1')).rejects.toMatchObject({ statusCode: 400, param: 'event_name' })
  const gone = await startMeter(world, 'gone')
  await stripe.customers.del(gone.customer.id)
  await expect(gone.report('1')).rejects.toMatchObject({ code: 'resource_missing' })
})

test('of events that are added up by the hour before they are sent, the one sent last stands for its hour', async () => {
  const { stripe } = world
  const meter = await makeMeter(world, 'hourly', { event_time_window: 'hour' })
  expect(meter.event_time_window).toBe('hour')
  const customer = await stripe.customers.create({ name: 'Hourly' })
  const now = await clockNow(world)
  const start = now - (now % hour) - 5 * hour
  const send = (value: string, timestamp: number) =>
    stripe.billing.meterEvents.create({
      event_name: 'hourly',
      payload: { stripe_customer_id: customer.id, value },
      timestamp,
    })
  await send('5', start + 60)
  await send('7', start + 30)
  await send('2', start + hour)
  const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer: customer.id,
    start_time: start,
    end_time: start + 2 * hour,
  })
  expect(data.map(({ aggregated_value: value }) => value)).toEqual([9])
})

test('a meter that counts its events needs no value in them', async () => {
  const { stripe } = world
  const { customer, sums } = await startMeter(world, 'counted', 'count')
  const send = () =>
    stripe.billing.meterEvents.create({ event_name: 'counted', payload: { stripe_customer_id: customer.id } })
  await send()
  await send()
  expect(await sums()).toEqual([[-10 * hour, 2]])
})
