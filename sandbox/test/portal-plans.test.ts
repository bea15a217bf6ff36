import type Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPortals } from './portal-visitor.ts'
import { type Started, start, typesDuring } from './start.ts'

let world: Started
let portals: Awaited<ReturnType<typeof openPortals>>
beforeAll(async () => {
  world = await start({ now: '2026-05-01T00:00:00Z' })
  portals = await openPortals(world)
})
afterAll(() => world.close())

const priceOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.price.id

test('shows its proration line by line, makes exactly that, and says so', async () => {
  const { see, send, now } = await portals.visitor(
    portals.withUpdates({ proration_behavior: 'always_invoice' }),
  )
  const shown = await see({ view: 'confirm', price: portals.pro.id })
  expect(shown).toMatch(/Unused time on Basic after 0?1 May 2026/)
  expect(shown).toMatch(/Remaining time on Pro after 0?1 May 2026/)
  const due = /Due today<\/span><span>\$([\d.]+)</.exec(shown)?.[1]
  const types = await typesDuring(world, () => send({ do: 'change', price: portals.pro.id }))
  expect(types).toContain('customer.subscription.updated')
  expect(types).toContain('invoice.paid')
  const after = await now()
  expect(priceOf(after)).toBe(portals.pro.id)
  const invoice = await world.stripe.invoices.retrieve(String(after.latest_invoice))
  expect((invoice.amount_paid / 100).toFixed(2)).toBe(due)
})

test('waits for the next invoice where the configuration prorates without one', async () => {
  const { see, send, now, subscription } = await portals.visitor(
    portals.withUpdates({ proration_behavior: 'create_prorations' }),
  )
  expect(await see({ view: 'confirm', price: portals.pro.id })).toContain('On your next invoice')
  await send({ do: 'change', price: portals.pro.id })
  expect([priceOf(await now()), (await now()).latest_invoice]).toEqual([
    portals.pro.id,
    subscription.latest_invoice,
  ])
})

test('that the card does not pay for changes nothing, and says why', async () => {
  const { send, now } = await portals.visitor(portals.withUpdates({ proration_behavior: 'always_invoice' }))
  await world.control(`customers/${(await now()).customer}/card`, { card: '4000000000000341' })
  const types = await typesDuring(world, async () => {
    expect((await send({ do: 'change', view: 'confirm', price: portals.pro.id })).html).toContain(
      'Your card was declined.',
    )
  })
  expect(types).toEqual([])
  expect(priceOf(await now())).toBe(portals.basic.id)
})

test('to less waits for the period’s end where the configuration says so', async () => {
  const { see, send, now, subscription } = await portals.visitor(
    portals.withUpdates({
      proration_behavior: 'always_invoice',
      schedule_at_period_end: { conditions: [{ type: 'decreasing_item_amount' }] },
    }),
  )
  expect(await see({ view: 'confirm', price: portals.small.id })).toContain(
    'Your plan changes on 1 June 2026.',
  )
  await send({ do: 'change', price: portals.small.id })
  expect([priceOf(await now()), (await now()).schedule]).toEqual([
    portals.basic.id,
    expect.stringMatching(/^sub_sched_/),
  ])
  expect(await see()).toContain('A change of plan is planned.')
  await world.advance({
    to: new Date((Number(subscription.items.data[0]?.current_period_end) + 7200) * 1000).toISOString(),
  })
  expect(priceOf(await now())).toBe(portals.small.id)
  const [renewal] = (await world.stripe.invoices.list({ subscription: subscription.id })).data
  expect(renewal?.total).toBe(1000)
})

test('ends a trial, or lets it go on where the configuration says so', async () => {
  const trial = { subscribe: { trial_period_days: 14 } }
  const ends = await portals.visitor(portals.withUpdates({ proration_behavior: 'always_invoice' }), trial)
  await ends.send({ do: 'change', price: portals.pro.id })
  expect(await ends.now()).toMatchObject({ status: 'active' })
  const goesOn = await portals.visitor(
    portals.withUpdates({ trial_update_behavior: 'continue_trial' }),
    trial,
  )
  await goesOn.send({ do: 'change', price: portals.pro.id })
  expect([(await goesOn.now()).status, priceOf(await goesOn.now())]).toEqual(['trialing', portals.pro.id])
})

test('takes a quantity within its bounds and a promotion code, where the configuration allows them', async () => {
  const products = [
    {
      product: String(portals.pro.product),
      prices: [portals.pro.id],
      adjustable_quantity: { enabled: true, minimum: 2, maximum: 5 },
    },
  ]
  const free = await portals.visitor(
    portals.withUpdates({ default_allowed_updates: ['price', 'quantity', 'promotion_code'], products }),
  )
  expect(await free.see({ view: 'confirm', price: portals.pro.id, quantity: '6' })).toContain(
    'The quantity must be between 2 and 5.',
  )
  expect(await free.see({ view: 'confirm', price: portals.pro.id, quantity: '3', code: 'NONE' })).toContain(
    'This promotion code is invalid.',
  )
  const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: 'forever' })
  await world.stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: 'HALF',
  })
  await free.send({ do: 'change', price: portals.pro.id, quantity: '3', code: 'half' })
  const after = await free.now()
  expect([priceOf(after), after.items.data[0]?.quantity, after.discounts.length]).toEqual([
    portals.pro.id,
    3,
    1,
  ])
  const fixed = await portals.visitor(portals.withUpdates())
  expect(
    (await fixed.send({ do: 'change', view: 'confirm', price: portals.pro.id, quantity: '3' })).html,
  ).toContain('The quantity cannot be changed')
})
