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
import { countRefusal, insertSeal, markAttached } from './writes.ts'

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

export type SealDraft = {
  db: Database
  stripe: Pick<StripePort, 'fetchInvoice' | 'addInvoiceLines'>
  catalogs: Catalogs
  freezePeriod: FreezePeriod
  countNumbersHeld: CountNumbersHeld
}

/** The line's metadata by which it is found again. */
const SEAL_KEY = 'tollgate_seal'

/**
 * Freezes the period that a renewal's draft closes and puts what it owes beyond the plan's price on the draft, in one
 * call, exactly once however often this runs or dies on the way: the seals are written before Stripe is asked, the
 * invoice's own lines say what is on it already, and a repeated call has the same idempotency key.
 *
 * Throws NotKnownYet where the subscription or its period is not here yet, and an error where the invoice was
 * finalised before everything was on it.
 */
export async function sealDraft(
  deps: SealDraft,
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
  { catalogs, freezePeriod, countNumbersHeld }: SealDraft,
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
  { db, stripe }: SealDraft,
  { invoice, period, seals }: { invoice: RemoteInvoice; period: Period; seals: Seal[] },
): Promise<void> {
  const due = seals.filter((seal) => seal.status === 'frozen' && seal.amountCents > 0n)
  const missing = due.filter((seal) => !stands(invoice, seal))
  const [first] = missing
  if (first === undefined) return
  if (invoice.status !== 'draft') {
    throw new Error(
      `Invoice ${invoice.id} was finalised before the use of its period was on it: ` +
        `${missing.map((seal) => seal.meter).join(', ')} of account ${first.accountId} are sealed and not billed.`,
    )
  }
  const { accountId, refusedCount } = first
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
      await db.tenant(accountId, (tx) =>
        countRefusal(tx, { accountId, stripeInvoiceId: invoice.id }, refusedCount),
      )
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
