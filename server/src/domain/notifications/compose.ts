import type { Tx } from '../../lib/db.ts'
import type { Account } from '../accounts/account.ts'
import { freePlanOf, planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { findByInvoice, paymentOf } from '../invoices/reads.ts'
import { hadNumbers, numberOf } from '../numbers/reads.ts'
import { subscriptionOf } from '../subscriptions/reads.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import type { EmailWords } from './email.ts'
import type { Happening } from './notification.ts'
import * as words from './words.ts'

export type Composed = { email: EmailWords; sms?: string }

export type Composing = { tx: Tx; catalogs: Catalogs; account: Account; setting: words.Setting }

/** Gathers what a message tells and words it. Undefined where there is nothing to tell (any more). */
export async function compose(composing: Composing, happening: Happening): Promise<Composed | undefined> {
  const { tx, account, setting } = composing
  const { accountId } = account
  switch (happening.kind) {
    case 'welcome':
      return composeWelcome(composing, happening.data)
    case 'receipt': {
      const payment = await paymentOf(tx, accountId, happening.data.paymentId)
      const paidAt = payment.paidAt ?? payment.invoicedAt
      return { email: words.receipt(setting, { ...payment, paidAt, invoiceUrl: payment.hostedInvoiceUrl }) }
    }
    case 'payment_failed': {
      const known = await findByInvoice(tx, happening.data.stripeInvoiceId)
      // Paid or given up since: what was true when it was said would only alarm.
      if (known !== undefined && known.payment.status !== 'open' && known.payment.status !== 'draft')
        return undefined
      const { amountCents, currency, attempt } = happening.data
      const payUrl = known?.payment.hostedInvoiceUrl ?? null
      return words.paymentFailed(setting, { amountCents: BigInt(amountCents), currency, attempt, payUrl })
    }
    case 'canceled':
      return composeCanceled(composing, happening.data)
    case 'number_provisioned': {
      const number = await numberOf(tx, accountId, happening.data.numberId)
      if (!happening.data.isLate || number?.status !== 'owned') return undefined
      return { email: words.numberProvisioned(setting, number) }
    }
    case 'number_released': {
      const number = await numberOf(tx, accountId, happening.data.numberId)
      if (!number?.releasedAt) return undefined
      return { email: words.numberReleased(setting, { e164: number.e164, releasedAt: number.releasedAt }) }
    }
  }
}

async function composeWelcome(
  composing: Composing,
  { subscriptionId, numbers }: { subscriptionId: string; numbers: string[] },
): Promise<Composed> {
  const subscription = await subscriptionOf(composing.tx, composing.account.accountId, subscriptionId)
  const plan = await planStoodOn(composing, subscription)
  const awaitsNumber = numbers.length < (plan?.numbers?.provisioned ?? 0)
  return { email: words.welcome(composing.setting, { plan: nameOf(plan, composing), numbers, awaitsNumber }) }
}

async function composeCanceled(
  composing: Composing,
  { subscriptionId }: { subscriptionId: string },
): Promise<Composed> {
  const { tx, catalogs, account, setting } = composing
  const subscription = await subscriptionOf(tx, account.accountId, subscriptionId)
  const plan = await planStoodOn(composing, subscription)
  const { catalog } = await catalogs.current(tx)
  const hadAny = await hadNumbers(tx, account.accountId, subscriptionId)
  return {
    email: words.canceled(setting, {
      plan: nameOf(plan, composing),
      endedAt: subscription.endedAt ?? subscription.canceledAt ?? subscription.periodEnd,
      freePlan: freePlanOf(catalog)?.name ?? null,
      hadNumbers: hadAny,
    }),
  }
}

async function planStoodOn({ tx, catalogs }: Composing, subscription: Subscription) {
  if (subscription.plan === null || subscription.catalogVersion === null) return undefined
  const { catalog } = await catalogs.version(tx, subscription.catalogVersion)
  return planOf(catalog, subscription.plan)
}

function nameOf(plan: { name: string } | undefined, { setting }: Composing): string {
  return plan?.name ?? setting.brand
}
