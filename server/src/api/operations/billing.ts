import { z } from 'zod'
import { accountOf } from '../../domain/accounts/reads.ts'
import type { Payment } from '../../domain/invoices/invoice.ts'
import type { HistoryEntry } from '../../domain/invoices/reads.ts'
import { listHistory, listPayments, renewalDraft } from '../../domain/invoices/reads.ts'
import type { Upcoming } from '../../domain/invoices/upcoming.ts'
import { composeUpcoming } from '../../domain/invoices/upcoming.ts'
import { countHeld } from '../../domain/numbers/reads.ts'
import { isSealed } from '../../domain/overage/reads.ts'
import type { SealTerms } from '../../domain/overage/seal.ts'
import { planSeals } from '../../domain/overage/seal.ts'
import { readAccess } from '../../domain/subscriptions/read-access.ts'
import { planSubscription, subscriptionsOf } from '../../domain/subscriptions/reads.ts'
import type { Subscription } from '../../domain/subscriptions/subscription.ts'
import { isLive } from '../../domain/subscriptions/subscription.ts'
import type { Standing } from '../../domain/usage/standing.ts'
import { standingAt } from '../../domain/usage/standing.ts'
import { businessNow } from '../../lib/clock.ts'
import type { Tx } from '../../lib/db.ts'
import { formatMinorUnits } from '../../lib/money.ts'
import { pageOf } from '../../lib/pagination.ts'
import type { Context, Operation } from '../operation.ts'
import { accountOfCall, billingManager, noInput, operation, pageInput } from '../operation.ts'

function showSubscription(subscription: Subscription) {
  return {
    id: subscription.subscriptionId,
    stripeSubscriptionId: subscription.stripeSubscriptionId,
    plan: subscription.plan,
    interval: subscription.interval,
    status: subscription.status,
    trialEnd: subscription.trialEnd,
    periodStart: subscription.periodStart,
    periodEnd: subscription.periodEnd,
    cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
    canceledAt: subscription.canceledAt,
    scheduledChange: null,
    hasPaymentMethod: subscription.hasPaymentMethod,
    items: subscription.items,
  }
}

function showPayment(payment: Payment) {
  return {
    id: payment.paymentId,
    stripeInvoiceId: payment.stripeInvoiceId,
    reason: payment.reason,
    status: payment.status,
    amountCents: payment.amountCents,
    refundedCents: payment.refundedCents,
    currency: payment.currency,
    periodStart: payment.periodStart,
    periodEnd: payment.periodEnd,
    invoicedAt: payment.invoicedAt,
    dueAt: payment.dueAt,
    paidAt: payment.paidAt,
    hostedInvoiceUrl: payment.hostedInvoiceUrl,
    invoicePdfUrl: payment.invoicePdfUrl,
    lines: payment.lines,
  }
}

export function showHistory(entry: HistoryEntry) {
  return {
    at: entry.at,
    type: entry.type,
    description: entry.description,
    ...(entry.amountCents === null ? {} : { amountCents: entry.amountCents }),
    ...(entry.currency === null ? {} : { currency: entry.currency }),
    ...(entry.object === null ? {} : { object: entry.object }),
  }
}

const CSV_ROWS_MAX = 10_000

async function historyAsCsv(context: Context) {
  const accountId = accountOfCall(context)
  const entries = await context.db.tenant(accountId, (tx) =>
    listHistory(tx, { accountId, after: undefined, limit: CSV_ROWS_MAX }),
  )
  const rows = entries.map((entry) => [
    entry.at.toISOString(),
    entry.type,
    entry.description,
    entry.amountCents === null || entry.currency === null
      ? ''
      : formatMinorUnits(entry.amountCents, entry.currency),
    entry.currency ?? '',
    entry.object ?? '',
  ])
  const lines = [['at', 'type', 'description', 'amount', 'currency', 'object'], ...rows].map(csvLine)
  return { body: `${lines.join('\r\n')}\r\n`, contentType: 'text/csv; charset=utf-8' }
}

/** RFC 4180; a cell that a spreadsheet would run as a formula is made text. */
function csvLine(cells: string[]): string {
  return cells
    .map((cell) => (/^[=+\-@\t]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')
}

/** The next invoice: Stripe's preview with the use beyond the plan so far, or the draft that is there already. */
async function upcomingOf(context: Context): Promise<Upcoming> {
  const accountId = accountOfCall(context)
  const { catalogs, stripe } = context.parts
  const { subscription, draft, overage, currency } = await context.db.tenant(accountId, async (tx) => {
    const account = await accountOf(tx, accountId)
    const draft = await renewalDraft(tx, accountId)
    const at = draft === undefined ? await businessNow(tx) : new Date(draft.periodEnd.getTime() - 1)
    const standing = await standingAt({ tx, catalogs }, { accountId, at })
    const subscription = await planSubscription(tx, accountId)
    const isOnDraft = draft !== undefined && (await isSealed(tx, accountId, draft.stripeInvoiceId))
    const overage =
      standing === undefined || isOnDraft
        ? []
        : await overageSoFar(tx, { accountId, standing, currency: account.currency })
    return { subscription, draft, overage, currency: account.currency }
  })
  const isGoingOn = subscription !== undefined && isLive(subscription.status)
  const preview =
    draft === undefined && isGoingOn
      ? await stripe.previewRenewal(subscription.stripeSubscriptionId)
      : undefined
  return composeUpcoming({ currency, draft, preview, overage: isGoingOn ? overage : [] })
}

async function overageSoFar(
  tx: Tx,
  { accountId, standing, currency }: { accountId: string; standing: Standing; currency: string },
): Promise<SealTerms[]> {
  const { startsAt, endsAt } = standing.period
  const numbersHeld = await countHeld(tx, accountId, { startsAt, endsAt })
  const { plan, catalog } = standing
  return planSeals({
    counters: [...standing.counters.values()],
    numbersHeld,
    plan,
    catalog,
    currency,
    carriedIn: {},
  })
}

export const billingOperations: Operation[] = [
  operation({
    name: 'getSubscription',
    method: 'GET',
    paths: ['/api/billing/subscription'],
    summary: 'The live plan subscription, all subscriptions, and the access that follows',
    needs: billingManager,
    input: noInput,
    run: async (context) => {
      const accountId = accountOfCall(context)
      return context.db.tenant(accountId, async (tx) => {
        const { access, subscription } = await readAccess(tx, context.parts, accountId)
        const live = subscription !== undefined && isLive(subscription.status) ? subscription : undefined
        const all = await subscriptionsOf(tx, accountId)
        return {
          body: {
            subscription: live === undefined ? null : showSubscription(live),
            subscriptions: all.map(showSubscription),
            access,
          },
        }
      })
    },
  }),
  operation({
    name: 'openPortal',
    method: 'POST',
    paths: ['/api/billing/portal'],
    summary: "Open Stripe's customer portal",
    needs: billingManager,
    input: z.strictObject({
      returnUrl: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .optional(),
    }),
    run: async (context, input) => {
      const { stripe, ensureCustomer, publicUrl } = context.parts
      const customerId = await ensureCustomer(accountOfCall(context))
      const returnUrl = input.returnUrl ?? `${publicUrl}/dashboard/billing`
      return { body: await stripe.createPortalSession({ customerId, returnUrl }) }
    },
  }),
  operation({
    name: 'getUpcoming',
    method: 'GET',
    paths: ['/api/billing/upcoming'],
    summary: 'The next invoice as it would be now, use beyond the plan included',
    needs: billingManager,
    input: noInput,
    run: async (context) => ({ body: await upcomingOf(context) }),
  }),
  operation({
    name: 'listPayments',
    method: 'GET',
    paths: ['/api/billing/payments'],
    summary: 'Invoices and what became of them, newest first',
    needs: billingManager,
    input: z.strictObject(pageInput),
    run: async (context, { limit, cursor }) => {
      const accountId = accountOfCall(context)
      const rows = await context.db.tenant(accountId, (tx) =>
        listPayments(tx, { accountId, after: cursor, limit: limit + 1 }),
      )
      const page = pageOf(rows, limit, (row) => ({ at: row.invoicedAt.toISOString(), id: row.paymentId }))
      return { body: { ...page, data: page.data.map(showPayment) } }
    },
  }),
  operation({
    name: 'listHistory',
    method: 'GET',
    paths: ['/api/billing/history'],
    summary: 'What happened to the billing, newest first',
    needs: billingManager,
    input: z.strictObject(pageInput),
    run: async (context, { limit, cursor }) => {
      const accountId = accountOfCall(context)
      const rows = await context.db.tenant(accountId, (tx) =>
        listHistory(tx, { accountId, after: cursor, limit: limit + 1 }),
      )
      const page = pageOf(rows, limit, (row) => ({ at: row.at.toISOString(), id: row.id }))
      return { body: { ...page, data: page.data.map(showHistory) } }
    },
  }),
  operation({
    name: 'exportHistory',
    method: 'GET',
    paths: ['/api/billing/history.csv'],
    summary: 'The history as CSV',
    needs: billingManager,
    input: noInput,
    run: historyAsCsv,
  }),
]
