import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox } from '../src/main.ts'
import { clockNow, day, hour, opening, startMeter } from './meter.ts'
import { clientOf, type Started, start } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start({ now: '2026-01-31T10:00:00Z' })
})
afterAll(() => world.close())

test('summaries add up, count, or take the last by its timestamp', async () => {
  const sum = await startMeter(world, 'sum')
  const at = await clockNow(world)
  for (const value of ['40', '-3']) await sum.report(value)
  expect(await sum.sums()).toEqual([[-10 * hour, 37]])
  const count = await startMeter(world, 'count', 'count')
  for (const value of ['5', '7', '9']) await count.report(value)
  expect(await count.sums()).toEqual([[-10 * hour, 3]])
  const last = await startMeter(world, 'last', 'last')
  await last.report('8', { timestamp: at - 10 })
  await last.report('3', { timestamp: at - 20 })
  expect(await last.sums()).toEqual([[-10 * hour, 8]])
  const another = await world.stripe.customers.create({ name: 'Another' })
  expect(await sum.sums({ customer: another.id })).toEqual([])
})

test('fractions add up exactly', async () => {
  const { report, sumsDirect } = await startMeter(world, 'fractions')
  for (const value of ['0.1', '0.2']) await report(value)
  // Past the proxy that may watch: it takes every number whose name it does not know for a whole one.
  expect(await sumsDirect()).toEqual([[-10 * hour, 0.3]])
  await expect(report('0.1234567890123')).rejects.toMatchObject({ param: 'payload[value]' })
})

test('summaries by hour and by day start in, end before their instants, the latest first, and have pages', async () => {
  const { meter, customer, report, sums } = await startMeter(world, 'grouped')
  await world.advance({ days: 1 })
  const midnight = opening - 10 * hour
  for (const [value, timestamp] of [
    ['1', midnight],
    ['2', midnight + hour - 1],
    ['4', midnight + hour],
    ['8', midnight + day],
  ] as const) {
    await report(value, { timestamp })
  }
  const hours = { start_time: midnight, end_time: midnight + day, value_grouping_window: 'hour' as const }
  expect(await sums(hours)).toEqual([
    [-9 * hour, 4],
    [-10 * hour, 3],
  ])
  const days = { start_time: midnight, end_time: midnight + 2 * day, value_grouping_window: 'day' as const }
  expect(await sums(days)).toEqual([
    [14 * hour, 8],
    [-10 * hour, 7],
  ])
  expect(await sums({ start_time: midnight + 60, end_time: midnight + day })).toEqual([[60 - 10 * hour, 6]])
  const list = { ...hours, customer: customer.id, limit: 1 }
  const first = await world.stripe.billing.meters.listEventSummaries(meter.id, list)
  expect(first.has_more).toBe(true)
  const rest = { ...list, starting_after: first.data[0]?.id ?? '' }
  const second = await world.stripe.billing.meters.listEventSummaries(meter.id, rest)
  expect(second.data.map(({ aggregated_value: value }) => value)).toEqual([3])
})

test('instants of summaries off their boundary, or the wrong way round, are refused', async () => {
  const { sums } = await startMeter(world, 'aligned')
  const from = opening - 10 * hour
  await expect(sums({ start_time: from + 1 })).rejects.toMatchObject({ param: 'start_time' })
  await expect(sums({ start_time: from, end_time: from + 90 })).rejects.toMatchObject({ param: 'end_time' })
  await expect(
    sums({ start_time: from, end_time: from + 5400, value_grouping_window: 'hour' }),
  ).rejects.toMatchObject({ param: 'end_time' })
  await expect(sums({ start_time: from + hour, value_grouping_window: 'day' })).rejects.toMatchObject({
    param: 'start_time',
  })
  await expect(sums({ start_time: from, end_time: from })).rejects.toMatchObject({ param: 'end_time' })
  await expect(sums({ customer: 'cus_none' })).rejects.toMatchObject({ code: 'resource_missing' })
})

test('a cancelled event counts no more, its identifier stays taken, and after a day it cannot be cancelled', async () => {
  const { stripe } = world
  const { report, sums } = await startMeter(world, 'adjusted')
  const cancel = (identifier: string, eventName = 'adjusted') =>
    stripe.billing.meterEventAdjustments.create({
      event_name: eventName,
      type: 'cancel',
      cancel: { identifier },
    })
  await report('5', { identifier: 'wrong' })
  await report('7', { identifier: 'right' })
  expect(await cancel('wrong')).toMatchObject({
    object: 'billing.meter_event_adjustment',
    cancel: { identifier: 'wrong' },
    event_name: 'adjusted',
    type: 'cancel',
    status: 'pending',
  })
  expect(await sums()).toEqual([[-10 * hour, 7]])
  await expect(cancel('wrong')).rejects.toMatchObject({ statusCode: 400, param: 'cancel[identifier]' })
  await expect(report('5', { identifier: 'wrong' })).rejects.toMatchObject({ param: 'identifier' })
  await expect(cancel('none')).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing' })
  await expect(cancel('right', 'sum')).rejects.toMatchObject({ code: 'resource_missing' })
  await world.advance({ days: 1 })
  await expect(cancel('right')).rejects.toMatchObject({
    message: 'You can only cancel events within 24 hours of Stripe receiving them.',
  })
  expect(await sums()).toEqual([[-10 * hour, 7]])
})

test('usage, what was cancelled and taken identifiers survive a restart', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-meters-'))
  const before = await start({ dataDir, deaf: true })
  const { id } = await before.stripe.customers.create({ name: 'Kept' })
  const event = (identifier: string) => ({
    event_name: 'kept',
    identifier,
    payload: { stripe_customer_id: id, value: '2' },
  })
  const meter = await before.stripe.billing.meters.create({
    display_name: 'Kept',
    event_name: 'kept',
    default_aggregation: { formula: 'sum' },
  })
  await before.stripe.billing.meterEvents.create(event('a'))
  await before.stripe.billing.meterEvents.create(event('b'))
  await before.stripe.billing.meterEventAdjustments.create({
    event_name: 'kept',
    type: 'cancel',
    cancel: { identifier: 'b' },
  })
  await before.close()
  const after = await startSandbox({ dataDir, stripe: { secretKey: 'sk_test_start' } })
  const stripe = clientOf(after.url, 'sk_test_start')
  await expect(stripe.billing.meterEvents.create(event('a'))).rejects.toMatchObject({ param: 'identifier' })
  const times = { start_time: opening - 10 * hour, end_time: opening + day }
  const { data } = await stripe.billing.meters.listEventSummaries(meter.id, { customer: id, ...times })
  expect(data.map(({ aggregated_value: value }) => value)).toEqual([2])
  await after.close()
  rmSync(dataDir, { recursive: true })
})
