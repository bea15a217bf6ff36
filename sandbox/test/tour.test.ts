import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRouter } from '../src/stripe/api/route.ts'
import { operations } from '../src/stripe/main.ts'
import { type Started, start } from './start.ts'
import { tourCheckout } from './tour/checkout.ts'
import { tourInvoices } from './tour/invoices.ts'
import { tourPayments } from './tour/payments.ts'
import { tourPrices } from './tour/prices.ts'
import { tourRest } from './tour/rest.ts'
import { tourSchedules } from './tour/schedules.ts'
import { tourSubscriptions } from './tour/subscriptions.ts'

const tours = {
  checkout: tourCheckout,
  invoices: tourInvoices,
  payments: tourPayments,
  prices: tourPrices,
  rest: tourRest,
  schedules: tourSchedules,
  subscriptions: tourSubscriptions,
}

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`
const called = new Set<string>()
const route = createRouter(operations)

let world: Started
beforeAll(async () => {
  world = await start()
  for (const sdk of [world.stripe, world.direct]) {
    sdk.on('response', ({ method, path, status }: Stripe.ResponseEvent) => {
      if (status === 200) called.add(nameOf(route(method, path.replace(/\?.*$/, '')).operation))
    })
  }
})
afterAll(() => world.close())

test.each(Object.entries(tours))('a tour of %s', async (_name, tour) => {
  await tour(world)
})

/** A coupon can no longer be put on a customer, so that there is never one to take away. */
const alwaysRefused = ['DELETE /v1/customers/{id}/discount']

test('every operation that the sandbox has was called by a tour, and answered', () => {
  expect(operations.map(nameOf).filter((name) => !called.has(name))).toEqual(alwaysRefused)
  expect(called.size).toBeGreaterThanOrEqual(150)
})
