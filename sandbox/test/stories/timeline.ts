import type Stripe from 'stripe'
import { type Started, typesDuring } from '../start.ts'

/** An instant as a story writes it: `2026-02-28 10:00`, null where there is none. */
export const written = (at: number | null | undefined): string | null =>
  at == null ? null : new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')

/** The day of an instant. */
export const day = (at: number | null | undefined): string | null => written(at)?.slice(0, 10) ?? null

/** What is told of a subscription's life, without the payments' own events. */
const told = /^(customer\.subscription|subscription_schedule|invoice\.(?!updated|payment_succeeded))/

/** What is told of subscriptions, schedules and invoices while something is done, in order. */
export async function during(world: Started, act: () => Promise<unknown>): Promise<string[]> {
  const types = await typesDuring(world, act)
  return types.filter((type) => told.test(type)).map((type) => type.replace(/^customer\./, ''))
}

/** Moves the clock to an instant (ISO) and answers what that brings. */
export const until = (world: Started, to: string): Promise<string[]> =>
  during(world, () => world.advance({ to }))

/** A subscription's invoices from the first to the last: reason, status, what was due and what was paid. */
export async function invoicesOf(stripe: Stripe, subscription: string) {
  const { data } = await stripe.invoices.list({ subscription, limit: 100 })
  return data
    .reverse()
    .map((invoice) => [invoice.billing_reason, invoice.status, invoice.amount_due, invoice.amount_paid])
}

/** What a subscription is charged for now: its items' amounts and periods. */
export const itemsOf = (subscription: Stripe.Subscription) =>
  subscription.items.data.map((item) => [
    item.price.unit_amount,
    day(item.current_period_start),
    day(item.current_period_end),
  ])

/** The lines of an invoice: amount, period and whether they are prorations. */
export const linesOf = (invoice: Stripe.Invoice) =>
  invoice.lines.data.map((line) => [
    line.amount,
    day(line.period.start),
    day(line.period.end),
    line.parent?.subscription_item_details?.proration ??
      line.parent?.invoice_item_details?.proration ??
      false,
  ])
