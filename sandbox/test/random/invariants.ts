import type Stripe from 'stripe'

/**
 * What is wrong with the state of a sandbox, in words; nothing where all holds. `events` are all that were ever told,
 * in their order.
 */
export async function violations(stripe: Stripe, now: number, events: Stripe.Event[]): Promise<string[]> {
  const customers = await everyOne((page) => stripe.customers.list(page))
  const invoices = await everyOne((page) => stripe.invoices.list(page))
  const subscriptions = await everyOne((page) => stripe.subscriptions.list({ ...page, status: 'all' }))
  const found: string[] = []
  for (const customer of customers) found.push(...(await balanceProblems(stripe, customer)))
  for (const invoice of invoices) found.push(...(await invoiceProblems(stripe, invoice)))
  for (const subscription of subscriptions) found.push(...periodProblems(subscription, now))
  found.push(
    ...(await billedTwice(stripe, invoices)),
    ...(await scheduleProblems(stripe)),
    ...continuityProblems(events),
  )
  return found
}

type Paged = { limit: number; starting_after?: string }
type Page<T> = { data: T[]; has_more: boolean }

async function everyOne<T extends { id: string }>(list: (page: Paged) => PromiseLike<Page<T>>): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const page = await list({ limit: 100, ...(last ? { starting_after: last.id } : {}) })
    all.push(...page.data)
    if (!page.has_more) return all
  }
}

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)

async function balanceProblems(stripe: Stripe, customer: Stripe.Customer): Promise<string[]> {
  const moves = await everyOne((page) => stripe.customers.listBalanceTransactions(customer.id, page))
  const total = sum(moves.map(({ amount }) => amount))
  const problems =
    total === customer.balance ? [] : [`${customer.id} has ${customer.balance}, its transactions ${total}`]
  // Newest first: each ends where the next began.
  moves.forEach((move, at) => {
    const before = moves[at + 1]?.ending_balance ?? 0
    if (before + move.amount !== move.ending_balance)
      problems.push(`${move.id} ends at ${move.ending_balance}`)
  })
  return problems
}

async function invoiceProblems(stripe: Stripe, invoice: Stripe.Invoice): Promise<string[]> {
  const { id } = invoice
  const problems: string[] = []
  const must = (holds: boolean, what: string) => {
    if (!holds) problems.push(`${id} (${invoice.status}, ${invoice.billing_reason}): ${what}`)
  }
  const lines = await everyOne((page) => stripe.invoices.listLineItems(id, page))
  const amounts = lines.map(({ amount }) => amount)
  must(amounts.every(Number.isSafeInteger), `lines of ${amounts}`)
  must(sum(amounts) === invoice.subtotal, `lines make ${sum(amounts)}, subtotal ${invoice.subtotal}`)
  const off = sum((invoice.total_discount_amounts ?? []).map(({ amount }) => amount))
  const onLines = sum(lines.flatMap(({ discount_amounts: each }) => (each ?? []).map(({ amount }) => amount)))
  must(off === onLines, `discounts of ${off}, on its lines ${onLines}`)
  const tax = sum(
    (invoice.total_taxes ?? []).map(({ amount, tax_behavior: how }) => (how === 'exclusive' ? amount : 0)),
  )
  must(
    invoice.subtotal - off + tax === invoice.total,
    `total ${invoice.total}, not ${invoice.subtotal - off + tax}`,
  )
  must(invoice.amount_due >= 0 && invoice.amount_remaining >= 0, `due ${invoice.amount_due}`)
  const payments = await everyOne((page) => stripe.invoicePayments.list({ ...page, invoice: id }))
  const paid = payments.filter(({ status }) => status === 'paid')
  const got = sum(paid.map(({ amount_paid: each }) => each ?? 0))
  if (invoice.status === 'paid') {
    must(invoice.amount_remaining === 0, `paid, with ${invoice.amount_remaining} left`)
    must(got === invoice.amount_paid || got === 0, `paid ${invoice.amount_paid}, by payments of ${got}`)
    must(invoice.status_transitions.paid_at !== null, 'paid at no time')
  } else must(got === 0 || invoice.status !== 'draft', `a draft with payments of ${got}`)
  return problems
}

/** Real seconds may bring a turn due while the state is read. */
const leeway = 60

/** Where time has come to, whoever is still served stands in a period that has not ended. */
function periodProblems(subscription: Stripe.Subscription, now: number): string[] {
  if (!['active', 'trialing', 'past_due', 'unpaid'].includes(subscription.status)) return []
  return subscription.items.data.flatMap(({ id, current_period_start: start, current_period_end: end }) =>
    start < end && end > now - leeway
      ? []
      : [`${subscription.id} ${subscription.status}: ${id} stands in ${start}–${end}, now is ${now}`],
  )
}

/** A period of an item is billed once by a beginning or a renewal, but for what was voided. */
async function billedTwice(stripe: Stripe, invoices: Stripe.Invoice[]): Promise<string[]> {
  const billed = new Map<string, string>()
  const problems: string[] = []
  const regular = invoices.filter(
    ({ status, billing_reason: why }) => status !== 'void' && why !== 'subscription_update',
  )
  for (const { id } of regular) {
    for (const line of await everyOne((page) => stripe.invoices.listLineItems(id, page))) {
      const details = line.parent?.subscription_item_details
      if (!details || details.proration || details.invoice_item) continue
      const key = `${details.subscription_item} ${line.period.start}–${line.period.end}`
      const before = billed.get(key)
      if (before !== undefined && before !== id) problems.push(`${key} is billed on ${before} and on ${id}`)
      billed.set(key, id)
    }
  }
  return problems
}

async function scheduleProblems(stripe: Stripe): Promise<string[]> {
  const schedules = await everyOne((page) => stripe.subscriptionSchedules.list(page))
  const holders = new Map<string, string>()
  const problems: string[] = []
  for (const { id, status, subscription } of schedules) {
    const key = typeof subscription === 'string' ? subscription : (subscription?.id ?? null)
    if (key === null || !['active', 'not_started'].includes(status)) continue
    if (holders.has(key)) problems.push(`${key} has two schedules, ${holders.get(key)} and ${id}`)
    holders.set(key, id)
  }
  return problems
}

type Item = {
  id: string
  current_period_start: number
  current_period_end: number
  price: { recurring: { interval: string } }
}
type Seen = { status: string; interval: string; start: number; end: number }

/** The periods of each item, as they were told: each begins where the one before ended, or cuts it short at once. */
function continuityProblems(events: Stripe.Event[]): string[] {
  const told = events.filter(({ type }) => /^customer\.subscription\.(created|updated)$/.test(type))
  const last = new Map<string, Seen>()
  const problems: string[] = []
  for (const event of told) {
    const subscription = event.data.object as Stripe.Subscription
    for (const item of subscription.items.data as Item[]) {
      const is = {
        status: subscription.status,
        interval: item.price.recurring.interval,
        start: item.current_period_start,
        end: item.current_period_end,
      }
      const was = last.get(item.id)
      last.set(item.id, is)
      if (!was || (was.start === is.start && was.end === is.end)) continue
      const follows = is.start === was.end
      const cutShort = is.start === event.created && is.start <= was.end
      const moved = is.start === was.start
      const woken = was.status === 'paused'
      // A price of another interval puts the item into the period of its own grid that holds the moment.
      const regridded = was.interval !== is.interval && is.start <= event.created && event.created < is.end
      if (follows || cutShort || moved || woken || regridded) continue
      problems.push(
        `${item.id}: after ${was.start}–${was.end} came ${is.start}–${is.end} (${event.id}, ${is.status})`,
      )
    }
  }
  return problems
}
