import { formatMoney } from '../../lib/money.ts'
import type { PaymentLine } from '../invoices/invoice.ts'
import type { EmailWords } from './email.ts'

/** What every message knows. */
export type Setting = { brand: string; name: string; billingUrl: string; pricingUrl: string }

export function welcome(
  setting: Setting,
  { plan, numbers, awaitsNumber }: { plan: string; numbers: string[]; awaitsNumber: boolean },
): EmailWords {
  const [number] = numbers
  const several = numbers.length > 1
  return {
    subject: `Welcome to ${plan}`,
    title: `${setting.name}, welcome to ${plan}`,
    paragraphs: [
      'Your subscription is active, and everything it includes is ready to use.',
      ...(number === undefined
        ? []
        : [several ? 'These are your phone numbers.' : `Your phone number is ${number}.`]),
      ...(awaitsNumber
        ? ['A phone number is still on its way. We send it to you as soon as it is there.']
        : []),
    ],
    facts: several ? numbers.map((each, index) => ({ name: `Number ${index + 1}`, value: each })) : [],
    action: { text: 'See your subscription', url: setting.billingUrl },
  }
}

export type ReceiptFacts = {
  number: string | null
  paidCents: bigint
  currency: string
  paidAt: Date
  lines: PaymentLine[]
  invoiceUrl: string | null
}

export function receipt(setting: Setting, paid: ReceiptFacts): EmailWords {
  const amount = formatMoney(paid.paidCents, paid.currency)
  const lines = paid.lines.map((line) => ({
    name: line.description,
    value: formatMoney(BigInt(line.amountCents), paid.currency),
  }))
  return {
    subject: `Your receipt for ${amount}`,
    title: `We received ${amount}`,
    paragraphs: [
      `Thank you, ${setting.name}. This is your receipt${paid.number === null ? '' : ` for invoice ${paid.number}`}.`,
    ],
    facts: [...lines, { name: 'Paid', value: amount }, { name: 'Date', value: formatDay(paid.paidAt) }],
    action: { text: 'See the invoice', url: paid.invoiceUrl ?? setting.billingUrl },
  }
}

export type FailedFacts = { amountCents: bigint; currency: string; attempt: number; payUrl: string | null }

export function paymentFailed(setting: Setting, failed: FailedFacts): { email: EmailWords; sms: string } {
  const amount = formatMoney(failed.amountCents, failed.currency)
  const url = failed.payUrl ?? setting.billingUrl
  return {
    email: {
      subject: `Your payment of ${amount} failed`,
      title: `We could not collect ${amount}`,
      paragraphs: [
        failed.attempt > 1
          ? `${setting.name}, your bank has declined this payment ${failed.attempt} times now.`
          : `${setting.name}, your bank declined this payment.`,
        'Please update your card so that your service goes on without a break. We try again by ourselves in the next days.',
      ],
      facts: [{ name: 'Amount due', value: amount }],
      action: { text: `Pay ${amount}`, url },
    },
    sms: `${setting.brand}: your payment of ${amount} failed. Update your card to keep your service: ${url}`,
  }
}

export function canceled(
  setting: Setting,
  {
    plan,
    endedAt,
    freePlan,
    hadNumbers,
  }: { plan: string; endedAt: Date; freePlan: string | null; hadNumbers: boolean },
): EmailWords {
  return {
    subject: `Your subscription to ${plan} has ended`,
    title: `Your subscription to ${plan} has ended`,
    paragraphs: [
      `${setting.name}, your subscription ended on ${formatDay(endedAt)}. No more renewals are charged.`,
      ...(hadNumbers ? ['The phone numbers that came with it are given back.'] : []),
      freePlan === null
        ? 'Your data is kept. Choose a plan whenever you want to come back.'
        : `You are on ${freePlan} now, which is free. Choose a plan whenever you want to come back.`,
    ],
    action: { text: 'See the plans', url: setting.pricingUrl },
  }
}

export function numberProvisioned(setting: Setting, { e164 }: { e164: string }): EmailWords {
  return {
    subject: `Your phone number is ${e164}`,
    title: `Your phone number is ${e164}`,
    paragraphs: [`${setting.name}, your number is ready for calls and messages.`],
    action: { text: 'See your subscription', url: setting.billingUrl },
  }
}

export function numberReleased(
  setting: Setting,
  { e164, releasedAt }: { e164: string; releasedAt: Date },
): EmailWords {
  return {
    subject: `Your phone number ${e164} was released`,
    title: `Your phone number ${e164} was released`,
    paragraphs: [
      `${setting.name}, calls and messages to ${e164} have not reached you since ${formatDay(releasedAt)}. The number cannot be brought back.`,
    ],
    action: { text: 'See your subscription', url: setting.billingUrl },
  }
}

const DAY = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' })

function formatDay(at: Date): string {
  return DAY.format(at)
}
