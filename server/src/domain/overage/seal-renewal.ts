import { NotKnownYet, ProviderRefused } from '../../errors.ts'
import type { Database, Tx } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { enqueueFact } from '../../lib/queue.ts'
import type { NewInvoiceLine, RemoteInvoice, StripePort } from '../../providers/stripe/port.ts'
import { lockAccount } from '../accounts/reads.ts'
import { overageProductId, planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { findByStripeId } from '../subscriptions/reads.ts'
import type { Counter, Period } from '../usage/usage.ts'
import { sealsOf } from './reads.ts'
import type { Seal } from './seal.ts'
import { planSeals } from './seal.ts'
import { countRefusal, insertSeal, markAttached, markFinalised } from './writes.ts'

/** Closes the period of a subscription that ends then, and answers what was used in it; undefined where there is none. */
type FreezePeriod = (
  deps: { tx: Tx; catalogs: Catalogs },
  input: { accountId: string; subscriptionId: string; endsAt: Date },
) => Promise<{ period: Period; counters: Counter[] } | undefined>

/** How many phone numbers the account held at any time between two instants. */
type CountNumbersHeld = (
  tx: Tx,
  accountId: string,
  period: { startsAt: Date; endsAt: Date },
) => Promise<number>

export type SealRenewal = {
  db: Database
  stripe: Pick<StripePort, 'fetchInvoice' | 'addInvoiceLines' | 'ensureInvoiceBeside' | 'finalizeInvoice'>
  catalogs: Catalogs
  freezePeriod: FreezePeriod
  countNumbersHeld: CountNumbersHeld
}

/** The line's metadata by which it is found again. */
const SEAL_KEY = 'tollgate_seal'

/**
 * Freezes the period that a renewal closes and puts what it owes beyond the plan's price on the renewal's draft, in
 * one call, exactly once however often this runs or dies on the way: the seals are written before Stripe is asked, an
 * invoice's own lines say what is on it already, and a repeated call has the same idempotency key. A renewal that was
 * finalised before we saw it gets an invoice of ours beside it, so that nothing used is lost.
 *
 * Throws NotKnownYet where the subscription or its period is not here yet.
 */
export async function sealRenewal(
  deps: SealRenewal,
  { accountId, stripeInvoiceId }: { accountId: string; stripeInvoiceId: string },
): Promise<void> {
  const invoice = await deps.stripe.fetchInvoice(stripeInvoiceId)
  if (invoice.reason !== 'subscription_cycle') return
  const closed = await deps.db.tenant(accountId, (tx) => closePeriod(deps, tx, { accountId, invoice }))
  if (closed === undefined) return

  const { period, seals } = closed
  await attach(deps, { invoice, period, seals })
  await deps.db.tenant(accountId, async (tx) => {
    const attached = await markAttached(tx, { accountId, stripeInvoiceId })
    if (invoice.status !== 'draft') await markFinalised(tx, { accountId, stripeInvoiceId })
    if (attached === 0) return
    await enqueueFact(tx, {
      name: 'overage.sealed',
      accountId,
      key: stripeInvoiceId,
      payload: { stripeInvoiceId },
    })
  })
}

/** The period's seals, written now or by an earlier run; undefined where another invoice carries them. */
async function closePeriod(
  { catalogs, freezePeriod, countNumbersHeld }: SealRenewal,
  tx: Tx,
  { accountId, invoice }: { accountId: string; invoice: RemoteInvoice },
): Promise<{ period: Period; seals: Seal[] } | undefined> {
  await lockAccount(tx, accountId)
  const known = await findByStripeId(tx, invoice.subscriptionId ?? '')
  if (known === undefined) throw new NotKnownYet(`subscription ${invoice.subscriptionId}`)
  const { subscriptionId } = known.subscription
  const frozen = await freezePeriod(
    { tx, catalogs },
    { accountId, subscriptionId, endsAt: invoice.periodEnd },
  )
  if (frozen === undefined) {
    throw new NotKnownYet(`a period of ${subscriptionId} that ends at ${invoice.periodEnd.toISOString()}`)
  }
  const { period, counters } = frozen
  const earlier = await sealsOf(tx, accountId, period.periodId)
  if (earlier.length === 0) {
    const { catalog, version } = await catalogs.version(tx, period.catalogVersion)
    const plan = planOf(catalog, period.plan)
    if (plan === undefined) throw new Error(`catalog version ${version} has no plan ${period.plan}`)
    const numbersHeld = await countNumbersHeld(tx, accountId, period)
    const { currency } = invoice
    for (const terms of planSeals({ counters, numbersHeld, plan, catalog, currency, carriedIn: {} })) {
      const ids = { accountId, sealId: newId('seal'), periodId: period.periodId }
      await insertSeal(tx, { ...terms, ...ids, currency, stripeInvoiceId: invoice.id })
    }
  }
  const seals = await sealsOf(tx, accountId, period.periodId)
  return seals.every((seal) => seal.stripeInvoiceId === invoice.id) ? { period, seals } : undefined
}

async function attach(
  deps: SealRenewal,
  { invoice, period, seals }: { invoice: RemoteInvoice; period: Period; seals: Seal[] },
): Promise<void> {
  const due = seals.filter((seal) => seal.status === 'frozen' && seal.amountCents > 0n)
  if (due.every((seal) => stands(invoice, seal))) return
  if (invoice.status === 'draft') return addLines(deps, { invoice, period, due })
  const beside = await deps.stripe.ensureInvoiceBeside({
    renewalInvoiceId: invoice.id,
    renewedAt: invoice.createdAt,
    customerId: invoice.customerId,
    subscriptionId: invoice.subscriptionId ?? '',
    currency: invoice.currency,
    description: 'Use beyond your plan in the period that ended',
  })
  if (beside.status === 'draft') await addLines(deps, { invoice: beside, period, due })
  await deps.stripe.finalizeInvoice(beside.id)
}

async function addLines(
  { db, stripe }: SealRenewal,
  { invoice, period, due }: { invoice: RemoteInvoice; period: Period; due: Seal[] },
): Promise<void> {
  const missing = due.filter((seal) => !stands(invoice, seal))
  const [first] = missing
  if (first === undefined) return
  const { accountId, refusedCount, stripeInvoiceId } = first
  try {
    const answer = await stripe.addInvoiceLines({
      invoiceId: invoice.id,
      lines: missing.map((seal) => lineOf(seal, period)),
      idempotencyKey: `seal:${invoice.id}:${refusedCount}`,
    })
    const absent = missing.filter((seal) => !stands(answer, seal))
    if (absent.length > 0)
      throw new Error(`Stripe took the lines of invoice ${invoice.id} and shows ${absent.length} too few`)
  } catch (error) {
    // A definite no is replayed under its key: the next try needs another one.
    if (error instanceof ProviderRefused) {
      await db.tenant(accountId, (tx) => countRefusal(tx, { accountId, stripeInvoiceId }, refusedCount))
    }
    throw error
  }
}

function stands(invoice: RemoteInvoice, seal: Seal): boolean {
  return invoice.lines.some((line) => line.metadata[SEAL_KEY] === seal.sealId)
}

function lineOf(seal: Seal, period: Period): NewInvoiceLine {
  return {
    description: seal.description,
    quantity: seal.billed.toFixed(),
    unitAmountDecimal: seal.unitCents.toFixed(),
    currency: seal.currency,
    productId: overageProductId(seal.meter),
    period: { start: period.startsAt, end: period.endsAt },
    metadata: { [SEAL_KEY]: seal.sealId },
  }
}
