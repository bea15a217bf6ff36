import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { actsOn, boundsOf, decimal, opening, periodOf, type Stage, shown, startStage } from './metered.ts'
import { monthlyPrice, refusalOf } from './start.ts'

const stage = {} as Stage
beforeEach(async () => {
  Object.assign(stage, await startStage())
})
afterEach(() => stage.world.close())

const { latest, meteredPrice, report, subscribe } = actsOn(stage)

type Line = Stripe.InvoiceLineItem

test('a subscription of metered use alone is active and makes no invoice before something was used', async () => {
  const { price } = await meteredPrice('alone')
  const made = await subscribe([{ price: price.id }])
  expect([made.status, made.latest_invoice]).toEqual(['active', null])
  expect(made.items.data[0]).not.toHaveProperty('quantity')
  expect((await stage.world.stripe.invoices.list({ customer: stage.customer.id })).data).toEqual([])
})

test('use is billed on the renewal for the period that closed, beside what is licensed for the one ahead', async () => {
  const { price, product } = await meteredPrice('mixed')
  const seats = await monthlyPrice(stage.world.stripe, 1000)
  const made = await subscribe([{ price: seats.id, quantity: 2 }, { price: price.id }])
  expect((await latest(made.id)).lines.data.map(shown)).toEqual([['2 × Basic (at $10.00 / month)', 2000, 2]])
  await report('mixed', '700')
  await stage.world.advance({ days: 10 })
  await report('mixed', '331.5')
  await stage.world.advance({ to: '2026-02-28T13:00:00Z' })
  const renewal = await latest(made.id)
  expect(renewal.lines.data.map(shown)).toEqual([
    ['2 × Basic (at $10.00 / month)', 2000, 2],
    ['1031.5 call × Use of mixed (at $0.013 / month)', 1341, 1031],
  ])
  const [ahead, used] = renewal.lines.data as [Line, Line]
  const [start, end] = boundsOf(made)
  const next = await stage.world.stripe.subscriptions.retrieve(made.id)
  expect([periodOf(ahead), periodOf(used)]).toEqual([boundsOf(next), [start, end]])
  expect(boundsOf(next)[0]).toBe(end)
  expect([String(used.quantity_decimal), String(used.pricing?.unit_amount_decimal)]).toEqual([
    '1031.5',
    '1.3',
  ])
  expect(used.pricing?.price_details).toEqual({ price: price.id, product: product.id })
  expect([renewal.status, renewal.total]).toEqual(['paid', 3341])
})

test.each([
  ['sum', 13],
  ['count', 3],
  ['last', 6],
] as const)('a meter that takes the %s bills it', async (formula, quantity) => {
  const { price } = await meteredPrice(formula, { unit_amount_decimal: decimal('100') }, formula)
  const made = await subscribe([{ price: price.id }])
  await report(formula, '5')
  await report(formula, '6', { timestamp: opening + 100 })
  await report(formula, '2', { timestamp: opening + 50 })
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  const renewal = await latest(made.id)
  expect(renewal.lines.data.map(({ quantity, amount }) => [quantity, amount])).toEqual([
    [quantity, quantity * 100],
  ])
})

test('what was used counts up to the turn and not from it, and less than nothing is nothing', async () => {
  const { price } = await meteredPrice('turn', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await stage.world.advance({ to: '2026-02-28T09:59:00Z' })
  const [, end] = boundsOf(made)
  await report('turn', '3', { timestamp: end - 1 })
  await report('turn', '40', { timestamp: end })
  await stage.world.advance({ to: '2026-02-28T10:02:00Z' })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
  await report('turn', '-50')
  await stage.world.advance({ to: '2026-03-31T12:00:00Z' })
  expect((await latest(made.id)).lines.data.map(shown)).toEqual([
    ['0 call × Use of turn (at $1.00 / month)', 0, 0],
  ])
})

test('use that comes late is billed on the draft as long as it is one', async () => {
  const { price } = await meteredPrice('late', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await report('late', '1', { identifier: 'early' })
  await stage.world.advance({ to: '2026-02-28T10:10:00Z' })
  const draft = await latest(made.id)
  expect([draft.status, draft.total]).toEqual(['draft', 100])
  const [, end] = boundsOf(made)
  await report('late', '5', { timestamp: end - 10 })
  await report('late', '70', { timestamp: end + 10 })
  const counted = await latest(made.id)
  expect([counted.total, counted.lines.data.map(({ id }) => id)]).toEqual([
    600,
    draft.lines.data.map(({ id }) => id),
  ])
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  const paid = await latest(made.id)
  expect([paid.status, paid.amount_paid]).toEqual(['paid', 600])
  await report('late', '9', { timestamp: end - 10 })
  expect((await latest(made.id)).total).toBe(600)
})

test('use in tiers is a line for each tier, with its flat fee as another', async () => {
  const tiers = [
    { up_to: 1000, unit_amount: 0, flat_amount: 900 },
    { up_to: 'inf' as const, unit_amount_decimal: decimal('3.6'), flat_amount: 0 },
  ]
  const { price } = await meteredPrice('tiers', { billing_scheme: 'tiered', tiers_mode: 'graduated', tiers })
  const made = await subscribe([{ price: price.id }])
  await report('tiers', '1031')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  const renewal = await latest(made.id)
  expect(renewal.lines.data.map(shown)).toEqual([
    ['1000 call × Use of tiers (Tier 1 at $0.00 / month)', 0, 1000],
    ['Use of tiers (Tier 1 at $9.00 / month)', 900, 0],
    ['31 call × Use of tiers (Tier 2 at $0.036 / month)', 112, 31],
    ['Use of tiers (Tier 2 at $0.00 / month)', 0, 0],
  ])
  expect([renewal.status, renewal.total]).toEqual(['paid', 1012])
})

test('use in packages is billed by the package', async () => {
  const { price } = await meteredPrice('packages', {
    unit_amount_decimal: decimal('8'),
    transform_quantity: { divide_by: 60, round: 'up' },
  })
  const made = await subscribe([{ price: price.id }])
  await report('packages', '9892')
  await stage.world.advance({ to: '2026-02-28T12:00:00Z' })
  expect((await latest(made.id)).lines.data.map(shown)).toEqual([
    ['9892 call × Use of packages (at $0.08 per 60 units / month)', 1320, 9892],
  ])
})

test('a trial gives its use free, and the period after it counts from its end', async () => {
  const { price } = await meteredPrice('trial', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }], { trial_period_days: 7 })
  expect([made.status, made.latest_invoice]).toEqual(['trialing', null])
  await report('trial', '50')
  await stage.world.advance({ days: 8 })
  const { status, latest_invoice: none } = await stage.world.stripe.subscriptions.retrieve(made.id)
  expect([status, none]).toEqual(['active', null])
  await report('trial', '3')
  await stage.world.advance({ days: 32 })
  expect((await latest(made.id)).lines.data.map(({ amount }) => amount)).toEqual([300])
})

test('previews and invoice.upcoming tell what was used so far', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('preview', { unit_amount_decimal: decimal('100') })
  const made = await subscribe([{ price: price.id }])
  await report('preview', '4')
  const preview = await stripe.invoices.createPreview({ subscription: made.id })
  expect([preview.total, preview.lines.data.map(periodOf)]).toEqual([400, [boundsOf(made)]])
  await stage.world.advance({ to: '2026-02-25T10:00:00Z' })
  const upcoming = stage.world.listener.events.find(({ type }) => type === 'invoice.upcoming')
  expect(upcoming?.data.object).toMatchObject({ object: 'invoice', total: 400 })
})

test('a quantity is refused where use is metered', async () => {
  const { stripe } = stage.world
  const { price } = await meteredPrice('quantity')
  expect(await refusalOf(subscribe([{ price: price.id, quantity: 2 }]))).toMatchObject({
    status: 400,
    param: 'items[0][quantity]',
  })
  const made = await subscribe([{ price: price.id }])
  const item = made.items.data[0]?.id ?? ''
  expect(
    await refusalOf(stripe.subscriptions.update(made.id, { items: [{ id: item, quantity: 2 }] })),
  ).toMatchObject({
    param: 'items[0][quantity]',
  })
})
